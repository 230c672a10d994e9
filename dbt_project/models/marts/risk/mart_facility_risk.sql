{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
        pre_hook='{{ forget_partition() }}',
        on_schema_change='fail'
    )
}}
{#
  The state of each facility at as_of_date as it was known then, kept so that a later month can be compared with it
  (spec §5.3). What is written off, closed or off the book stays as a state: nothing drops out of the cohort in silence.
#}
with risks as (
    select * from {{ ref('int_risk_facility') }}
),

final as (
    select
        {{ as_of_date() }} as as_of_date,
        risks.facility_id,
        risks.source_system,
        risks.customer_id,
        coalesce(facilities.product_family, 'none') as product_family,
        risks.currency,
        risks.is_on_book,
        cast(case when risks.is_on_book then risks.claim_amt else 0 end as decimal(20, 2)) as outstanding_amt,
        cast(risks.max_dpd_days as integer) as max_dpd_days,
        cast(coalesce({{ dpd_bucket('risks.bucket_rank') }}, 'not_known') as string) as dpd_state,
        cast({{ five_tier_class('risks.assessed_rank') }} as string) as five_tier_assessed,
        cast(risks.required_stage as integer) as ifrs9_stage_required,
        risks.is_nonperforming,
        risks.dq_flag,
        cast('{{ var("config_version") }}' as string) as config_version
    from risks
    inner join {{ ref('dim_facility') }} as facilities
        on risks.facility_id = facilities.facility_id
)

select * from final
