{#
  Projects as known at the cutoff. Debt is total cost less equity; the equity share is a share of total cost in percent.
  A project is late by the days from planned to actual commercial operation.
#}
with known as (
    select * from {{ as_known('project', ['project_id']) }} as accepted
),

final as (
    select
        project_id,
        source_system,
        customer_id,
        project_name,
        country_code,
        region_name,
        sector,
        project_status,
        approval_date,
        construction_start_date,
        planned_cod_date,
        actual_cod_date,
        concession_end_date,
        closing_date,
        offtake_type,
        currency,
        total_cost_amt,
        equity_amt,
        cast(total_cost_amt - equity_amt as decimal(20, 2)) as debt_amt,
        lender_commitment_amt,
        cast(
            {{ exact_ratio(ratio_amount('equity_amt'), ratio_amount('total_cost_amt')) }} * 100 as decimal(9, 4)
        ) as equity_share_pct,
        cast({{ days_between('planned_cod_date', 'actual_cod_date') }} as integer) as cod_delay_days,
        dscr_lockup,
        dscr_default,
        llcr_min,
        dsra_required_months,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from known
)

select * from final
