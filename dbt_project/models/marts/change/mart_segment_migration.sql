{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
        pre_hook='{{ forget_pairs() }}',
        on_schema_change='fail'
    )
}}
{#
  Customers and exposure by segment before and after (spec §11.1). Two kinds, so that a re-fit never looks like a change of
  the customers:

  - behaviour: the segment of the earlier date → that of as_of_date under the cut points of the earlier one. Whoever was
    not in scope before is ENTERED, whoever no longer is EXITED, so that both margins are exact. (The spec says NEW, which
    is the code of a segment.)
  - refit: as_of_date under the earlier cut points → under those in force; the diagonal alone where they are the same.
#}
with pairs as (
    select * from {{ ref('int_baseline_pair') }}
),

customers as (
    select * from {{ ref('mart_customer_rfm') }}
),

earlier as (
    select
        pairs.from_as_of_date,
        pairs.to_as_of_date,
        customers.customer_id,
        customers.segment_code,
        customers.exposure_amt,
        customers.currency
    from pairs
    inner join customers
        on pairs.from_as_of_date = customers.as_of_date
),

later as (
    select
        pairs.from_as_of_date,
        pairs.to_as_of_date,
        customers.customer_id,
        customers.segment_code_prior_cutpoints,
        customers.segment_code,
        customers.exposure_amt,
        customers.currency,
        customers.config_version
    from pairs
    inner join customers
        on pairs.to_as_of_date = customers.as_of_date
),

moves as (
    select
        coalesce(later.from_as_of_date, earlier.from_as_of_date) as from_as_of_date,
        coalesce(later.to_as_of_date, earlier.to_as_of_date) as to_as_of_date,
        'behaviour' as migration_kind,
        coalesce(earlier.segment_code, 'ENTERED') as from_segment_code,
        coalesce(later.segment_code_prior_cutpoints, 'EXITED') as to_segment_code,
        coalesce(later.currency, earlier.currency) as currency,
        coalesce(earlier.exposure_amt, 0) as from_exposure_amt,
        coalesce(later.exposure_amt, 0) as to_exposure_amt
    from earlier
    full outer join later
        on
            earlier.to_as_of_date = later.to_as_of_date
            and earlier.customer_id = later.customer_id

    union all

    select
        from_as_of_date,
        to_as_of_date,
        'refit' as migration_kind,
        segment_code_prior_cutpoints as from_segment_code,
        segment_code as to_segment_code,
        currency,
        exposure_amt as from_exposure_amt,
        exposure_amt as to_exposure_amt
    from later
),

versions as (
    select
        to_as_of_date,
        max(config_version) as config_version
    from later
    group by to_as_of_date
),

cells as (
    select
        from_as_of_date,
        to_as_of_date,
        migration_kind,
        from_segment_code,
        to_segment_code,
        currency,
        count(*) as customer_count,
        sum(from_exposure_amt) as from_exposure_amt,
        sum(to_exposure_amt) as to_exposure_amt
    from moves
    group by from_as_of_date, to_as_of_date, migration_kind, from_segment_code, to_segment_code, currency
),

summed as (
    select
        *,
        sum(customer_count) over (
            partition by to_as_of_date, migration_kind, from_segment_code, currency
        ) as row_customer_count
    from cells
),

final as (
    select
        summed.to_as_of_date as as_of_date,
        summed.from_as_of_date,
        cast(summed.migration_kind as string) as migration_kind,
        cast(summed.from_segment_code as string) as from_segment_code,
        cast(summed.to_segment_code as string) as to_segment_code,
        cast(summed.currency as string) as currency,
        cast(summed.customer_count as bigint) as customer_count,
        cast(summed.row_customer_count as bigint) as from_customer_count,
        {{ exact_share('summed.customer_count', 'summed.row_customer_count') }} as row_share,
        cast(summed.from_exposure_amt as decimal(20, 2)) as from_exposure_amt,
        cast(summed.to_exposure_amt as decimal(20, 2)) as to_exposure_amt,
        cast(summed.to_exposure_amt - summed.from_exposure_amt as decimal(20, 2)) as exposure_change_amt,
        versions.config_version
    from summed
    left join versions
        on summed.to_as_of_date = versions.to_as_of_date
)

select * from final
