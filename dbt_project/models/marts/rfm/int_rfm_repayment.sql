{#
  How each customer repaid in the 24 months to as_of_date (spec §1.7): the share of instalments that were paid in full by
  their due date and the days of grace, and the most days that any was late.

  What an instrument leaves unpaid when it ends (closed, written off, off the book) stays late until that day. One that is
  unpaid while its grace still runs is neither on time nor late yet. Lateness counts wherever it lies in the 24 months,
  of instalments due before them too.
#}
with settled as (
    {{ settled_instalments('customer_id') }}
),

windowed as (
    select
        *,
        {{ plus_months(as_of_date(), -var('repayment_months')) }} as window_start_date,
        {{ plus_days('due_date', var('repayment_grace_days')) }} as grace_end_date
    from settled
),

judged as (
    select
        customer_id,
        due_date > window_start_date and (paid_date is not null or grace_end_date <= last_date) as is_counted,
        coalesce(paid_date <= grace_end_date, false) as is_on_time,
        case
            when greatest(due_date, coalesce(paid_date, last_date)) > window_start_date
                then greatest({{ days_between('due_date', 'coalesce(paid_date, last_date)') }}, 0)
        end as days_late
    from windowed
),

summed as (
    select
        customer_id,
        sum(case when is_counted then 1 else 0 end) as instalment_count,
        sum(case when is_counted and is_on_time then 1 else 0 end) as ontime_count,
        max(days_late) as max_dpd
    from judged
    group by customer_id
),

final as (
    select
        customer_id,
        cast(instalment_count as integer) as instalment_count,
        cast(ontime_count as integer) as ontime_count,
        cast({{ exact_ratio('ontime_count', 'instalment_count') }} as decimal(7, 6)) as p_ontime_24m,
        cast(max_dpd as integer) as p_max_dpd_24m,
        cast(
            case
                when instalment_count < {{ var('repayment_minimum') }} then null
                when ontime_count * 1000 >= instalment_count * 995 and max_dpd <= 3 then 5
                when ontime_count * 100 >= instalment_count * 97 and max_dpd <= 10 then 4
                when ontime_count * 100 >= instalment_count * 90 and max_dpd <= 30 then 3
                when ontime_count * 100 >= instalment_count * 75 and max_dpd <= 60 then 2
                else 1
            end as integer
        ) as p_score
    from summed
    where max_dpd is not null
)

select * from final
