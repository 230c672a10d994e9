{{ config(materialized='table') }}
{#
  What the published columns say (原始数据), one row a customer: balances at the period's end and at the opening, flows as
  reported of the period, of the same months a year earlier, and of the full year before. An amount too large to be money
  is no input.
#}
{%- set balances = [
    'bs_ta', 'bs_tca', 'bs_tcl', 'bs_tl', 'bs_te', 'bs_cash', 'bs_trading_fa', 'bs_inventory', 'bs_prepay', 'bs_ar',
    'bs_ap', 'bs_notes_pay', 'bs_st_loan', 'bs_ncl_due1y', 'bs_lt_loan', 'bs_bonds', 'bs_lease_l', 'bs_oth_eq_instr',
    'bs_paidin', 'bs_cap_res', 'bs_surplus', 'bs_retained'
] %}
{%- set opening_balances = [
    'bs_ta', 'bs_te', 'bs_ar', 'bs_inventory', 'bs_ap', 'bs_ncl_due1y', 'bs_paidin', 'bs_cap_res'
] %}
{%- set flows = health_flows() %}
with columns_used as (
    select
        customer_id,
        {%- for purpose in ['opening', 'prior', 'full_year'] %}
            max(case when purpose = '{{ purpose }}' then statement_id end) as {{ purpose }}_statement_id,
            max(case when purpose = '{{ purpose }}' then period_end_date end) as {{ purpose }}_column_date,
        {%- endfor %}
        max(case when purpose = 'current' then statement_id end) as statement_id,
        max(case when purpose = 'current' then period_end_date end) as period_end_date
    from {{ ref('int_health_column') }}
    group by customer_id
),

figures as (
    select * from {{ ref('fct_statement_wide') }}
),

final as (
    select
        columns_used.customer_id,
        columns_used.opening_statement_id,
        columns_used.opening_column_date,
        columns_used.prior_statement_id,
        columns_used.prior_column_date,
        columns_used.full_year_statement_id,
        {%- for item in balances %}
            {{ ratio_amount('own_figures.' ~ item ~ '_amt') }} as {{ item }}_amt,
        {%- endfor %}
        {%- for item in opening_balances %}
            {{ ratio_amount('opening_figures.' ~ item ~ '_amt') }} as opening_{{ item }}_amt,
        {%- endfor %}
        {%- for item in flows %}
            {{ ratio_amount('own_figures.' ~ item ~ '_amt') }} as current_{{ item }}_amt,
            {{ ratio_amount('prior_figures.' ~ item ~ '_amt') }} as prior_{{ item }}_amt,
            {{ ratio_amount('full_year_figures.' ~ item ~ '_amt') }} as full_year_{{ item }}_amt,
        {%- endfor %}
        columns_used.full_year_column_date
    from columns_used
    left join figures as own_figures
        on
            columns_used.statement_id = own_figures.statement_id
            and columns_used.period_end_date = own_figures.period_end_date
    left join figures as opening_figures
        on
            columns_used.opening_statement_id = opening_figures.statement_id
            and columns_used.opening_column_date = opening_figures.period_end_date
    left join figures as prior_figures
        on
            columns_used.prior_statement_id = prior_figures.statement_id
            and columns_used.prior_column_date = prior_figures.period_end_date
    left join figures as full_year_figures
        on
            columns_used.full_year_statement_id = full_year_figures.statement_id
            and columns_used.full_year_column_date = full_year_figures.period_end_date
)

select * from final
