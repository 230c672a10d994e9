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
  Ratios of each customer's latest statement known (spec §3.2) and the Z″ and EM scores (§3.4). Every ratio has its
  status (§3.1): a number stands only where the status is ok or stale; a ratio with a negative denominator keeps what it
  would be in `_raw`.

  X2 reads surplus reserve + undistributed profit; statements under Chinese standards must report both, others have no
  statutory reserve. EBIT = profit before tax + interest expense; where no interest expense is reported a positive
  finance expense stands in (`interest_proxy`). The EM score is published within ±99 999.9999 (`capped`): beyond it the
  assets or liabilities are next to nothing, and Z″ has the number.
#}
{%- set x4_cap = var('altman_x4_cap', 10) %}
{%- set em_bound = '99999.9999' %}
{%- set em_distress_cut = var('altman_em_distress_cut', 4.35) %}
with inputs as (
    select
        statements.*,
        figures.flow_basis,
        figures.total_assets_amt,
        figures.opening_total_assets_amt,
        figures.current_assets_amt,
        figures.current_liabilities_amt,
        figures.total_liabilities_amt,
        figures.total_equity_amt,
        case
            when statements.gaap in ('ASBE', 'ASSE') then figures.surplus_reserve_amt + figures.undistributed_profit_amt
            else coalesce(figures.surplus_reserve_amt, 0) + figures.undistributed_profit_amt
        end as retained_earnings_amt,
        figures.revenue_amt,
        figures.operating_cost_amt,
        figures.profit_before_tax_amt,
        figures.interest_expense_amt is null and figures.finance_expense_amt > 0 as is_interest_proxy,
        case
            when figures.interest_expense_amt is not null then figures.interest_expense_amt
            when figures.finance_expense_amt > 0 then figures.finance_expense_amt
        end as interest_expense_amt,
        figures.current_revenue_amt,
        figures.prior_revenue_amt,
        coalesce(statements.customer_type not in ('financial', 'project_spv'), true) as is_altman_applicable
    from {{ ref('int_health_statement') }} as statements
    inner join {{ ref('int_health_input') }} as figures
        on statements.customer_id = figures.customer_id
),

measures as (
    select
        *,
        profit_before_tax_amt + interest_expense_amt as ebit_amt,
        revenue_amt - operating_cost_amt as gross_profit_amt,
        current_assets_amt - current_liabilities_amt as working_capital_amt,
        total_assets_amt is not null and opening_total_assets_amt is null as is_avg_degraded,
        -- Twice the average, so that nothing is rounded before the division.
        total_assets_amt + coalesce(opening_total_assets_amt, total_assets_amt) as double_avg_assets_amt,
        current_revenue_amt - prior_revenue_amt as revenue_change_amt
    from inputs
),

statuses as (
    select
        *,
        {{ ratio_status('current_assets_amt', 'current_liabilities_amt', 'zero_den_good') }} as l1_status,
        {{ ratio_status('total_liabilities_amt', 'total_assets_amt', 'zero_den_bad', 'zero_den_bad') }} as g1_status,
        case
            when ebit_amt is null then 'missing_input'
            when interest_expense_amt > 0 then 'ok'
            when ebit_amt > 0 then 'zero_den_good'
            else 'zero_den_bad'
        end as c1_status,
        {{ ratio_status('gross_profit_amt', 'revenue_amt', 'zero_den_bad') }} as p1_status,
        {{ ratio_status('ebit_amt', 'double_avg_assets_amt', 'zero_den_bad', 'zero_den_bad') }} as p4_status,
        {{ ratio_status('current_revenue_amt', 'prior_revenue_amt', 'neg_base', 'neg_base') }} as w1_status,
        {{ ratio_status('working_capital_amt', 'total_assets_amt', 'zero_den_bad', 'zero_den_bad') }} as x1_status,
        {{ ratio_status('retained_earnings_amt', 'total_assets_amt', 'zero_den_bad', 'zero_den_bad') }} as x2_status,
        {{ ratio_status('ebit_amt', 'total_assets_amt', 'zero_den_bad', 'zero_den_bad') }} as x3_status,
        {{ ratio_status('total_equity_amt', 'total_liabilities_amt', 'zero_den_good') }} as x4_status
    from measures
),

ratios as (
    select
        *,
        {{ ratio_value('l1_status', 'current_assets_amt', 'current_liabilities_amt') }} as l1_current_ratio,
        {{ ratio_raw('l1_status', 'current_assets_amt', 'current_liabilities_amt') }} as l1_current_ratio_raw,
        {{ ratio_value('g1_status', 'total_liabilities_amt', 'total_assets_amt') }} as g1_debt_to_assets_ratio,
        {{ ratio_value('c1_status', 'ebit_amt', 'interest_expense_amt') }} as c1_interest_cover_ratio,
        {{ ratio_value('p1_status', 'gross_profit_amt', 'revenue_amt') }} as p1_gross_margin_ratio,
        {{ ratio_raw('p1_status', 'gross_profit_amt', 'revenue_amt') }} as p1_gross_margin_ratio_raw,
        {{ ratio_value('p4_status', '2 * ebit_amt', 'double_avg_assets_amt') }} as p4_return_on_assets_ratio,
        {{ ratio_value('w1_status', 'revenue_change_amt', 'prior_revenue_amt') }} as w1_revenue_growth_ratio,
        {{ ratio_value('x1_status', 'working_capital_amt', 'total_assets_amt') }} as x1_working_capital_to_assets_ratio,
        {{ ratio_value('x2_status', 'retained_earnings_amt', 'total_assets_amt') }} as x2_retained_to_assets_ratio,
        {{ ratio_value('x3_status', 'ebit_amt', 'total_assets_amt') }} as x3_ebit_to_assets_ratio,
        {{ ratio_value('x4_status', 'total_equity_amt', 'total_liabilities_amt') }} as x4_equity_to_liabilities_ratio,
        {{ ratio_raw('x4_status', 'total_equity_amt', 'total_liabilities_amt') }} as x4_equity_to_liabilities_ratio_raw
    from statuses
),

