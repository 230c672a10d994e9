{{ config(materialized='table') }}
{#
  The pairs of dates that this run compares: its own date with the month-end before its month, and every date of the
  following month with it. A pair is made only where the marts of both dates are complete for the same sources and both
  tell their date as it was, or neither does (`audit.mart_partition`, a physical table that the runner keeps: its rows
  are about runs). Whatever the order in which dates are built, the last one of a pair makes its rows.
#}
with other_dates as (
    select as_of_date
    from audit.mart_partition
    where
        as_of_date <> {{ as_of_date() }}
        and sources = '{{ var("sources") | sort | join(",") }}'
        and is_as_was = {{ 'true' if var('knowledge_cutoff') == var('as_was_cutoff') else 'false' }}
),

final as (
    select
        as_of_date as from_as_of_date,
        {{ as_of_date() }} as to_as_of_date
    from other_dates
    where as_of_date = {{ month_end_before(as_of_date()) }}

    union all

    select
        {{ as_of_date() }} as from_as_of_date,
        as_of_date as to_as_of_date
    from other_dates
    where {{ month_end_before('as_of_date') }} = {{ as_of_date() }}
)

select * from final
