{{ config(materialized='table') }}
{#
  Which published column serves each purpose (取数依据): one row a customer and purpose, so that any figure can be followed
  to its statement and period. A column is one row of fct_statement_wide.

  - `current`: the statement's own period;
  - `opening`: the balances at the end of the year before;
  - `prior`: the flows of the same months a year earlier;
  - `full_year`: the flows of the whole year before, which completes year-to-date flows to twelve months;
  - `prior_closing`, `prior_opening`, `prior_prior`, `prior_full_year`: what the period's end, the opening, `prior` and
    `full_year` are to the statement a year earlier; the last two only for flows of less than a year.

  All but the first come from a statement of the same scope and currency in force: one that has the totals (assets; revenue
  or profit) before one that has not, the comparative column of the chosen statement before an earlier statement, then
  the latest published.
#}
with chosen as (
    select * from {{ ref('int_health_statement') }}
),

published as (
    select
        statement_id,
        customer_id,
        scope,
        period_end_date,
        published_date
    from {{ ref('fct_statement') }}
    where is_current_version
),

columns_known as (
    select
        chosen.customer_id,
        figures.statement_id,
        figures.period_end_date,
        figures.flow_months,
        published.published_date,
        figures.statement_id = chosen.statement_id as is_own,
        figures.bs_ta_amt is not null as has_assets,
        coalesce(figures.pl_rev_amt, figures.pl_pbt_amt, figures.pl_np_amt) is not null as has_results,
        {{ dbt.last_day('figures.period_end_date', 'month') }}
        = {{ dbt.last_day('chosen.opening_date', 'month') }} as is_at_opening,
        {{ dbt.last_day('figures.period_end_date', 'month') }} = {{ dbt.last_day('chosen.prior_end_date', 'month') }}
        and figures.flow_months = chosen.flow_months as is_at_prior,
        {{ dbt.last_day('figures.period_end_date', 'month') }}
        = {{ dbt.last_day('chosen.prior_end_date', 'month') }} as is_at_prior_closing,
        {{ dbt.last_day('figures.period_end_date', 'month') }}
        = {{ dbt.last_day(plus_months('chosen.opening_date', -12), 'month') }} as is_at_prior_opening,
        {{ dbt.last_day('figures.period_end_date', 'month') }}
        = {{ dbt.last_day(plus_months('chosen.prior_end_date', -12), 'month') }}
        and figures.flow_months = chosen.flow_months as is_at_prior_prior,
        coalesce(chosen.flow_months < 12, false) as is_part_of_year
    from chosen
    inner join published
        on
            chosen.customer_id = published.customer_id
            and chosen.scope = published.scope
            and chosen.period_end_date >= published.period_end_date
    inner join {{ ref('fct_statement_wide') }} as figures
        on
            published.statement_id = figures.statement_id
            and chosen.currency = figures.currency
            and chosen.period_end_date > figures.period_end_date
),

-- A column can serve twice: the last full year is, for yearly flows, the year before too.
candidates as (
    select
        *,
        'opening' as purpose,
        has_assets as has_totals,
        0 as period_months
    from columns_known
    where is_at_opening

    union all

    select
        *,
        'prior' as purpose,
        has_results as has_totals,
        flow_months as period_months
    from columns_known
    where is_at_prior

    union all

    select
        *,
        'full_year' as purpose,
        has_results as has_totals,
        flow_months as period_months
    from columns_known
    where is_at_opening and flow_months = 12

    union all

    select
        *,
        'prior_closing' as purpose,
        has_assets as has_totals,
        0 as period_months
    from columns_known
    where is_at_prior_closing

    union all

    select
        *,
        'prior_opening' as purpose,
        has_assets as has_totals,
        0 as period_months
    from columns_known
    where is_at_prior_opening

    union all

    select
        *,
        'prior_prior' as purpose,
        has_results as has_totals,
        flow_months as period_months
    from columns_known
    where is_at_prior_prior and is_part_of_year

    union all

    select
        *,
        'prior_full_year' as purpose,
        has_results as has_totals,
        flow_months as period_months
    from columns_known
    where is_at_prior_opening and flow_months = 12 and is_part_of_year
),

ranked as (
    select
        *,
        row_number() over (
            partition by customer_id, purpose
            order by
                has_totals desc, is_own desc, published_date desc nulls last, statement_id desc, period_end_date desc
        ) as preference
    from candidates
),

final as (
    select
        customer_id,
        cast('current' as string) as purpose,
        statement_id,
        period_end_date,
        flow_months as period_months
    from chosen

    union all

    select
        customer_id,
        cast(purpose as string) as purpose,
        statement_id,
        period_end_date,
        period_months
    from ranked
    where preference = 1
)

select * from final
