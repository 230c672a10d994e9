{#
  Events carry their true dates since inception, those of the opening delivery too, so none of them is an opening
  balance. An application belongs to no facility yet.
#}
with source as (
    select * from {{ source('demo', 'credit_events') }}
),

final as (
    select
        cast('demo:' || event_no as string) as event_id,
        cast('demo:' || facility_no as string) as facility_id,
        cast('demo:' || customer_no as string) as customer_id,
        cast(event_type as string) as event_type,
        cast(event_date as date) as event_date,
        cast(event_amt as decimal(20, 2)) as event_amt,
        cast(currency as string) as currency,
        cast('demo:' || reversal_of_event_no as string) as reversal_of_event_id,
        cast(false as boolean) as is_opening,
        cast('demo' as string) as source_system,
        cast(batch_id as string) as batch_id,
        cast(source_row as bigint) as source_row,
        cast(business_date as date) as business_date,
        cast(known_at as timestamp) as known_at,
        cast(version_no as integer) as version_no,
        cast(false as boolean) as is_deleted
    from source
)

select * from final
