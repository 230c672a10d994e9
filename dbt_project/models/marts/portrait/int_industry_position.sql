{#
  Position of each enterprise in its industry, one row a customer with a statement (spec §4.3). Shares are of the
  revenue of this portfolio's customers in the three-digit industry: how the book is concentrated, not a share of any
  market. The share of the market is an estimate, made only where an index of the industry's revenue
  (`industry_revenue_index`, in hundred millions of the base currency, 亿元) has the same period end as a statement of
  twelve months.
#}
{%- set weights = var('position_weight') %}
{%- set weighted_pctls = [] %}
{%- set known_weights = [] %}
{%- for measure, weight in weights.items() %}
    {%- set exact_weight = 'cast(' ~ weight ~ ' as decimal(5, 4))' %}
    {%- do weighted_pctls.append('coalesce(' ~ measure ~ '_pctl, 0) * ' ~ exact_weight) %}
    {%- do known_weights.append('case when ' ~ measure ~ '_pctl is null then 0 else ' ~ exact_weight ~ ' end') %}
{%- endfor %}
with figures as (
    select
        *,
        case when industry_group is not null and currency is not null and revenue_amt > 0 then revenue_amt end
            as shared_revenue_amt
    from {{ ref('int_industry_figure') }}
),

totals as (
    select
        industry_group,
        currency,
        {{ ratio_amount('sum(shared_revenue_amt)') }} as industry_revenue_amt,
        count(*) as industry_customer_count
    from figures
    where shared_revenue_amt is not null
    group by industry_group, currency
),

shares as (
    select
        figures.customer_id,
        figures.industry_group,
        figures.currency,
        totals.industry_customer_count,
        cast({{ exact_ratio('figures.shared_revenue_amt', 'totals.industry_revenue_amt') }} as decimal(9, 8))
            as portfolio_share
    from figures
    inner join totals
        on
            figures.industry_group = totals.industry_group
            and figures.currency = totals.currency
    where figures.shared_revenue_amt is not null
),

concentrations as (
    select
        industry_group,
        currency,
        cast(sum(cast(portfolio_share * portfolio_share as decimal(18, 16))) as decimal(9, 8)) as hhi_portfolio
    from shares
    group by industry_group, currency
),

indices as (
    select
        industry_code,
        period_end_date,
        {{ ratio_amount('cast(index_value as decimal(38, 6)) * 100000000') }} as industry_revenue_amt
    from {{ ref('fct_industry_index') }}
    where index_name = '{{ var("industry_revenue_index") }}' and index_value > 0 and licence is not null
),

markets as (
    select
        figures.customer_id,
        indices.industry_revenue_amt,
        row_number() over (partition by figures.customer_id order by length(indices.industry_code) desc) as preference
    from figures
    inner join indices
        on
            figures.period_end_date = indices.period_end_date
            and indices.industry_code in (figures.industry_group, figures.industry_section)
    where figures.currency = '{{ var("base_currency") }}' and figures.flow_basis = 'reported'
),

ranks as (
    select
        customer_id,
        {%- for measure in weights %}
            max(case when measure = '{{ measure }}' then percentile end) as {{ measure }}_pctl,
            max(case when measure = '{{ measure }}' then percentile_status end) as {{ measure }}_pctl_status,
            max(case when measure = '{{ measure }}' then peer_group end) as {{ measure }}_peer_group,
            max(case when measure = '{{ measure }}' then peer_count end) as {{ measure }}_peer_count,
        {%- endfor %}
        count(percentile) as percentile_count
    from {{ ref('int_industry_peer') }}
    group by customer_id
),

weighed as (
    select
        *,
        cast({{ weighted_pctls | join(' + ') }} as decimal(14, 12)) as weighted_sum,
        {{ known_weights | join(' + ') }} as weight_sum
    from ranks
),

final as (
    select
        figures.customer_id,
        {%- for measure in weights %}
            weighed.{{ measure }}_pctl,
            weighed.{{ measure }}_pctl_status,
            weighed.{{ measure }}_peer_group,
            weighed.{{ measure }}_peer_count,
        {%- endfor %}
        case
            when weighed.percentile_count >= 2
                then
                    cast(
                        {{ exact_ratio('1000000 * weighed.weighted_sum', '10000 * weighed.weight_sum') }}
                        as decimal(7, 4)
                    )
        end as position_score,
        cast(
            case weighed.percentile_count when 3 then 'ok' when 2 then 'partial' else 'missing_input' end as string
        ) as position_score_status,
        shares.portfolio_share,
        cast(
            case
                when shares.customer_id is not null then 'ok'
                when figures.industry_group is null then 'no_industry'
                else 'missing_input'
            end as string
        ) as portfolio_share_status,
        cast(shares.industry_customer_count as integer) as industry_customer_count,
        concentrations.hhi_portfolio,
        cast(
            case
                when concentrations.hhi_portfolio is not null then 'ok'
                when figures.industry_group is null then 'no_industry'
                else 'missing_input'
            end as string
        ) as hhi_portfolio_status,
        cast(
            case
                when figures.revenue_amt >= 0
                    then {{ exact_ratio('figures.revenue_amt', 'markets.industry_revenue_amt') }}
            end as decimal(20, 8)
        ) as market_share_est,
        cast(
            case
                when figures.revenue_amt is null or figures.revenue_amt < 0 then 'missing_input'
                when markets.industry_revenue_amt is null then 'no_external_index'
                else 'ok'
            end as string
        ) as market_share_est_status
    from figures
    inner join weighed
        on figures.customer_id = weighed.customer_id
    left join shares
        on figures.customer_id = shares.customer_id
    left join concentrations
        on
            figures.industry_group = concentrations.industry_group
            and figures.currency = concentrations.currency
    left join markets
        on
            figures.customer_id = markets.customer_id
            and markets.preference = 1
)

select * from final
