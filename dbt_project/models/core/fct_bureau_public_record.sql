with known as (
    select * from {{ as_known('bureau_public_record', ['report_id', 'record_no']) }} as accepted
),

final as (
    select
        report_id,
        record_no,
        source_system,
        record_type,
        event_date,
        end_date,
        record_amt,
        currency,
        {{ plus_months('end_date', 60) }} as adverse_expiry_date,
        cast(
            coalesce({{ plus_months('end_date', 60) }} <= {{ as_of_date() }}, false) as boolean
        ) as is_expired,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from known
)

select * from final
