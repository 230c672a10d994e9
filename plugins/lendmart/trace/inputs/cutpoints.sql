-- The cut points that a score is read from: those of the version in force for the customer's peers, worst to best.
with own as (
    select
        cutpoint_version,
        peer_level,
        peer_key,
        case $metric when 'r_score' then 'r_days' when 'f_score' then 'f_count' else 'm_value' end as measure
    from marts.mart_customer_rfm
    where customer_id = $customer_id and as_of_date = $as_of
),

cuts as (
    select
        points.cutpoint_version,
        points.peer_key,
        points.row_count,
        unnest([points.q20, points.q40, points.q60, points.q80]) as cut,
        unnest([20, 40, 60, 80]) as share
    from audit.rfm_cutpoint as points
    inner join own
        on
            points.cutpoint_version = own.cutpoint_version
            and points.peer_level = own.peer_level
            and points.peer_key = own.peer_key
            and points.measure = own.measure
)

select
    'Cut point ' || cuts.share || '%' as item_en,
    '切点 ' || cuts.share || '%' as item_zh,
    cuts.peer_key as record_id,
    coalesce(versions.effective_from, versions.fitted_on) as record_date,
    cast(cuts.cut as varchar) as amount,
    null as unit,
    'version ' || cuts.cutpoint_version || ', fitted on ' || versions.fitted_on || ' (' || cuts.row_count || ' customers)'
        as note,
    null as source_system,
    null as batch_id,
    null as source_row
from cuts
left join audit.rfm_cutpoint_version as versions
    on cuts.cutpoint_version = versions.cutpoint_version and versions.cutpoint_role = 'current'
order by cuts.share
