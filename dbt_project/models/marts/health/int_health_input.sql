{{ config(materialized='table') }}
{#
  The inputs of the ratios (指标输入), one row a customer: totals, averages, debt, EBIT and EBITDA (spec §3.1).

  The PRC format is closed: a statement under it leaves out the lines that are zero, so a line that is missing from a
  balance sheet with totals, or from a profit sheet with revenue, is 0. Other standards have no closed list: there debt
  is known when at least one of its parts is reported, and other missing lines stay missing. Everywhere inventories,
  prepayments, trading assets and the portion due within a year only correct a total, and count as 0 where they are not
  reported beside it.

  Averages are kept doubled (opening + closing), so that nothing is rounded before the division; without an opening
  balance sheet they are twice the closing balance (`is_avg_degraded`).

  EBIT = profit before tax + interest expense; where no interest expense is reported a positive finance expense stands in
  (`is_interest_proxy`). EBITDA adds depreciation, which is never assumed, and amortisation where it is reported.
  Maintenance capital expenditure is the lesser of capital expenditure and depreciation: what keeps the plant as it is.
  Principal due is the portion of long-term debt that fell due in the year: that of the opening, else of the closing.
  Lines that are rolled over are not due principal.
#}
{%- set debt_lines, debt_terms = [], [] %}
{%- for part in ['bs_st_loan', 'bs_ncl_due1y', 'bs_lt_loan', 'bs_bonds', 'bs_lease_l'] %}
    {%- do debt_lines.append('figures.' ~ part ~ '_amt') %}
    {%- do debt_terms.append('coalesce(' ~ part ~ '_amt, 0)') %}
{%- endfor %}
with reported as (
    select
        figures.*,
        flows.flow_basis,
        {%- for item in health_flows() %}
            flows.{{ item }}_amt,
        {%- endfor %}
        coalesce(statements.gaap in ('ASBE', 'ASSE'), false) as is_closed,
        coalesce({{ debt_lines | join(', ') }}) is not null as has_debt_lines,
        coalesce(figures.bs_st_loan_amt, figures.bs_ncl_due1y_amt) is not null as has_short_debt_lines
    from {{ ref('int_health_statement') }} as statements
    inner join {{ ref('int_health_figure') }} as figures
        on statements.customer_id = figures.customer_id
    inner join {{ ref('int_health_flow') }} as flows
        on statements.customer_id = flows.customer_id
),

-- Lines that the closed format left out because they are zero.
completed as (
    select
        *,
        {{ where_closed('bs_tl_amt', 'bs_cash_amt') }} as cash_amt,
        {{ where_closed('bs_tl_amt', 'bs_ar_amt') }} as receivables_amt,
        {{ where_closed('bs_tl_amt', 'bs_inventory_amt') }} as inventories_amt,
        {{ where_closed('bs_tl_amt', 'bs_ap_amt') }} as payables_amt,
        {{ where_closed('opening_bs_ta_amt', 'opening_bs_ar_amt') }} as opening_receivables_amt,
        {{ where_closed('opening_bs_ta_amt', 'opening_bs_inventory_amt') }} as opening_inventories_amt,
        {{ where_closed('opening_bs_ta_amt', 'opening_bs_ap_amt') }} as opening_payables_amt,
        coalesce(
            {{ where_closed('opening_bs_ta_amt', 'opening_bs_ncl_due1y_amt') }},
            {{ where_closed('bs_tl_amt', 'bs_ncl_due1y_amt') }}
        ) as principal_due_amt,
        {{ where_closed('cf_cfo_amt', 'cf_capex_amt') }} as capital_expenditure_amt,
        {{ where_closed('pl_rev_amt', 'pl_tax_amt') }} as income_tax_amt,
        case
            when has_short_debt_lines or (is_closed and bs_tl_amt is not null)
                then coalesce(bs_st_loan_amt, 0) + coalesce(bs_ncl_due1y_amt, 0)
        end as short_debt_amt,
        case
            when has_debt_lines or (is_closed and bs_tl_amt is not null)
                then {{ debt_terms | join(' + ') }}
        end as debt_amt,
        case
            when is_closed and pl_rev_amt is not null
                then
                    pl_cogs_amt + coalesce(pl_tax_sur_amt, 0) + coalesce(pl_sell_amt, 0) + coalesce(pl_admin_amt, 0)
                    + coalesce(pl_fin_amt, 0)
            when coalesce(pl_sell_amt, pl_admin_amt) is not null
                then
                    pl_cogs_amt + coalesce(pl_tax_sur_amt, 0) + coalesce(pl_sell_amt, 0) + coalesce(pl_admin_amt, 0)
                    + coalesce(pl_fin_amt, pl_int_exp_amt, 0)
        end as costs_amt,
        case
            when is_closed then bs_surplus_amt + bs_retained_amt
            else coalesce(bs_surplus_amt, 0) + bs_retained_amt
        end as retained_earnings_amt,
        coalesce(pl_int_exp_amt, case when pl_fin_amt > 0 then pl_fin_amt end) as interest_expense_amt,
        pl_int_exp_amt is null and coalesce(pl_fin_amt > 0, false) as is_interest_proxy
    from reported
),

measures as (
    select
        *,
        pl_pbt_amt + interest_expense_amt as ebit_amt,
        pl_pbt_amt + interest_expense_amt + sup_dep_amt + coalesce(sup_amort_amt, 0) as ebitda_amt,
        case when capital_expenditure_amt > sup_dep_amt then sup_dep_amt else capital_expenditure_amt end
            as maintenance_expenditure_amt,
        coalesce(bs_paidin_amt - opening_bs_paidin_amt, 0) + coalesce(bs_cap_res_amt - opening_bs_cap_res_amt, 0)
            as paid_in_change_amt
    from completed
),

final as (
    select
        customer_id,
        opening_statement_id,
        opening_column_date,
        prior_statement_id,
        prior_column_date,
        full_year_statement_id,
        full_year_column_date,
        flow_basis,
        bs_ta_amt as total_assets_amt,
        opening_bs_ta_amt as opening_total_assets_amt,
        bs_tca_amt as current_assets_amt,
        bs_tcl_amt as current_liabilities_amt,
        bs_tl_amt as total_liabilities_amt,
        bs_te_amt as total_equity_amt,
        opening_bs_te_amt as opening_total_equity_amt,
        cash_amt,
        cash_amt + coalesce(bs_trading_fa_amt, 0) as liquid_assets_amt,
        bs_tca_amt - coalesce(bs_inventory_amt, 0) - coalesce(bs_prepay_amt, 0) as quick_assets_amt,
        receivables_amt,
        inventories_amt,
        payables_amt,
        short_debt_amt,
        short_debt_amt + coalesce(bs_notes_pay_amt, 0) as short_obligations_amt,
        debt_amt,
        debt_amt - cash_amt as net_debt_amt,
        coalesce(bs_oth_eq_instr_amt, 0) as perpetuals_amt,
        retained_earnings_amt,
        -- No source delivers the market value of equity yet.
        cast(null as decimal(22, 4)) as market_equity_amt,
        bs_tca_amt - bs_tcl_amt as working_capital_amt,
        {{ double_average('bs_ta_amt', 'opening_bs_ta_amt') }} as double_avg_assets_amt,
        {{ double_average('bs_te_amt', 'opening_bs_te_amt') }} as double_avg_equity_amt,
        {{ double_average('receivables_amt', 'opening_receivables_amt') }} as double_avg_receivables_amt,
        {{ double_average('inventories_amt', 'opening_inventories_amt') }} as double_avg_inventories_amt,
        {{ double_average('payables_amt', 'opening_payables_amt') }} as double_avg_payables_amt,
        (bs_ta_amt is not null and opening_bs_ta_amt is null)
        or (bs_te_amt is not null and opening_bs_te_amt is null)
        or (receivables_amt is not null and opening_receivables_amt is null)
        or (inventories_amt is not null and opening_inventories_amt is null)
        or (payables_amt is not null and opening_payables_amt is null) as is_avg_degraded,
        bs_te_amt - case when paid_in_change_amt > 0 then paid_in_change_amt else 0 end as preserved_equity_amt,
        pl_rev_amt as revenue_amt,
        pl_cogs_amt as operating_cost_amt,
        pl_rev_amt - pl_cogs_amt as gross_profit_amt,
        costs_amt,
        pl_op_amt as operating_profit_amt,
        pl_pbt_amt as profit_before_tax_amt,
        pl_np_amt as net_profit_amt,
        interest_expense_amt,
        is_interest_proxy,
        ebit_amt,
        ebitda_amt,
        cf_cfo_amt as operating_cash_flow_amt,
        cf_cfo_amt - capital_expenditure_amt as free_cash_flow_amt,
        ebitda_amt - income_tax_amt - maintenance_expenditure_amt as debt_service_cash_amt,
        principal_due_amt + interest_expense_amt as debt_service_due_amt,
        current_pl_rev_amt as current_revenue_amt,
        prior_pl_rev_amt as prior_revenue_amt,
        current_pl_rev_amt - prior_pl_rev_amt as revenue_change_amt,
        current_pl_np_amt as current_net_profit_amt,
        prior_pl_np_amt as prior_net_profit_amt,
        current_pl_np_amt - prior_pl_np_amt as net_profit_change_amt
    from measures
)

select * from final
