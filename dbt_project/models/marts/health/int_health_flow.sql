{{ config(materialized='table') }}
{#
  Flows of twelve months (spec §3.1), one row a customer: as reported when they are twelve already; else year to date +
  the last full year - the same months of the year before (`ttm`) when every one of revenue, profit before tax and net
  profit that is reported has its year before; else times 12 / months (`annualised`). One basis for all flows of a
  customer, so that no ratio mixes two: a flow that lacks its year before is missing under `ttm`.
#}
{%- set flows = health_flows() %}
{%- set current_amts = [] %}
{%- for item in flows %}
    {%- do current_amts.append('figures.current_' ~ item ~ '_amt') %}
{%- endfor %}
{%- set trailing_years = [] %}
{%- for item in ['pl_rev', 'pl_pbt', 'pl_np'] %}
    {%- do trailing_years.append(
        '(figures.current_' ~ item ~ '_amt is null'
        ~ ' or figures.prior_' ~ item ~ '_amt + figures.full_year_' ~ item ~ '_amt is not null)'
    ) %}
{%- endfor %}
with reported as (
    select
        figures.*,
        chosen.flow_months,
        chosen.is_year_to_date,
        coalesce({{ current_amts | join(', ') }}) is not null as has_flows,
        {{ trailing_years | join(' and ') }} as has_trailing_year
    from {{ ref('int_health_statement') }} as chosen
    inner join {{ ref('int_health_figure') }} as figures
        on chosen.customer_id = figures.customer_id
),

based as (
    select
        *,
        case
            when not has_flows then 'none'
            when flow_months = 12 then 'reported'
            when is_year_to_date and has_trailing_year then 'ttm'
            else 'annualised'
        end as flow_basis
    from reported
),

final as (
    select
        customer_id,
        {%- for item in flows %}
            {{ yearly_flow('current_' ~ item ~ '_amt', 'full_year_' ~ item ~ '_amt', 'prior_' ~ item ~ '_amt') }}
                as {{ item }}_amt,
        {%- endfor %}
        cast(flow_basis as string) as flow_basis
    from based
)

select * from final
