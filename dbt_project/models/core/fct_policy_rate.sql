{# Rates as known at the cutoff, each with the day before the next one came into force. #}
with known as (
    select * from {{ as_known('policy_rate', ['rate_name', 'rate_date']) }} as accepted
),

followed as (
    select
        *,
        lead(rate_date) over (partition by rate_name order by rate_date asc) as next_rate_date
    from known
),

final as (
    select
        rate_name,
        rate_date,
        source_system,
        rate,
        cast({{ plus_days('next_rate_date', -1) }} as date) as valid_to_date,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from followed
)

select * from final
