{# The latest reported state of each instrument, and whether the source's latest snapshot still shows it. #}
{%- set balances = [
    'outstanding_amt', 'off_balance_amt', 'accrued_interest_amt', 'arrears_amt', 'arrears_principal_amt', 'carrying_amt'
] %}
with snapshots as (
    select * from {{ ref('fct_instrument_snapshot') }}
),

ranked as (
    select
        *,
        row_number() over (partition by instrument_id order by reporting_date desc) as recency
    from snapshots
),

latest as (
    select
        instrument_id,
        source_system,
        facility_id,
        customer_id,
        reporting_date,
        exit_reporting_date is not null as is_derecognised,
        {%- for column in canonical_columns('instrument')[4:] %}
            {%- if column.name in balances %}
                cast(case when exit_reporting_date is null then {{ column.name }} else 0 end as {{ column.type }})
                    as {{ column.name }},
            {%- elif column.name == 'closed_date' %}
                coalesce(closed_date, exit_reporting_date) as closed_date,
            {%- else %}
                {{ column.name }},
            {%- endif %}
        {%- endfor %}
        batch_id,
        source_row,
        known_at,
        dq_flag
    from ranked
    where recency = 1
),

final as (
    select
        latest.*,
        {{ as_of_fx_rate('latest.currency') }} as fx_rate
    from latest
    left join {{ ref('int_fx_rate') }} as fx_rates
        on latest.currency = fx_rates.currency and fx_rates.calendar_date = {{ as_of_date() }}
)

select * from final
