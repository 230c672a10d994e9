-- Incomes of the person, the latest first: of each the band of a month's income, never the amount (spec §8.3).
with bands as (
    select *
    from seeds.personal_band
    where
        measure = 'income'
        and version = (
            select version
            from seeds.personal_band
            where effective_from <= $as_of
            order by effective_from desc, version desc
            limit 1
        )
)

select
    'Income' as item_en,
    '收入' as item_zh,
    incomes.income_type as record_id,
    incomes.period_end_date as record_date,
    coalesce(bands.band_code, 'no band') as amount,
    null as unit,
    incomes.verification as note,
    incomes.source_system,
    incomes.batch_id,
    incomes.source_row
from core.fct_personal_income as incomes
left join bands
    on
        incomes.currency = bands.currency
        and coalesce(incomes.monthly_income_amt >= bands.lower_amt, true)
        and coalesce(incomes.monthly_income_amt < bands.upper_amt, true)
where
    incomes.customer_id = $customer_id
    and incomes.monthly_income_amt is not null
    and incomes.period_end_date <= $as_of
order by incomes.period_end_date desc, incomes.income_type
