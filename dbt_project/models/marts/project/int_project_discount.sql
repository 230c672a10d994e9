{#
  Discount factors and present values of the forecast (spec §3.3), period by period at the cost of the debt: each factor is
  the one before it over 1 + rate * days / 360 (30E/360), so a loan at 6 % a year is discounted by 1.06 over a yearly and by
  1.03 over a half-yearly period, as its interest falls due. Factors have 18 decimals, present values 8; nothing is floating.
#}
with recursive periods as (
    select * from {{ ref('int_project_period') }}
    where is_forecast
),

discounts as (
    select
        project_id,
        scenario,
        forecast_no,
        {{ discounted('1', 'debt_rate', 'days_360') }} as discount_factor
    from periods
    where forecast_no = 1

    union all

    select
        periods.project_id,
        periods.scenario,
        periods.forecast_no,
        {{ discounted('discounts.discount_factor', 'periods.debt_rate', 'periods.days_360') }} as discount_factor
    from discounts
    inner join periods
        on
            discounts.project_id = periods.project_id
            and discounts.scenario = periods.scenario
            and discounts.forecast_no + 1 = periods.forecast_no
),

final as (
    select
        periods.project_id,
        periods.scenario,
        periods.period_end_date,
        discounts.discount_factor,
        cast(
            cast({{ ratio_amount('periods.cfads_amt') }} as decimal(19, 2)) * discounts.discount_factor
            as decimal(28, 8)
        ) as present_value_amt
    from periods
    inner join discounts
        on
            periods.project_id = discounts.project_id
            and periods.scenario = discounts.scenario
            and periods.forecast_no = discounts.forecast_no
)

select * from final