scores as (
    select
        *,
        case
            when 'missing_input' in (x1_status, x2_status, x3_status, x4_status) then 'missing_input'
            when 'zero_den_bad' in (x1_status, x2_status, x3_status) then 'zero_den_bad'
            when x4_status = 'neg_den' then 'neg_den'
            else 'ok'
        end as z2_status,
        cast(
            cast(6.56 as decimal(4, 2)) * x1_working_capital_to_assets_ratio
            + cast(3.26 as decimal(4, 2)) * x2_retained_to_assets_ratio
            + cast(6.72 as decimal(4, 2)) * x3_ebit_to_assets_ratio
            + cast(1.05 as decimal(4, 2)) * case
                when x4_status = 'zero_den_good' then cast({{ x4_cap }} as decimal(30, 8))
                else x4_equity_to_liabilities_ratio
            end
            as decimal(30, 8)
        ) as z2_score
    from ratios
),

published as (
    select
        *,
        z2_score + cast(3.25 as decimal(4, 2)) as unbounded_em_score
    from scores
),

final as (
    select
        {{ as_of_date() }} as as_of_date,
        customer_id,
        source_system,
        customer_type,
        statement_id,
        source_reference,
        gaap,
        scope,
        period_type,
        period_start_date,
        period_end_date,
        fiscal_year,
        statement_version,
        is_audited,
        published_date,
        cast({{ days_between('period_end_date', as_of_date()) }} as integer) as statement_age_days,
        is_stale,
        currency,
        cast(flow_months as integer) as flow_months,
        cast(flow_basis as string) as flow_basis,
        flow_basis = 'annualised' as annualised,
        is_avg_degraded as avg_degraded,
        coalesce(is_interest_proxy, false) as interest_proxy,
        cast(total_assets_amt as decimal(20, 2)) as total_assets_amt,
        cast(opening_total_assets_amt as decimal(20, 2)) as opening_total_assets_amt,
        cast(current_assets_amt as decimal(20, 2)) as current_assets_amt,
        cast(current_liabilities_amt as decimal(20, 2)) as current_liabilities_amt,
        cast(total_liabilities_amt as decimal(20, 2)) as total_liabilities_amt,
        cast(total_equity_amt as decimal(20, 2)) as total_equity_amt,
        cast(retained_earnings_amt as decimal(20, 2)) as retained_earnings_amt,
        cast(revenue_amt as decimal(20, 2)) as revenue_amt,
        cast(operating_cost_amt as decimal(20, 2)) as operating_cost_amt,
        cast(profit_before_tax_amt as decimal(20, 2)) as profit_before_tax_amt,
        cast(interest_expense_amt as decimal(20, 2)) as interest_expense_amt,
        cast(ebit_amt as decimal(20, 2)) as ebit_amt,
        l1_current_ratio,
        {{ aged_status('l1_status') }} as l1_current_ratio_status,
        l1_current_ratio_raw,
        g1_debt_to_assets_ratio,
        {{ aged_status('g1_status') }} as g1_debt_to_assets_ratio_status,
        c1_interest_cover_ratio,
        {{ aged_status('c1_status') }} as c1_interest_cover_ratio_status,
        p1_gross_margin_ratio,
        {{ aged_status('p1_status') }} as p1_gross_margin_ratio_status,
        p1_gross_margin_ratio_raw,
        p4_return_on_assets_ratio,
        {{ aged_status('p4_status') }} as p4_return_on_assets_ratio_status,
        w1_revenue_growth_ratio,
        {{ aged_status('w1_status') }} as w1_revenue_growth_ratio_status,
        cast(
            case
                when w1_status <> 'neg_base' then null
                when current_revenue_amt > 0 then 'turned_profit'
                when current_revenue_amt < prior_revenue_amt then 'wider_loss'
                else 'narrower_loss'
            end as string
        ) as w1_revenue_growth_direction,
        x1_working_capital_to_assets_ratio,
        {{ aged_status('x1_status') }} as x1_working_capital_to_assets_ratio_status,
        x2_retained_to_assets_ratio,
        {{ aged_status('x2_status') }} as x2_retained_to_assets_ratio_status,
        x3_ebit_to_assets_ratio,
        {{ aged_status('x3_status') }} as x3_ebit_to_assets_ratio_status,
        x4_equity_to_liabilities_ratio,
        {{ aged_status('x4_status') }} as x4_equity_to_liabilities_ratio_status,
        x4_equity_to_liabilities_ratio_raw,
        is_altman_applicable,
        z2_score,
        {{ aged_status('z2_status') }} as z2_score_status,
        {{ altman_zone('z2_score', '2.6', '1.1') }} as z2_zone,
        cast(
            case
                when unbounded_em_score > {{ em_bound }} then {{ em_bound }}
                when unbounded_em_score < -{{ em_bound }} then -{{ em_bound }}
                else unbounded_em_score
            end as decimal(10, 4)
        ) as em_score,
        {{ aged_status("case when abs(unbounded_em_score) > " ~ em_bound ~ " then 'capped' else z2_status end") }}
            as em_score_status,
        {{ altman_zone('unbounded_em_score', '5.85', em_distress_cut) }} as em_zone,
        dq_flag,
        cast('{{ var("config_version") }}' as string) as config_version
    from published
)

select * from final
