{#
  Each firm of the marts under the standard values that would be replaced and under the candidate (spec §11.4, impact report):
  score, band and reasons. A firm without a score has its status for a band.
#}
{%- set roles = ['replaced', 'candidate'] %}
with statements as (
    select * from {{ ref('mart_financial_health') }}
    where as_of_date = {{ as_of_date() }}
),

exposures as (
    select
        customer_id,
        exposure_amt,
        currency
    from {{ ref('mart_customer_rfm') }}
    where as_of_date = {{ as_of_date() }}
),

{% for role in roles -%}
    {{ role }}_standards as (
        {{ standards_of(role) }}
    ),

    {{ role }}_marks as (
        {{ indicator_marks(ref('cal_indicator'), role ~ '_standards') }}
    ),

    {{ role }}_scores as (
        {{ health_scores(role ~ '_marks', 'statements', 'statements') }}
    ),

{% endfor -%}
final as (
    select
        replaced.customer_id,
        coalesce(exposures.exposure_amt, 0) as exposure_amt,
        coalesce(exposures.currency, '{{ var("base_currency") }}') as currency,
        replaced.fhs_score as from_fhs_score,
        candidate.fhs_score as to_fhs_score,
        coalesce(replaced.fhs_band, replaced.fhs_status) as from_fhs_band,
        coalesce(candidate.fhs_band, candidate.fhs_status) as to_fhs_band,
        replaced.fhs_reason_1_code as from_reason_1_code,
        replaced.fhs_reason_2_code as from_reason_2_code,
        replaced.fhs_reason_3_code as from_reason_3_code,
        candidate.fhs_reason_1_code as to_reason_1_code,
        candidate.fhs_reason_2_code as to_reason_2_code,
        candidate.fhs_reason_3_code as to_reason_3_code
    from replaced_scores as replaced
    inner join candidate_scores as candidate
        on replaced.customer_id = candidate.customer_id
    left join exposures
        on replaced.customer_id = exposures.customer_id
)

select * from final
