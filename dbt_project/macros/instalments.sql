{#
  When each instalment due by as_of_date was paid in full (spec §1.7, §5.3): the measures of repayment and of project
  finance share what stands here. A query, one row an instalment: instrument, its `owner` (customer_id or facility_id),
  the due date, `last_date` (the end of the instrument, at most as_of_date), and `paid_date`, null while it is not paid
  in full.

  An instalment is paid in full on the day after which no more than the tolerance is unpaid, first in, first out. What
  falls due after the end of its instrument is not due, and instruments of a source that delivers no payments are left
  out, as in fct_instrument_dpd.
#}
{% macro settled_instalments(owner) -%}
    with paying_sources as (
        select source_system
        from {{ ref('fct_payment') }}
        group by source_system
    ),

    instruments as (
        select
            instruments.instrument_id,
            instruments.{{ owner }},
            case
                when instruments.is_derecognised or instruments.instrument_status in ('closed', 'written_off')
                    then least(coalesce(instruments.closed_date, instruments.reporting_date), {{ as_of_date() }})
                else {{ as_of_date() }}
            end as last_date
        from {{ ref('dim_instrument') }} as instruments
        inner join paying_sources
            on instruments.source_system = paying_sources.source_system
    ),

    paid as (
        select
            instrument_id,
            instalment_no,
            value_date,
            sum(allocated_amt) over (
                partition by instrument_id, instalment_no
                order by value_date, payment_id
                rows between unbounded preceding and current row
            ) as paid_amt
        from {{ ref('fct_payment_allocation') }}
        where value_date <= {{ as_of_date() }}
    ),

    instalments as (
        select
            instruments.instrument_id,
            instruments.{{ owner }},
            instruments.last_date,
            instalments.instalment_no,
            instalments.due_date,
            instalments.due_amt - greatest(
                {{ var('dpd_tolerance_amt') }},
                instalments.due_amt * cast({{ var('dpd_tolerance_share') }} as decimal(9, 8))
            ) as needed_amt
        from {{ ref('fct_instalment') }} as instalments
        inner join instruments
            on instalments.instrument_id = instruments.instrument_id
        where instalments.due_date <= instruments.last_date
    )

    select
        instalments.instrument_id,
        instalments.{{ owner }},
        instalments.last_date,
        instalments.instalment_no,
        instalments.due_date,
        min(case when paid.paid_amt >= instalments.needed_amt then paid.value_date end) as paid_date
    from instalments
    left join paid
        on
            instalments.instrument_id = paid.instrument_id
            and instalments.instalment_no = paid.instalment_no
    where instalments.needed_amt > 0
    group by
        instalments.instrument_id,
        instalments.{{ owner }},
        instalments.last_date,
        instalments.instalment_no,
        instalments.due_date
{%- endmacro %}
