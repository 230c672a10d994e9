with known as (
    select *
    from
        {{ as_known(
            'customer_relation', ['from_customer_id', 'to_customer_id', 'relation_type', 'valid_from_date']
        ) }} as accepted
),

final as (
    select
        from_customer_id,
        to_customer_id,
        relation_type,
        valid_from_date,
        source_system,
        valid_to_date,
        share_pct,
        is_cross_holding,
        cast(
            valid_from_date <= {{ as_of_date() }}
            and coalesce(valid_to_date >= {{ as_of_date() }}, true) as boolean
        ) as is_current,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from known
)

select * from final
