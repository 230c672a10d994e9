-- Assets of the person at their latest valuation, and for the net worth its debts: of each the band of the amount, never the
-- amount (spec §8.3).
with bands as (
    select *
    from seeds.personal_band
    where
        measure = 'net_worth'
        and version = (
            select version
            from seeds.personal_band
            where effective_from <= $as_of
            order by effective_from desc, version desc
            limit 1
        )
),

valuations as (
    select
        *,
        row_number() over (partition by asset_no order by valuation_date desc) as recency
    from core.fct_personal_asset
    where customer_id = $customer_id and owned_amt is not null and valuation_date <= $as_of
),

amounts as (
    select
        'Asset' as item_en,
        '资产' as item_zh,
        asset_no as record_id,
        valuation_date as record_date,
        owned_amt as amount,
        currency,
        asset_type || case when is_liquid then ', liquid' else '' end as note,
        source_system,
        batch_id,
        source_row,
        1 as place
    from valuations
    where
        recency = 1

    union all

    select
        'Own loan' as item_en,
        '本行借款' as item_zh,
        instrument_id as record_id,
        reporting_date as record_date,
        outstanding_amt as amount,
        currency,
        cast(null as varchar) as note,
        source_system,
        batch_id,
        source_row,
        2 as place
    from core.dim_instrument
    where
        $metric = 'net_worth_band'
        and customer_id = $customer_id
        and not is_derecognised
        and outstanding_amt > 0

    union all

    select
        'Debt elsewhere' as item_en,
        '他行债务' as item_zh,
        accounts.report_id || ' #' || accounts.account_no as record_id,
        reports.report_date as record_date,
        accounts.balance_amt as amount,
        accounts.currency,
        accounts.account_type as note,
        accounts.source_system,
        accounts.batch_id,
        accounts.source_row,
        3 as place
    from marts.int_bureau_report as reports
    inner join core.fct_bureau_account as accounts on reports.report_id = accounts.report_id
    where
        $metric = 'net_worth_band'
        and reports.customer_id = $customer_id
        and reports.is_authorised
        and accounts.own_facility_id is null
        and accounts.account_type <> 'guarantee'
        and coalesce(accounts.close_date > reports.report_date, true)
        and accounts.balance_amt > 0
)

select
    amounts.item_en,
    amounts.item_zh,
    amounts.record_id,
    amounts.record_date,
    coalesce(bands.band_code, 'no band') as amount,
    cast(null as varchar) as unit,
    amounts.note,
    amounts.source_system,
    amounts.batch_id,
    amounts.source_row
from amounts
left join bands
    on
        amounts.currency = bands.currency
        and coalesce(amounts.amount >= bands.lower_amt, true)
        and coalesce(amounts.amount < bands.upper_amt, true)
order by amounts.place, amounts.record_date desc, amounts.record_id
