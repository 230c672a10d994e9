{# What of each protection secures which instrument, at each reporting date, as known. #}
with known as (
    select accepted.*
    from {{ as_known('instrument_protection', ['instrument_id', 'protection_id', 'reporting_date']) }} as accepted
    inner join {{ reported_rows('instrument_protection', 'protection_id') }} as reported
        on
            accepted.source_system = reported.source_system
            and accepted.protection_id = reported.protection_id
            and accepted.reporting_date = reported.reporting_date
),

final as (
    select
        instrument_id,
        protection_id,
        reporting_date,
        source_system,
        reporting_date = max(reporting_date) over (partition by source_system) as is_latest,
        allocated_amt,
        third_party_claims_amt,
        currency,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from known
)

select * from final
