{#
  Size of enterprises by the official division (spec §4.1): the tier of each indicator that the row of the industry
  asks for, and of these the smallest. Employees come from the master; revenue of twelve months and total assets from
  the statement that mart_financial_health assesses, where it is in the currency of the limits. Revenue that was only
  annualised (x 12 / months) is an estimate and counts as missing.
#}
with edition as (
    {{ version_in_force('size_threshold') }}
),

limits as (
    select thresholds.*
    from {{ ref('size_threshold') }} as thresholds
    inner join edition
        on thresholds.version = edition.version
),

divisions as (
    select divisions.*
    from {{ ref('size_division') }} as divisions
    inner join edition
        on divisions.version = edition.version
),

statements as (
    select
        customer_id,
        currency,
        total_assets_amt,
        case when flow_basis in ('reported', 'ttm') then revenue_amt end as revenue_amt
    from {{ ref('mart_financial_health') }}
    where as_of_date = {{ as_of_date() }}
),

enterprises as (
    select
        customers.customer_id,
        customers.industry_section,
        customers.enterprise_size as enterprise_size_source,
        customers.employees,
        statements.currency,
        statements.revenue_amt,
        statements.total_assets_amt,
        -- The group of the classification; a division alone is written with 0 for the group.
        rpad(substring(customers.industry_code, 2, 3), 3, '0') as industry_group_no
    from {{ ref('dim_customer') }} as customers
    left join statements
        on customers.customer_id = statements.customer_id
    where customers.customer_type not in ('personal', 'sole_trader')
),

placed as (
    select
        enterprises.*,
        divisions.size_row
    from enterprises
    left join divisions
        on
            enterprises.industry_section is not null
            and enterprises.industry_group_no between divisions.group_from and divisions.group_to
),

measured as (
    select
        placed.*,
        limits.version,
        limits.row_name_en,
        limits.row_name_zh,
        limits.indicator,
        limits.cut_large * limits.unit_multiplier as large_from,
        limits.cut_medium * limits.unit_multiplier as medium_from,
        limits.cut_small * limits.unit_multiplier as small_from,
        case
            when limits.indicator = 'X' then cast(placed.employees as decimal(20, 2))
            when placed.currency = limits.currency and limits.indicator = 'Y' then placed.revenue_amt
            when placed.currency = limits.currency and limits.indicator = 'Z' then placed.total_assets_amt
        end as indicator_value
    from placed
    left join limits
        on placed.size_row = limits.size_row
),

graded as (
    select
        *,
        case
            when indicator_value is null then null
            when indicator_value >= large_from then 3
            when indicator_value >= medium_from then 2
            when indicator_value >= small_from then 1
            else 0
        end as tier
    from measured
),

sized as (
    select
        customer_id,
        industry_section,
        enterprise_size_source,
        size_row,
        max(version) as size_version,
        max(row_name_en) as size_row_name_en,
        max(row_name_zh) as size_row_name_zh,
        max(case when indicator = 'X' then tier end) as x_tier,
        max(case when indicator = 'Y' then tier end) as y_tier,
        max(case when indicator = 'Z' then tier end) as z_tier,
        min(tier) as tier,
        count(indicator) as indicator_count,
        count(tier) as known_count
    from graded
    group by customer_id, industry_section, enterprise_size_source, size_row
),

final as (
    select
        sized.customer_id,
        cast(
            case when sized.size_row = 'EXCLUDED' then 'NOT_APPLICABLE' else scales.size_code end as string
        ) as enterprise_size,
        cast(
            case
                when sized.size_row = 'EXCLUDED' then 'not_applicable'
                when sized.industry_section is null then 'no_industry'
                when sized.size_row is null then 'not_mapped'
                when sized.known_count = 0 then 'missing_input'
                else 'ok'
            end as string
        ) as enterprise_size_status,
        cast(
            case
                when sized.known_count = 0 then null
                when sized.known_count < sized.indicator_count then 'partial'
                else 'full'
            end as string
        ) as size_confidence,
        cast(sized.size_version as string) as size_version,
        cast(case when sized.size_row <> 'EXCLUDED' then sized.size_row end as string) as size_row,
        cast(sized.size_row_name_en as string) as size_row_name_en,
        cast(sized.size_row_name_zh as string) as size_row_name_zh,
        cast(sized.x_tier as integer) as x_tier,
        cast(sized.y_tier as integer) as y_tier,
        cast(sized.z_tier as integer) as z_tier,
        scales.scale_score,
        sized.enterprise_size_source
    from sized
    left join {{ ref('enterprise_scale') }} as scales
        on sized.tier = scales.tier
)

select * from final
