{{ config(materialized='table') }}
{#
  Why return on equity moved (净资产收益率变动归因, spec §3.5): ROE against the same figure a year earlier, one row a customer,
  and the share of each DuPont factor in the change by the log method.

  The year before is brought to twelve months on the basis of the current flows, and averaged as the current balances are:
  where one of the two has no opening balance, or a statement of the year before follows other accounting standards, the
  two are not compared. Statements of another scope or currency are no year before (int_health_column).

  `_ln` is ln(factor now / factor a year earlier), rounded to 8 decimals; their sum is that of ROE. A part in percentage
  points is the logarithmic mean of the two ROEs, (a - b) / ln(a / b) and a where they are equal, times `_ln`; rounded to 6
  decimals, and the largest part takes what rounding leaves, so that the parts are the change and a factor that did not
  move has none. Logarithms are doubles, each of one row alone.
#}
{%- set purposes = ['prior', 'prior_closing', 'prior_opening', 'prior_full_year', 'prior_prior'] %}
{%- set items = {
    'prior': ['pl_rev', 'pl_pbt', 'pl_np'], 'prior_full_year': ['pl_rev', 'pl_pbt', 'pl_np'],
    'prior_prior': ['pl_rev', 'pl_pbt', 'pl_np'], 'prior_closing': ['bs_ta', 'bs_te'], 'prior_opening': ['bs_ta', 'bs_te']
} %}
{%- set factors = ['net_margin', 'asset_turnover', 'equity_multiplier'] %}
with statements as (
    select * from {{ ref('int_health_statement') }}
),

earlier_columns as (
    select
        earlier.customer_id,
        earlier.purpose,
        earlier.statement_id,
        earlier.period_end_date,
        coalesce(published.gaap, '') = coalesce(statements.gaap, '') as is_same_gaap,
        figures.pl_rev_amt,
        figures.pl_pbt_amt,
        figures.pl_np_amt,
        figures.bs_ta_amt,
        figures.bs_te_amt
    from {{ ref('int_health_column') }} as earlier
    inner join statements
        on earlier.customer_id = statements.customer_id
    inner join {{ ref('fct_statement') }} as published
        on earlier.statement_id = published.statement_id
    inner join {{ ref('fct_statement_wide') }} as figures
        on
            earlier.statement_id = figures.statement_id
            and earlier.period_end_date = figures.period_end_date
    where earlier.purpose in ('{{ purposes | join("', '") }}')
),

years_before as (
    select
        customer_id,
        {%- for purpose in purposes %}
            {%- if purpose != 'prior' %}
                max(case when purpose = '{{ purpose }}' then statement_id end) as {{ purpose }}_statement_id,
                max(case when purpose = '{{ purpose }}' then period_end_date end) as {{ purpose }}_column_date,
            {%- endif %}
            {%- for item in items[purpose] %}
                {{ ratio_amount("max(case when purpose = '" ~ purpose ~ "' then " ~ item ~ "_amt end)") }}
                    as {{ purpose }}_{{ item }}_amt,
            {%- endfor %}
        {%- endfor %}
        max(case when purpose = 'prior' then 1 else 0 end) as prior_count,
        min(
            case when is_same_gaap or purpose in ('prior_full_year', 'prior_prior') then 1 else 0 end
        ) = 1 as is_same_gaap,
        min(case when is_same_gaap then 1 else 0 end) = 1 as is_same_gaap_throughout
    from earlier_columns
    group by customer_id
),

inputs as (
    select
        statements.customer_id,
        statements.is_stale,
        statements.flow_months,
        figures.flow_basis,
        figures.net_profit_amt,
        figures.revenue_amt,
        figures.double_avg_assets_amt,
        figures.double_avg_equity_amt,
        figures.opening_total_assets_amt,
        figures.opening_total_equity_amt,
        ratios.p5_return_on_equity_ratio,
        ratios.p5_return_on_equity_ratio_status,
        ratios.dupont_status,
        {%- for purpose in purposes %}
            {%- if purpose != 'prior' %}
                years_before.{{ purpose }}_statement_id,
                years_before.{{ purpose }}_column_date,
            {%- endif %}
            {%- for item in items[purpose] %}
                years_before.{{ purpose }}_{{ item }}_amt,
            {%- endfor %}
        {%- endfor %}
        case figures.flow_basis when 'ttm' then years_before.is_same_gaap_throughout else years_before.is_same_gaap end
            as is_same_gaap,
        coalesce(years_before.prior_count = 1, false)
        and years_before.prior_closing_column_date is not null
        and (
            figures.flow_basis <> 'ttm'
            or (
                years_before.prior_full_year_column_date is not null
                and years_before.prior_prior_column_date is not null
            )
        ) as has_prior_year
    from statements
    inner join {{ ref('int_health_input') }} as figures
        on statements.customer_id = figures.customer_id
    inner join {{ ref('int_health_ratio') }} as ratios
        on statements.customer_id = ratios.customer_id
    left join years_before
        on statements.customer_id = years_before.customer_id
),

prior_years as (
    select
        *,
        {%- for item, name in {'pl_rev': 'revenue', 'pl_pbt': 'profit_before_tax', 'pl_np': 'net_profit'}.items() %}
            {{ yearly_flow(
                'prior_' ~ item ~ '_amt', 'prior_full_year_' ~ item ~ '_amt', 'prior_prior_' ~ item ~ '_amt'
            ) }} as prior_{{ name }}_amt,
        {%- endfor %}
        {{ double_average('prior_closing_bs_ta_amt', 'prior_opening_bs_ta_amt') }} as prior_double_assets_amt,
        {{ double_average('prior_closing_bs_te_amt', 'prior_opening_bs_te_amt') }} as prior_double_equity_amt,
        (opening_total_assets_amt is null) = (prior_opening_bs_ta_amt is null) as is_assets_alike,
        (opening_total_equity_amt is null) = (prior_opening_bs_te_amt is null) as is_equity_alike
    from inputs
),

prior_statuses as (
    select
        *,
        case
            when not has_prior_year then 'no_prior_year'
            else {{ ratio_status('prior_net_profit_amt', 'prior_double_equity_amt', 'neg_den') }}
        end as prior_status
    from prior_years
),

prior_ratios as (
    select
        *,
        {{ ratio_value('prior_status', '2 * prior_net_profit_amt', 'prior_double_equity_amt') }} as roe_prior_ratio
    from prior_statuses
),

changes as (
    select
        *,
        case
            when p5_return_on_equity_ratio_status not in ('ok', 'stale') then p5_return_on_equity_ratio_status
            when prior_status <> 'ok' then prior_status
            when not is_same_gaap or not is_equity_alike then 'not_comparable'
            else 'ok'
        end as change_status
    from prior_ratios
),

attributions as (
    select
        *,
        case
            when dupont_status not in ('ok', 'stale') then dupont_status
            when change_status <> 'ok' then change_status
            when
                prior_revenue_amt is null
                or prior_profit_before_tax_amt is null
                or prior_double_assets_amt is null
                then 'missing_input'
            when not is_assets_alike then 'not_comparable'
            when p5_return_on_equity_ratio <= 0 then 'not_applicable'
            when
                roe_prior_ratio <= 0
                or prior_profit_before_tax_amt <= 0
                or prior_closing_bs_te_amt <= 0
                or prior_revenue_amt <= 0
                or prior_double_assets_amt <= 0
                then 'neg_base'
            else 'ok'
        end as attribution_status
    from changes
),

-- What each amount grew to, a double of the two alone; null where there is no attribution, so that no logarithm fails.
growths as (
    select
        *,
        {%- for now, before in {
            'net_profit': 'prior_net_profit', 'revenue': 'prior_revenue', 'double_avg_assets': 'prior_double_assets',
            'double_avg_equity': 'prior_double_equity'
        }.items() %}
            case
                when attribution_status = 'ok'
                    then cast({{ now }}_amt as double) / cast({{ before }}_amt as double)
            end as {{ now }}_growth,
        {%- endfor %}
        case
            when attribution_status = 'ok'
                then 2 * cast(prior_net_profit_amt as double) / cast(prior_double_equity_amt as double)
        end as prior_return
    from attributions
),

logarithms as (
    select
        *,
        ln(net_profit_growth / revenue_growth) as net_margin_log,
        ln(revenue_growth / double_avg_assets_growth) as asset_turnover_log,
        ln(double_avg_assets_growth / double_avg_equity_growth) as equity_multiplier_log,
        net_profit_growth / double_avg_equity_growth as return_growth,
        ln(net_profit_growth / double_avg_equity_growth) as return_log
    from growths
),

-- Close to equality the mean is its series, as the difference of the two ROEs has lost its digits.
means as (
    select
        *,
        case
            when abs(return_log) < 0.0001 then prior_return * sqrt(return_growth) * (1 + return_log * return_log / 24)
            else prior_return * (return_growth - 1) / return_log
        end as log_mean
    from logarithms
),

parts as (
    select
        *,
        {%- for factor in factors %}
            cast({{ factor }}_log as decimal(12, 8)) as {{ factor }}_ln,
            cast(100 * log_mean * {{ factor }}_log as decimal(38, 6)) as {{ factor }}_share,
        {%- endfor %}
        case
            when change_status = 'ok'
                then cast((p5_return_on_equity_ratio - roe_prior_ratio) * 100 as decimal(38, 6))
        end as roe_change_pp
    from means
),

remainders as (
    select
        *,
        roe_change_pp - net_margin_share - asset_turnover_share - equity_multiplier_share as share_left_over,
        case
            when
                abs(net_margin_share) >= abs(asset_turnover_share)
                and abs(net_margin_share) >= abs(equity_multiplier_share)
                then 'net_margin'
            when abs(asset_turnover_share) >= abs(equity_multiplier_share) then 'asset_turnover'
            else 'equity_multiplier'
        end as largest_factor
    from parts
),

final as (
    select
        customer_id,
        {%- for purpose in purposes if purpose != 'prior' %}
            {{ purpose }}_statement_id,
            {{ purpose }}_column_date,
        {%- endfor %}
        roe_prior_ratio,
        {{ aged_status('prior_status') }} as roe_prior_ratio_status,
        roe_change_pp,
        {{ aged_status('change_status') }} as roe_change_pp_status,
        {{ aged_status('attribution_status') }} as roe_attribution_status,
        {{ ratio_value('attribution_status', 'prior_net_profit_amt', 'prior_revenue_amt') }}
            as roe_prior_net_margin_ratio,
        {{ ratio_value('attribution_status', '2 * prior_revenue_amt', 'prior_double_assets_amt') }}
            as roe_prior_asset_turnover_ratio,
        {{ ratio_value('attribution_status', 'prior_double_assets_amt', 'prior_double_equity_amt') }}
            as roe_prior_equity_multiplier_ratio,
        {%- for factor in factors %}
            {{ factor }}_ln as roe_{{ factor }}_ln,
            cast(
                {{ factor }}_share + case when largest_factor = '{{ factor }}' then share_left_over else 0 end
                as decimal(38, 6)
            ) as roe_{{ factor }}_pp,
        {%- endfor %}
        cast(net_margin_ln + asset_turnover_ln + equity_multiplier_ln as decimal(12, 8)) as roe_change_ln
    from remainders
)

select * from final
