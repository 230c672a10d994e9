{# One row a note, protection and reporting date. #}
with source as (
    select * from {{ source('demo', 'collateral_allocation') }}
),

final as (
    select
        cast('demo:' || note_no as string) as instrument_id,
        cast('demo:' || collateral_no as string) as protection_id,
        cast(report_date as date) as reporting_date,
        cast(allocated_amt as decimal(20, 2)) as allocated_amt,
        cast(prior_claims_amt as decimal(20, 2)) as third_party_claims_amt,
        cast(currency as string) as currency,
        {{ lineage('demo') }}
    from source
)

select * from final
