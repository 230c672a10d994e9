{# The system writes local time, the warehouse keeps UTC. It knows facilities, not their loan notes. #}
with source as (
    select * from {{ source('demo_crm', 'contacts') }}
),

final as (
    select
        cast('demo:' || contact_no as string) as contact_id,
        cast('demo:' || customer_no as string) as customer_id,
        cast(channel as string) as channel,
        cast(template_no as string) as template_id,
        cast(purpose as string) as purpose,
        cast({{ utc_time('scheduled_at') }} as timestamp) as scheduled_at,
        cast({{ utc_time('sent_at') }} as timestamp) as sent_at,
        cast(outcome as string) as outcome,
        cast(suppressed_reason as string) as suppressed_reason,
        cast(instalment_no as integer) as instalment_no,
        {{ not_reported('contact_event', ['instrument_id']) }}
        {{ lineage('demo_crm') }}
    from source
)

select * from final
