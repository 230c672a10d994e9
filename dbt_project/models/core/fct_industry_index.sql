{# Indices as known at the cutoff, and which of them is the latest of its industry and name. #}
with known as (
    select * from {{ as_known('industry_index', ['industry_code', 'index_name', 'period_end_date']) }} as accepted
),

final as (
    select
        industry_code,
        index_name,
        period_end_date,
        source_system,
        index_value,
        index_source,
        licence,
        max(period_end_date) over (partition by industry_code, index_name) = period_end_date as is_latest,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from known
)

select * from final
