{#
  Monthly income of each person who may be profiled. Of each type of income the best proved row counts (seed
  income_evidence: payroll before tax before social security before housing fund before declared), of equally proved
  ones the latest; types add up. Declared incomes count only for a person who has no verified one. Rows whose period
  ended more than `income_stale_months` months ago count only where there is nothing newer.
#}
with incomes as (
    select
        incomes.customer_id,
        incomes.income_type,
        incomes.period_end_date,
        incomes.monthly_income_amt,
        incomes.currency,
        incomes.verification,
        evidence.precedence,
        evidence.is_verified,
        {{ plus_months('incomes.period_end_date', var('income_stale_months')) }} < {{ as_of_date() }} as is_stale
    from {{ ref('fct_personal_income') }} as incomes
    inner join {{ ref('int_person') }} as persons
        on incomes.customer_id = persons.customer_id
    inner join {{ ref('income_evidence') }} as evidence
        on incomes.verification = evidence.verification
    where
        persons.is_profiled
        and incomes.monthly_income_amt is not null
        and incomes.period_end_date <= {{ as_of_date() }}
),

freshest as (
    select
        *,
        min(case when is_stale then 1 else 0 end) over (partition by customer_id) as is_all_stale
    from incomes
),

ranked as (
    select
        *,
        row_number() over (
            partition by customer_id, income_type order by precedence asc, period_end_date desc
        ) as preference,
        max(case when is_verified then 1 else 0 end) over (partition by customer_id) as has_verified
    from freshest
    where not is_stale or is_all_stale = 1
),

counted as (
    select * from ranked
    where preference = 1 and (is_verified or has_verified = 0)
),

summed as (
    select
        customer_id,
        min(currency) as currency,
        min(currency) <> max(currency) as is_mixed_currency,
        max(has_verified) = 1 as is_verified,
        max(is_all_stale) = 1 as is_stale,
        min(precedence) as precedence,
        cast(sum(monthly_income_amt) as decimal(20, 2)) as monthly_income_amt
    from counted
    group by customer_id
),

bands as (
    select
        summed.customer_id,
        personal_bands.band_code
    from summed
    inner join {{ ref('personal_band') }} as personal_bands
        on
            summed.currency = personal_bands.currency
            and personal_bands.measure = 'income'
            and coalesce(summed.monthly_income_amt >= personal_bands.lower_amt, true)
            and coalesce(summed.monthly_income_amt < personal_bands.upper_amt, true)
    where personal_bands.version in ({{ version_in_force('personal_band') }}) and not summed.is_mixed_currency
),

final as (
    select
        summed.customer_id,
        summed.currency,
        summed.monthly_income_amt,
        summed.is_verified,
        summed.is_stale,
        summed.is_mixed_currency,
        cast(evidence.verification as string) as income_evidence,
        cast(bands.band_code as string) as income_band,
        cast(
            case
                when summed.is_mixed_currency then 'mixed_currency'
                when bands.band_code is null then 'no_bands'
                when summed.is_stale then 'stale'
                else 'ok'
            end as string
        ) as income_band_status
    from summed
    inner join {{ ref('income_evidence') }} as evidence
        on summed.precedence = evidence.precedence
    left join bands
        on summed.customer_id = bands.customer_id
)

select * from final
