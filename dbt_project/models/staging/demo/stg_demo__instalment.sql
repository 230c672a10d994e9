{# One row an instalment and version. #}
with source as (
    select * from {{ source('demo', 'schedules') }}
),

final as (
    select
        cast('demo:' || note_no as string) as instrument_id,
        cast(schedule_version as integer) as schedule_version,
        cast(instalment_no as integer) as instalment_no,
        cast(due_date as date) as due_date,
        cast(principal_due as decimal(20, 2)) as principal_due_amt,
        cast(interest_due as decimal(20, 2)) as interest_due_amt,
        cast(fee_due as decimal(20, 2)) as fee_due_amt,
        cast(currency as string) as currency,
        {{ lineage('demo') }}
    from source
)

select * from final
