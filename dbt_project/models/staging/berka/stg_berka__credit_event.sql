{# Each loan was granted once and whole: one drawdown on the day it was granted, to the owner of its account. #}
with loans as (
    select * from {{ ref('base_berka__loan') }}
),

final as (
    select
        cast('berka:' || loan_id || ':drawdown' as string) as event_id,
        cast('berka:' || loan_id as string) as facility_id,
        cast('berka:' || owner_id as string) as customer_id,
        cast('drawdown' as string) as event_type,
        cast(granted_date as date) as event_date,
        cast(amount as decimal(20, 2)) as event_amt,
        cast('CZK' as string) as currency,
        cast(null as string) as reversal_of_event_id,
        cast(false as boolean) as is_opening,
        {{ lineage('berka') }}
    from loans
)

select * from final
