{#
  What a customer earned the bank in the twelve months to as_of_date (spec §1.2): interest and fees received, less the
  cost of funding its balances, less the loss expected in twelve months. Null where an input is not reported
  (`m_revenue_status`), because nothing is ever assumed to be zero:

  - income: events that the seed marks `feeds_revenue`, reversals netted; of a source that reports them over the window;
  - funding: each day's balance at the transfer price then in force for its currency and product family (seed
    `ftp_curve`, actual/360), which a treasury publishes under its name among the reference rates;
  - expected loss: probability of default times loss given default times exposure at default, which is what is
    outstanding and the off-balance amount at the credit conversion factor, of each instrument on the book today.

  In the base currency: income at the rate of its day, balances and exposures at that of as_of_date.
#}
with customers as (
    select * from {{ ref('int_rfm_customer') }}
),

income_events as (
    select
        events.customer_id,
        events.source_system,
        events.event_date,
        events.event_amt,
        events.event_base_amt,
        reversed.event_id is null and events.event_date > {{ plus_months(as_of_date(), -12) }} as is_counted
    from {{ ref('fct_credit_event') }} as events
    inner join {{ ref('credit_event_type') }} as event_kinds
        on events.event_type = event_kinds.event_type
    left join {{ ref('int_reversed_event') }} as reversed
        on events.event_id = reversed.event_id
    where event_kinds.feeds_revenue and events.event_date <= {{ as_of_date() }}
),

incomes as (
    select
        customer_id,
        source_system,
        min(event_date) as first_income_date,
        sum(case when is_counted then event_base_amt end) as income_amt,
        max(case when is_counted and event_base_amt is null and event_amt is not null then 1 else 0 end)
            as has_unpriced_income
    from income_events
    group by customer_id, source_system
),

income_sources as (
    select
        source_system,
        min(first_income_date) as first_income_date
    from incomes
    group by source_system
),

income as (
    select
        customer_id,
        sum(income_amt) as income_amt,
        max(has_unpriced_income) as has_unpriced_income
    from incomes
    group by customer_id
),

drawn as (
    select
        customer_id,
        drawn_days
    from {{ ref('int_rfm_measure') }}
    where drawn_days > 0
),

priced_balances as (
    select
        balances.customer_id,
        balances.outstanding_amt,
        rates.rate,
        {{ days_between(
            "greatest(balances.held_from_date, rates.rate_date)",
            "least(balances.held_until_date, coalesce(" ~ plus_days('rates.valid_to_date', 1)
            ~ ", balances.held_until_date))"
        ) }} as priced_days
    from {{ ref('int_rfm_balance') }} as balances
    inner join {{ ref('ftp_curve') }} as curve
        on
            balances.currency = curve.currency
            and balances.product_family = curve.product_family
    inner join {{ ref('fct_policy_rate') }} as rates
        on
            curve.rate_name = rates.rate_name
            and balances.held_until_date > rates.rate_date
            and (rates.valid_to_date is null or balances.held_from_date <= rates.valid_to_date)
    where
        rates.rate is not null
        and balances.outstanding_amt <> 0
),

priced as (
    select
        customer_id,
        sum(priced_days) as priced_days,
        sum(
            cast(outstanding_amt * cast(rate as decimal(10, 8)) * cast(priced_days as decimal(4, 0)) as decimal(36, 10))
        ) as yearly_cost
    from priced_balances
    group by customer_id
),

-- a curve names one rate for a currency and family, and its quotes do not overlap: days are priced once or not at all
funding as (
    select
        drawn.customer_id,
        {{ exact_ratio('priced.yearly_cost', var('ftp_day_basis')) }} as funding_cost_amt,
        drawn.drawn_days > coalesce(priced.priced_days, 0) as has_unpriced_days
    from drawn
    left join priced
        on drawn.customer_id = priced.customer_id
),

exposures as (
    select
        customer_id,
        facility_id,
        pd_12m,
        lgd,
        coalesce({{ base_amount('outstanding_amt', 'fx_rate') }}, 0)
        + coalesce({{ base_amount('off_balance_amt', 'fx_rate') }}, 0)
        * cast({{ var('credit_conversion_factor') }} as decimal(4, 2)) as ead_amt,
        fx_rate is null as is_unpriced
    from {{ ref('dim_instrument') }}
    where
        not is_derecognised
        and coalesce(instrument_status, 'active') not in ('closed', 'written_off')
),

covered as (
    select facility_id
    from exposures
    group by facility_id
),

uncovered as (
    select facilities.customer_id
    from {{ ref('dim_facility') }} as facilities
    left join covered
        on facilities.facility_id = covered.facility_id
    where
        facilities.outstanding_amt > 0
        and covered.facility_id is null
    group by facilities.customer_id
),

losses as (
    select
        customer_id,
        sum(
            cast(cast(pd_12m * lgd as decimal(12, 10)) * cast(ead_amt as decimal(22, 4)) as decimal(34, 14))
        ) as expected_loss_amt,
        max(case when pd_12m is null then 1 else 0 end) as has_no_pd,
        max(case when lgd is null then 1 else 0 end) as has_no_lgd,
        max(case when is_unpriced then 1 else 0 end) as has_unpriced
    from exposures
    where ead_amt > 0 or is_unpriced
    group by customer_id
),

judged as (
    select
        customers.customer_id,
        income.income_amt,
        funding.funding_cost_amt,
        losses.expected_loss_amt,
        case
            when customers.facility_count = 0 then 'not_applicable'
            when
                customers.has_unpriced_facility or income.has_unpriced_income = 1 or losses.has_unpriced = 1
                then 'missing_fx'
            when
                income_sources.first_income_date is null
                or income_sources.first_income_date > {{ plus_months(as_of_date(), -11) }}
                then 'missing_income'
            when funding.has_unpriced_days then 'missing_ftp'
            when uncovered.customer_id is not null or losses.has_no_pd = 1 then 'missing_pd'
            when losses.has_no_lgd = 1 then 'missing_lgd'
            else 'ok'
        end as m_revenue_status
    from customers
    left join income_sources
        on customers.source_system = income_sources.source_system
    left join income
        on customers.customer_id = income.customer_id
    left join funding
        on customers.customer_id = funding.customer_id
    left join uncovered
        on customers.customer_id = uncovered.customer_id
    left join losses
        on customers.customer_id = losses.customer_id
),

final as (
    select
        customer_id,
        cast(
            case
                when m_revenue_status = 'ok'
                    then
                        coalesce(income_amt, 0)
                        - coalesce(funding_cost_amt, 0)
                        - coalesce(cast(expected_loss_amt as decimal(30, 8)), 0)
            end as decimal(20, 2)
        ) as m_revenue_amt,
        cast(m_revenue_status as string) as m_revenue_status
    from judged
)

select * from final
