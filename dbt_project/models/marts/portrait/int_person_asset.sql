{#
  What each person who may be profiled owns, by class: the latest valuation of each asset, not older than
  `asset_stale_months` where any is as new, times the share that is the customer's own. Shares are of what has a value
  above zero; an overdrawn account lowers the net worth and is no asset. hhi: the sum of the squared shares (1: one
  class).
#}
{%- set classes = ['deposit', 'wealth_product', 'fund', 'security', 'real_estate', 'vehicle', 'business_equity'] %}
{%- set squares = [] %}
{%- for class in classes %}
    {%- do squares.append('cast(' ~ class ~ '_share * ' ~ class ~ '_share as decimal(18, 16))') %}
{%- endfor %}
with valuations as (
    select
        assets.customer_id,
        assets.asset_no,
        assets.asset_type,
        assets.currency,
        assets.owned_amt,
        assets.is_liquid,
        {{ plus_months('assets.valuation_date', var('asset_stale_months')) }} < {{ as_of_date() }} as is_stale,
        row_number() over (
            partition by assets.customer_id, assets.asset_no order by assets.valuation_date desc
        ) as recency
    from {{ ref('fct_personal_asset') }} as assets
    inner join {{ ref('int_person') }} as persons
        on assets.customer_id = persons.customer_id
    where persons.is_profiled and assets.owned_amt is not null and assets.valuation_date <= {{ as_of_date() }}
),

latest as (
    select
        *,
        min(case when is_stale then 1 else 0 end) over (partition by customer_id) as is_all_stale
    from valuations
    where recency = 1
),

totals as (
    select
        min(currency) as currency,
        min(currency) <> max(currency) as is_mixed_currency,
        max(is_all_stale) = 1 as is_stale,
        cast(sum(owned_amt) as decimal(20, 2)) as net_owned_amt,
        cast(sum(case when owned_amt > 0 then owned_amt else 0 end) as decimal(20, 2)) as gross_owned_amt,
        cast(sum(case when owned_amt > 0 and is_liquid then owned_amt else 0 end) as decimal(20, 2)) as liquid_amt,
        {%- for class in classes %}
            cast(
                sum(case when owned_amt > 0 and asset_type = '{{ class }}' then owned_amt else 0 end) as decimal(20, 2)
            ) as {{ class }}_amt,
        {%- endfor %}
        customer_id
    from latest
    where not is_stale or is_all_stale = 1
    group by customer_id
),

shares as (
    select
        {%- for class in classes + ['liquid'] %}
            cast(
                case when not is_mixed_currency then {{ exact_ratio(class ~ '_amt', 'gross_owned_amt') }} end
                as decimal(9, 8)
            ) as {{ class }}_share,
        {%- endfor %}
        *
    from totals
),

final as (
    select
        customer_id,
        currency,
        is_mixed_currency,
        is_stale,
        net_owned_amt,
        {%- for class in classes %}
            {{ class }}_share,
        {%- endfor %}
        liquid_share,
        cast({{ squares | join(' + ') }} as decimal(9, 8)) as asset_hhi,
        cast(
            case
                when is_mixed_currency then 'mixed_currency'
                when gross_owned_amt = 0 then 'zero_den_bad'
                when is_stale then 'stale'
                else 'ok'
            end as string
        ) as asset_status
    from shares
)

select * from final
