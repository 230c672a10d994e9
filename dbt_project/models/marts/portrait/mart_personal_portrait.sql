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
  Portrait of each person (个人画像): income, debt service, assets and credit history, each figure with its status.
  Incomes and assets are bands and rounded shares (spec §8.3); no amount and no date of birth stands here. A person
  who has not agreed to profiling has a row of which every figure is null and every status no_consent, so that
  everybody is accounted for and nobody is described against his will.
#}
{%- set classes = ['deposit', 'wealth_product', 'fund', 'security', 'real_estate', 'vehicle', 'business_equity'] %}
{%- set dti_bound = '99.99' %}
with persons as (
    select * from {{ ref('int_person') }}
),

joined as (
    select
        persons.*,
        incomes.income_band,
        incomes.income_band_status,
        case when incomes.is_verified then 'verified' when not incomes.is_verified then 'declared' end as income_basis,
        incomes.income_evidence,
        case
            when
                incomes.is_verified
                and not incomes.is_mixed_currency
                and coalesce(incomes.currency = debts.currency, true)
                then incomes.monthly_income_amt
        end as verified_income_amt,
        incomes.customer_id is not null and not incomes.is_verified as is_income_declared,
        incomes.is_verified
        and (
            incomes.is_mixed_currency
            or debts.is_mixed_currency
            or coalesce(incomes.currency <> debts.currency, false)
        )
            as is_dti_mixed,
        incomes.is_stale as is_income_stale,
        debts.yearly_service_amt,
        debts.debt_amt,
        debts.is_schedule_missing or debts.is_type_unknown as is_service_unknown,
        debts.has_bureau_report,
        assets.net_owned_amt,
        assets.asset_status,
        assets.is_stale as is_asset_stale,
        assets.currency as asset_currency,
        assets.is_mixed_currency
        or debts.is_mixed_currency
        or coalesce(assets.currency <> debts.currency, false) as is_worth_mixed,
        {%- for class in classes %}
            assets.{{ class }}_share,
        {%- endfor %}
        assets.liquid_share,
        assets.asset_hhi,
        histories.bureau_basis,
        histories.bureau_report_date,
        coalesce(histories.bureau_status, 'no_report') as bureau_status,
        {%- for figure in bureau_figures() %}
            histories.{{ figure }},
            coalesce(histories.{{ figure }}_status, 'no_report') as {{ figure }}_status,
        {%- endfor %}
        cast(histories.reported_dti_pct as decimal(20, 4)) as reported_dti_pct,
        risks.max_dpd_days
    from persons
    left join {{ ref('int_person_income') }} as incomes
        on persons.customer_id = incomes.customer_id
    left join {{ ref('int_person_debt') }} as debts
        on persons.customer_id = debts.customer_id
    left join {{ ref('int_person_asset') }} as assets
        on persons.customer_id = assets.customer_id
    left join {{ ref('int_bureau_history') }} as histories
        on
            persons.customer_id = histories.customer_id
            and persons.is_profiled
    left join {{ ref('mart_risk_status') }} as risks
        on
            persons.customer_id = risks.customer_id
            and risks.as_of_date = {{ as_of_date() }}
            and persons.is_profiled
),

derived as (
    select
        *,
        case
            -- A source of counts knows debts elsewhere in its own ratio only.
            when reported_dti_pct is not null then 'reported'
            when is_dti_mixed then 'mixed_currency'
            when is_service_unknown then 'missing_input'
            when is_income_declared then 'unverified_income'
            when verified_income_amt is null then 'missing_input'
            when verified_income_amt = 0 then 'zero_den_bad'
            when verified_income_amt < 0 then 'neg_den'
            else 'derived'
        end as dti_way,
        {{ exact_ratio('yearly_service_amt', '12 * verified_income_amt') }} as derived_dti_ratio,
        case when not is_worth_mixed then net_owned_amt - debt_amt end as net_worth_amt
    from joined
),

bands as (
    select
        derived.customer_id,
        personal_bands.band_code
    from derived
    inner join {{ ref('personal_band') }} as personal_bands
        on
            derived.asset_currency = personal_bands.currency
            and personal_bands.measure = 'net_worth'
            and coalesce(derived.net_worth_amt >= personal_bands.lower_amt, true)
            and coalesce(derived.net_worth_amt < personal_bands.upper_amt, true)
    where derived.net_worth_amt is not null and personal_bands.version in ({{ version_in_force('personal_band') }})
),

stated as (
    select
        derived.*,
        bands.band_code as net_worth_band,
        case
            when derived.asset_status is null then 'missing_input'
            when derived.is_worth_mixed then 'mixed_currency'
            when bands.band_code is null then 'no_bands'
            when derived.is_asset_stale then 'stale'
            when not derived.has_bureau_report then 'own_debt_only'
            else 'ok'
        end as net_worth_band_status,
        case
            when derived.dti_way = 'derived' then least(derived.derived_dti_ratio, {{ dti_bound }})
            when derived.dti_way = 'reported'
                then least({{ exact_ratio('derived.reported_dti_pct', '100') }}, {{ dti_bound }})
        end as dti_ratio,
        case
            when derived.dti_way = 'derived' and derived.derived_dti_ratio > {{ dti_bound }} then 'capped'
            when derived.dti_way = 'derived' and derived.is_income_stale then 'stale'
            when derived.dti_way = 'derived' and not derived.has_bureau_report then 'own_debt_only'
            when derived.dti_way = 'derived' then 'ok'
            when derived.dti_way = 'reported' and derived.reported_dti_pct > 100 * {{ dti_bound }} then 'capped'
            when derived.dti_way = 'reported' then derived.bureau_status
            else derived.dti_way
        end as dti_ratio_status,
        case when derived.dti_way in ('derived', 'reported') then derived.dti_way end as dti_basis
    from derived
    left join bands
        on derived.customer_id = bands.customer_id
),

final as (
    select
        {{ as_of_date() }} as as_of_date,
        customer_id,
        source_system,
        customer_type,
        profiling_basis,
        is_profiled,
        cast(income_band as string) as income_band,
        {{ person_status('income_band_status') }},
        cast(income_basis as string) as income_basis,
        cast(income_evidence as string) as income_evidence,
        -- Hundredths: a finer ratio and a known loan would give the income away.
        cast(case when is_profiled then dti_ratio end as decimal(6, 2)) as dti_ratio,
        {{ person_status('dti_ratio_status') }},
        cast(case when is_profiled then dti_basis end as string) as dti_basis,
        cast(net_worth_band as string) as net_worth_band,
        {{ person_status('net_worth_band_status') }},
        {%- for class in classes %}
            cast({{ class }}_share as decimal(5, 2)) as {{ class }}_share,
        {%- endfor %}
        cast(liquid_share as decimal(5, 2)) as liquid_share,
        cast(asset_hhi as decimal(5, 2)) as asset_hhi,
        {{ person_status('asset_status') }},
        cast(bureau_basis as string) as bureau_basis,
        bureau_report_date,
        {{ person_status('bureau_status') }},
        {%- for figure in bureau_figures() %}
            {{ figure }},
            {{ person_status(figure ~ '_status') }},
        {%- endfor %}
        max_dpd_days,
        cast(
            case
                when not is_profiled then 'no_consent' when max_dpd_days is null then 'missing_input' else 'ok'
            end as string
        ) as max_dpd_days_status,
        dq_flag,
        cast('{{ var("config_version") }}' as string) as config_version
    from stated
)

select * from final
