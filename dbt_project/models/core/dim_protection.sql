{# The latest reported state of each protection, and whether the source's latest snapshot still shows it. #}
with known as (
    select accepted.*
    from {{ as_known('protection', ['protection_id', 'reporting_date']) }} as accepted
    inner join {{ reported_rows('protection', 'protection_id') }} as reported
        on
            accepted.source_system = reported.source_system
            and accepted.protection_id = reported.protection_id
            and accepted.reporting_date = reported.reporting_date
),

reported as (
    select
        source_system,
        protection_id,
        max(reporting_date) as last_reported_date
    from {{ reported_rows('protection', 'protection_id') }} as reported
    group by source_system, protection_id
),

sources as (
    select
        source_system,
        max(last_reported_date) as latest_reporting_date
    from reported
    group by source_system
),

ranked as (
    select
        known.*,
        reported.last_reported_date,
        sources.latest_reporting_date,
        row_number() over (partition by known.protection_id order by known.reporting_date desc) as recency
    from known
    inner join reported
        on
            known.source_system = reported.source_system
            and known.protection_id = reported.protection_id
    inner join sources
        on known.source_system = sources.source_system
),

final as (
    select
        protection_id,
        source_system,
        reporting_date,
        last_reported_date < latest_reporting_date as is_released,
        protection_type,
        protection_amt,
        value_type,
        valuation_date,
        original_amt,
        maturity_date,
        provider_id,
        region_code,
        currency,
        batch_id,
        source_row,
        known_at,
        dq_flag or reporting_date < last_reported_date as dq_flag
    from ranked
    where recency = 1
)

select * from final
