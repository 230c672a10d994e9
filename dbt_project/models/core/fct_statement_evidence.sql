{# Evidence from third parties on the figures of a statement, as known at the cutoff. #}
with accepted as (
    select *
    from {{ as_known('statement_evidence', ['customer_id', 'period_end_date', 'evidence_type']) }} as accepted_row
),

final as (
    select
        customer_id,
        period_end_date,
        evidence_type,
        evidence_amt,
        currency,
        source_system,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from accepted
)

select * from final
