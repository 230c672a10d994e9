-- Loans of the project as their latest snapshot has them, each with what the metric reads of it, and for the reserve account
-- and the end of availability the project's row of the register.
with inputs as (
    select
        'Facility' as item_en,
        '授信' as item_zh,
        facility_id as record_id,
        reporting_date as record_date,
        case $metric
            when 'facility_count' then '1'
            when 'customer_count' then customer_id
            when 'commitment_amt' then cast(commitment_amt as varchar)
            when 'cancelled_amt' then cast(cancelled_amt as varchar)
            when 'disbursed_cum_amt' then cast(disbursed_cum_amt as varchar)
            when 'repaid_cum_amt' then cast(repaid_cum_amt as varchar)
            when 'repaid_ratio' then cast(coalesce(sold_cum_amt, 0) as varchar)
            when 'outstanding_amt' then cast(outstanding_amt as varchar)
            when 'off_balance_amt' then cast(off_balance_amt as varchar)
            when 'availability_end_date' then cast(availability_end_date as varchar)
            when 'elapsed_ratio' then coalesce(inception_date, approval_date) || ' to ' || availability_end_date
            when 'loan_maturity_date' then cast(maturity_date as varchar)
            else cast(coalesce(outstanding_amt, 0) + coalesce(off_balance_amt, 0) as varchar)
        end as amount,
        case
            when ends_with($metric, '_amt') or $metric in ('repaid_ratio', 'debt_rate', 'llcr', 'plcr') then currency
        end as unit,
        case
            when $metric = 'debt_rate' then 'at ' || interest_rate || ' a year'
            when $metric = 'repaid_ratio' then 'sold to others'
            when $metric in ('llcr', 'plcr') then 'outstanding and still to be drawn'
            when is_derecognised then 'left the book'
            else facility_status
        end as note,
        source_system,
        batch_id,
        source_row,
        1 as place
    from core.dim_facility
    where project_id = $project_id

    union all

    select
        'Register of projects' as item_en,
        '项目登记' as item_zh,
        project_id as record_id,
        cast(known_at as date) as record_date,
        cast(closing_date as varchar) as amount,
        cast(null as varchar) as unit,
        'where no loan has a date' as note,
        source_system,
        batch_id,
        source_row,
        2 as place
    from core.dim_project
    where project_id = $project_id and $metric in ('availability_end_date', 'elapsed_ratio') and closing_date is not null
)

select * exclude (place)
from inputs
order by place, record_id
