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
        {{ lineage('demo') }}
    from source
)

select * from final
