{# Each loan was granted once and whole: one drawdown on the day it was granted, to the owner of its account. #}
with loans as (
    select * from {{ source('berka', 'loans') }}
),

owners as (
    select
        account_id,
        client_id
    from {{ source('berka', 'dispositions') }}
    where disp_type = 'OWNER'
),

stacked as (
    select
        account_id,
        cast(null as string) as client_id,
        loan_id,
        granted_date,
        amount,
        batch_id,
        source_row,
        business_date,
        known_at,
        version_no
    from loans

    union all

    select
        account_id,
        client_id,
        cast(null as string) as loan_id,
        cast(null as date) as granted_date,
        cast(null as decimal(20, 2)) as amount,
        cast(null as string) as batch_id,
        cast(null as bigint) as source_row,
        cast(null as date) as business_date,
        cast(null as timestamp) as known_at,
        cast(null as integer) as version_no
    from owners
),

owned as (
    select
        *,
        max(client_id) over (partition by account_id) as owner_id
    from stacked
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
    from owned
    where loan_id is not null
)

select * from final
