{# The business calendar as known at the cutoff. #}
with known as (
    select * from {{ as_known('holiday', ['country_code', 'calendar_date']) }} as accepted
),

final as (
    select
        country_code,
        calendar_date,
        source_system,
        is_business_day,
        holiday_name,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from known
)

select * from final
