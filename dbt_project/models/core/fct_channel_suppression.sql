with known as (
    select * from {{ as_known('channel_suppression', ['customer_id', 'channel', 'from_date']) }} as accepted
),

final as (
    select
        customer_id,
        channel,
        reason,
        source_system,
        from_date,
        to_date,
        cast(
            from_date <= {{ as_of_date() }} and coalesce(to_date >= {{ as_of_date() }}, true) as boolean
        ) as is_current,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from known
)

select * from final
