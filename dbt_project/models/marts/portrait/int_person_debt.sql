{#
  What each person who may be profiled owes, here and elsewhere, and what that costs a month.

  Here: the outstanding balance, and the instalments of the coming twelve months / 12. The principal of a bullet loan
  is left out: it falls due at once and is refinanced or paid from turnover, not from a month's income. Elsewhere: the
  open accounts of the bureau report, without those of this bank; a report shows no instalments, so the seed
  bureau_debt_service estimates them from limit or balance.
#}
with persons as (
    select customer_id from {{ ref('int_person') }}
    where is_profiled
),

instruments as (
    select
        instruments.customer_id,
        instruments.instrument_id,
        instruments.currency,
        instruments.outstanding_amt,
        coalesce(instruments.amortisation_type = 'bullet', false) as is_bullet
    from {{ ref('dim_instrument') }} as instruments
    inner join persons
        on instruments.customer_id = persons.customer_id
    where not instruments.is_derecognised and instruments.outstanding_amt > 0
),

coming as (
    select
        instrument_id,
        sum(coalesce(principal_due_amt, 0)) as principal_amt,
        sum(coalesce(interest_due_amt, 0) + coalesce(fee_due_amt, 0)) as interest_amt
    from {{ ref('fct_instalment') }}
    where due_date > {{ as_of_date() }} and due_date <= {{ plus_months(as_of_date(), 12) }}
    group by instrument_id
),

scheduled as (
    select instrument_id
    from {{ ref('fct_instalment') }}
    group by instrument_id
),

own_debts as (
    select
        instruments.customer_id,
        min(instruments.currency) as own_currency,
        max(instruments.currency) as last_own_currency,
        sum(instruments.outstanding_amt) as own_debt_amt,
        sum(
            coalesce(coming.interest_amt, 0)
            + case when instruments.is_bullet then 0 else coalesce(coming.principal_amt, 0) end
        ) as own_yearly_amt,
        max(case when scheduled.instrument_id is null then 1 else 0 end) as is_schedule_missing
    from instruments
    left join coming
        on instruments.instrument_id = coming.instrument_id
    left join scheduled
        on instruments.instrument_id = scheduled.instrument_id
    group by instruments.customer_id
),

elsewhere as (
    select
        reports.customer_id,
        min(bureau_accounts.currency) as other_currency,
        max(bureau_accounts.currency) as last_other_currency,
        sum(coalesce(bureau_accounts.balance_amt, 0)) as other_debt_amt,
        sum(
            cast(
                coalesce(
                    case services.basis
                        when 'credit_limit' then coalesce(bureau_accounts.credit_limit_amt, bureau_accounts.balance_amt)
                        when 'balance' then bureau_accounts.balance_amt
                    end, 0
                ) * services.monthly_share as decimal(22, 4)
            )
        ) as other_monthly_amt,
        max(case when services.account_type is null then 1 else 0 end) as is_type_unknown
    from {{ ref('int_bureau_report') }} as reports
    inner join persons
        on reports.customer_id = persons.customer_id
    inner join {{ ref('fct_bureau_account') }} as bureau_accounts
        on reports.report_id = bureau_accounts.report_id
    left join {{ ref('bureau_debt_service') }} as services
        on bureau_accounts.account_type = services.account_type
    where
        reports.is_authorised
        and bureau_accounts.own_facility_id is null
        and bureau_accounts.account_type <> 'guarantee'
        and coalesce(bureau_accounts.close_date > reports.report_date, true)
        and bureau_accounts.balance_amt > 0
    group by reports.customer_id
),

authorised as (
    select customer_id from {{ ref('int_bureau_report') }}
    where is_authorised
),

final as (
    select
        persons.customer_id,
        coalesce(own_debts.own_currency, elsewhere.other_currency) as currency,
        coalesce(
            least(own_debts.own_currency, elsewhere.other_currency)
            <> greatest(own_debts.last_own_currency, elsewhere.last_other_currency), false
        ) as is_mixed_currency,
        cast(coalesce(own_debts.own_debt_amt, 0) + coalesce(elsewhere.other_debt_amt, 0) as decimal(20, 2)) as debt_amt,
        cast(coalesce(own_debts.own_yearly_amt, 0) + 12 * coalesce(elsewhere.other_monthly_amt, 0) as decimal(22, 4))
            as yearly_service_amt,
        coalesce(own_debts.is_schedule_missing, 0) = 1 as is_schedule_missing,
        coalesce(elsewhere.is_type_unknown, 0) = 1 as is_type_unknown,
        authorised.customer_id is not null as has_bureau_report
    from persons
    left join own_debts
        on persons.customer_id = own_debts.customer_id
    left join elsewhere
        on persons.customer_id = elsewhere.customer_id
    left join authorised
        on persons.customer_id = authorised.customer_id
)

select * from final
