{#
  Loans as delivered with the owner of their account and the day they mature: the common ground of facility, note and
  event. Dispositions tell the owner, and since staging joins nothing, loans and owners are laid one under the other and
  each loan takes the one owner of its account (BERKA-01 sees that there is one).
#}
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
        duration,
        status,
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
        cast(null as integer) as duration,
        cast(null as string) as status,
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
        loan_id,
        owner_id,
        granted_date,
        {{ plus_months('granted_date', 'duration') }} as maturity_date,
        amount,
        status,
        batch_id,
        source_row,
        business_date,
        known_at,
        version_no
    from owned
    where loan_id is not null
)

select * from final
