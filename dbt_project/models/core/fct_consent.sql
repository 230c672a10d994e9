with known as (
    select * from {{ as_known('consent', ['consent_id']) }} as accepted
),

final as (
    select
        consent_id,
        source_system,
        customer_id,
        purpose,
        channel,
        consent_status,
        granted_at,
        withdrawn_at,
        expires_at,
        evidence_ref,
        is_separate_consent,
        cast(least(withdrawn_at, expires_at) as timestamp) as ends_at,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from known
)

select * from final
