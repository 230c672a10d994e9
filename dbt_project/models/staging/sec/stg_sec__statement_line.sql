{#
  The numbers of the registrant as a whole. Rules (docs/sources/sec.md):
  - left out: numbers of a segment or of a co-registrant, numbers in a unit that is not a currency (shares, pure), and
    tags without a number;
  - a filing that gives no number at all without a segment says its whole by a segment: those of the parent company
    (with its subsidiaries) or of the consolidated segments stand in;
  - amounts are in whole units of their currency, so nothing is scaled;
  - the label is the tag; a tag that the company defined itself carries the prefix `company:`, so that it can never be
    taken for the standard tag of the same name;
  - a tag given under several taxonomies for one date, period and currency counts once: the latest taxonomy, then the
    first row of the file;
  - the item code stays open: tags become items in core, through the seed statement_item_map.
#}
with source as (
    select * from {{ source('sec', 'num') }}
),

marked as (
    select
        *,
        segments is null and coreg is null as is_unsegmented,
        max(case when segments is null and coreg is null then 1 else 0 end) over (partition by batch_id, adsh)
            as has_unsegmented
    from source
),

amounts as (
    select
        *,
        case when version = adsh then 'company:' || tag else tag end as tag_label
    from marked
    where
        (
            is_unsegmented
            or (
                has_unsegmented = 0
                and segments in ('LegalEntity=ParentCompany;', 'BusinessSegments=SegmentConsolidated;')
            )
        )
        and value is not null
        and length(uom) = 3
        and uom = upper(uom)
),

ranked as (
    select
        *,
        row_number() over (
            partition by batch_id, adsh, tag_label, ddate, qtrs, uom
            order by version desc, segments desc nulls first, source_row asc
        ) as taxonomy_rank
    from amounts
),

final as (
    select
        cast('sec:' || adsh as string) as statement_id,
        cast(null as string) as item_code,
        cast(tag_label as string) as source_label,
        cast(ddate as date) as period_end_date,
        cast(qtrs * 3 as integer) as period_months,
        cast(value as decimal(38, 4)) as line_amt,
        cast(uom as string) as currency,
        {{ not_reported('statement_line', ['statement_part']) }}
        {{ lineage('sec') }}
    from ranked
    where taxonomy_rank = 1
)

select * from final
