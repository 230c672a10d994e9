{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
        pre_hook='{{ forget_pairs() }}',
        on_schema_change='fail'
    )
}}
{#
  Transitions of facilities between the states of days past due over one month (spec §5.3, cohort method), by the product
  family of the earlier date and for ALL. What ended is a state of its own, what came and what is no longer there are
  explicit, and a jump over a bucket is counted like any other.

  A row with few observations is drawn towards the row of the portfolio: (n_ij + kappa * P_ij) / (n_i + kappa). So a row
  has a cell for each state that the row of the portfolio has, and for the next bucket, whose roll rate may be zero.
#}
with pairs as (
    select * from {{ ref('int_baseline_pair') }}
),

facilities as (
    select * from {{ ref('mart_facility_risk') }}
),

states as (
    select * from {{ ref('dpd_state') }}
),

earlier as (
    select
        pairs.to_as_of_date,
        facilities.facility_id,
        facilities.product_family,
        facilities.currency,
        facilities.dpd_state,
        facilities.outstanding_amt
    from pairs
    inner join facilities
        on pairs.from_as_of_date = facilities.as_of_date
),

later as (
    select
        pairs.to_as_of_date,
        facilities.facility_id,
        facilities.product_family,
        facilities.currency,
        facilities.dpd_state,
        facilities.outstanding_amt
    from pairs
    inner join facilities
        on pairs.to_as_of_date = facilities.as_of_date
),

moves as (
    select
        coalesce(later.to_as_of_date, earlier.to_as_of_date) as to_as_of_date,
        coalesce(earlier.product_family, later.product_family) as product_family,
        coalesce(earlier.currency, later.currency) as currency,
        coalesce(earlier.dpd_state, 'entered') as from_state,
        coalesce(later.dpd_state, 'exited') as to_state,
        coalesce(earlier.outstanding_amt, 0) as from_outstanding_amt,
        coalesce(later.outstanding_amt, 0) as to_outstanding_amt
    from earlier
    full outer join later
        on
            earlier.to_as_of_date = later.to_as_of_date
            and earlier.facility_id = later.facility_id
),

scoped as (
    select * from moves

    union all

    select
        to_as_of_date,
        'ALL' as product_family,
        currency,
        from_state,
        to_state,
        from_outstanding_amt,
        to_outstanding_amt
    from moves
),

observed as (
    select
        to_as_of_date,
        product_family,
        currency,
        from_state,
        to_state,
        count(*) as facility_count,
        sum(from_outstanding_amt) as from_outstanding_amt,
        sum(to_outstanding_amt) as to_outstanding_amt
    from scoped
    group by to_as_of_date, product_family, currency, from_state, to_state
),

state_rows as (
    select
        to_as_of_date,
        product_family,
        currency,
        from_state,
        sum(facility_count) as row_facility_count,
        sum(from_outstanding_amt) as row_outstanding_amt
    from observed
    group by to_as_of_date, product_family, currency, from_state
),

portfolio_rows as (
    select * from state_rows
    where product_family = 'ALL'
),

destinations as (
    select
        to_as_of_date,
        currency,
        from_state,
        to_state,
        sum(facility_count) as portfolio_facility_count
    from (
        select
            to_as_of_date,
            currency,
            from_state,
            to_state,
            facility_count
        from observed
        where product_family = 'ALL'

        union all

        select
            portfolio_rows.to_as_of_date,
            portfolio_rows.currency,
            portfolio_rows.from_state,
            states.next_state_code as to_state,
            0 as facility_count
        from portfolio_rows
        inner join states
            on portfolio_rows.from_state = states.state_code
        where coalesce(states.next_state_code, '') <> ''
    ) as reached
    group by to_as_of_date, currency, from_state, to_state
),

cells as (
    select
        state_rows.to_as_of_date,
        state_rows.product_family,
        state_rows.currency,
        state_rows.from_state,
        destinations.to_state,
        state_rows.row_facility_count,
        state_rows.row_outstanding_amt,
        portfolio_rows.row_facility_count as portfolio_row_count,
        destinations.portfolio_facility_count,
        coalesce(observed.facility_count, 0) as facility_count,
        coalesce(observed.from_outstanding_amt, 0) as from_outstanding_amt,
        coalesce(observed.to_outstanding_amt, 0) as to_outstanding_amt,
        coalesce(states.next_state_code = destinations.to_state, false) as is_next_bucket,
        state_rows.product_family <> 'ALL'
        and state_rows.row_facility_count < {{ var('transition_minimum') }} as is_shrunk
    from state_rows
    inner join portfolio_rows
        on
            state_rows.to_as_of_date = portfolio_rows.to_as_of_date
            and state_rows.currency = portfolio_rows.currency
            and state_rows.from_state = portfolio_rows.from_state
    inner join destinations
        on
            state_rows.to_as_of_date = destinations.to_as_of_date
            and state_rows.currency = destinations.currency
            and state_rows.from_state = destinations.from_state
    left join observed
        on
            state_rows.to_as_of_date = observed.to_as_of_date
            and state_rows.product_family = observed.product_family
            and state_rows.currency = observed.currency
            and state_rows.from_state = observed.from_state
            and destinations.to_state = observed.to_state
    left join states
        on state_rows.from_state = states.state_code
),

versions as (
    select
        pairs.from_as_of_date,
        pairs.to_as_of_date,
        max(facilities.config_version) as config_version
    from pairs
    inner join facilities
        on pairs.to_as_of_date = facilities.as_of_date
    group by pairs.from_as_of_date, pairs.to_as_of_date
),

final as (
    select
        cells.to_as_of_date as as_of_date,
        versions.from_as_of_date,
        cast(cells.product_family as string) as product_family,
        cast(cells.currency as string) as currency,
        cast(cells.from_state as string) as from_state,
        cast(cells.to_state as string) as to_state,
        cast(cells.facility_count as bigint) as facility_count,
        cast(cells.row_facility_count as bigint) as from_facility_count,
        {{ exact_share('cells.facility_count', 'cells.row_facility_count') }} as observed_share,
        case
            when cells.is_shrunk
                then {{ exact_share(
                    'cells.facility_count * cells.portfolio_row_count + '
                    ~ var('transition_kappa') ~ ' * cells.portfolio_facility_count',
                    '(cells.row_facility_count + ' ~ var('transition_kappa') ~ ') * cells.portfolio_row_count'
                ) }}
            else {{ exact_share('cells.facility_count', 'cells.row_facility_count') }}
        end as transition_probability,
        cells.is_shrunk,
        cast(cells.from_outstanding_amt as decimal(20, 2)) as from_outstanding_amt,
        cast(cells.to_outstanding_amt as decimal(20, 2)) as to_outstanding_amt,
        case
            when cells.row_outstanding_amt > 0
                then {{ exact_share('cells.from_outstanding_amt', 'cells.row_outstanding_amt') }}
        end as balance_share,
        cast(
            case when cells.row_outstanding_amt > 0 then 'ok' else 'zero_den' end as string
        ) as balance_share_status,
        case
            when cells.is_next_bucket and cells.row_outstanding_amt > 0
                then {{ exact_ratio('cells.to_outstanding_amt', 'cells.row_outstanding_amt') }}
        end as roll_rate,
        cast(
            case
                when not cells.is_next_bucket then 'not_applicable'
                when cells.row_outstanding_amt > 0 then 'ok'
                else 'zero_den'
            end as string
        ) as roll_rate_status,
        versions.config_version
    from cells
    inner join versions
        on cells.to_as_of_date = versions.to_as_of_date
)

select * from final
