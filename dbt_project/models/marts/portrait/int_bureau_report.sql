{#
  The bureau report that speaks for each customer: the latest whose query the customer had allowed on its day, by a
  consent of the customer's own to queries of the bureau, given by then and not over (spec §2(e), DQ-78). A later
  report without such a consent is not read. `report_gap_months` is the age in calendar months, as bureaus count.
#}
with reports as (
    select
        reports.report_id,
        reports.customer_id,
        reports.report_date,
        coalesce(
            consents.customer_id = reports.customer_id
            and consents.purpose = 'bureau_query'
            and consents.consent_status <> 'refused'
            and cast({{ local_time('consents.granted_at') }} as date) <= reports.report_date
            and coalesce(cast({{ local_time('consents.ends_at') }} as date) >= reports.report_date, true), false
        ) as is_authorised
    from {{ ref('fct_bureau_report') }} as reports
    left join {{ ref('fct_consent') }} as consents
        on reports.authorisation_id = consents.consent_id
    where reports.report_date <= {{ as_of_date() }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by customer_id order by is_authorised desc, report_date desc, report_id desc
        ) as preference
    from reports
),

final as (
    select
        customer_id,
        report_id,
        report_date,
        is_authorised,
        {{ calendar_months('report_date', as_of_date()) }} as report_gap_months
    from ranked
    where preference = 1
)

select * from final
