{#
  What one unit of a foreign currency costs in the base currency on each day from its first rate to as_of_date: the last
  rate on or before the day, whatever its age (spec: base currency). A row a day keeps the join of a hundred million events
  an equality; the base currency has no row, and no rate is ever turned round or crossed over a third currency.
#}
with quotes as (
    select
        currency,
        rate_date,
        cast(rate as decimal(17, 8)) as rate
    from {{ ref('fct_fx_rate') }}
    where
        quote_currency = '{{ var("base_currency") }}'
        and currency <> quote_currency
        and rate_date <= {{ as_of_date() }}
),

spans as (
    select
        currency,
        rate_date,
        rate,
        coalesce(
            {{ plus_days('lead(rate_date) over (partition by currency order by rate_date)', -1) }}, {{ as_of_date() }}
        ) as last_date
    from quotes
),

final as (
    select
        currency,
        {{ each_day('rate_date', 'last_date') }} as calendar_date,
        rate_date,
        rate
    from spans
)

select * from final
