{# The system writes local time; the warehouse keeps UTC. #}
with source as (
    select * from {{ source('demo_crm', 'consents') }}
),

final as (
    select
        cast('demo:' || consent_no as string) as consent_id,
        cast('demo:' || customer_no as string) as customer_id,
        cast(purpose as string) as purpose,
        cast(channel as string) as channel,
        cast(status as string) as consent_status,
        cast({{ utc_time('granted_at') }} as timestamp) as granted_at,
        cast({{ utc_time('withdrawn_at') }} as timestamp) as withdrawn_at,
        cast({{ utc_time('expires_at') }} as timestamp) as expires_at,
        cast(evidence_no as string) as evidence_ref,
        cast(is_separate as boolean) as is_separate_consent,
        {{ lineage('demo_crm') }}
    from source
)

select * from final
