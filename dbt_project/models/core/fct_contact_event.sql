with known as (
    select * from {{ as_known('contact_event', ['contact_id']) }} as accepted
),

final as (
    select
        contact_id,
        source_system,
        customer_id,
        channel,
        template_id,
        purpose,
        scheduled_at,
        sent_at,
        outcome,
        suppressed_reason,
        instrument_id,
        instalment_no,
        cast({{ local_time('sent_at') }} as timestamp) as sent_local_at,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from known
)

select * from final
