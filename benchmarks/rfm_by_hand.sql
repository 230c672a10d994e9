-- The result of the RFM models in one statement, as a person who knows DuckDB and these rules by heart would write it: the rival
-- of bench_rfm.py. One pass over the events and over the facilities, ranks in the groups that count only, whole numbers where
-- they decide. It leaves out what the benchmark's bank does not have: payments, projects, other currencies, prices of funding,
-- probabilities of default, a second version of the cut points.
with reversed as (
    select distinct reversal_of_event_id as event_id from core.fct_credit_event
    where reversal_of_event_id is not null and event_date <= $as_of
),
events as (
    select e.customer_id, e.facility_id, e.event_type, e.event_date, k.feeds_f, e.event_base_amt * k.m_weight as amt
    from core.fct_credit_event as e
    join seeds.credit_event_type as k using (event_type)
    anti join reversed on reversed.event_id = e.event_id
    where k.feeds_r and e.event_date <= $as_of
),
families as (
    select customer_id, product_family, count(*) as n, max(closed_date) as closed_date,
        max((facility_status <> 'closed')::int) as is_open,
        sum(if(facility_status = 'closed', 0, commitment_amt)) as open_commitment, sum(commitment_amt) as commitment,
        sum(outstanding_amt + off_balance_amt) as exposure, sum(outstanding_amt) as outstanding, bool_or(dq_flag) as dq_flag
    from core.dim_facility group by all
),
placed as (
    select *, row_number() over (
        partition by customer_id order by is_open desc, open_commitment desc, commitment desc, product_family
    ) as place
    from families
),
holdings as (
    select customer_id, max(product_family) filter (place = 1) as product_family, sum(n) as n, max(is_open) as is_open,
        max(closed_date) as closed_date, sum(exposure)::decimal(20, 2) as exposure,
        sum(outstanding)::decimal(20, 2) as outstanding, bool_or(dq_flag) as dq_flag
    from placed group by all
),
windowed as (
    select h.*, p.m_measure, ($as_of - to_months(p.window_months))::date as window_start
    from holdings as h join seeds.product_family as p using (product_family)
),
once as (
    select customer_id, facility_id, event_date, event_type, feeds_f, sum(amt) as amt from events group by all
),
activity as (
    select o.customer_id, min(event_date) as first_date, max(event_date) as last_date, count(*) as eligible,
        count(case when feeds_f and event_date > window_start then 1 end) as f_count,
        count(distinct case when feeds_f and event_date > window_start then year(event_date) * 12 + month(event_date) end)
            as f_active_months,
        sum(case when feeds_f and event_date > window_start then amt end)::decimal(20, 2) as volume
    from once as o join windowed using (customer_id) group by o.customer_id
),
first_reports as (
    select facility_id, min(reporting_date) as first_date from core.fct_facility_snapshot group by all
),
balances as (
    select customer_id, (sum(outstanding_amt * days::decimal(4, 0)) / 365)::decimal(20, 2) as balance,
        bool_or(outstanding_amt <> 0) as is_drawn
    from (
        select s.customer_id, s.outstanding_amt,
            least(coalesce(next_reporting_date, date '9999-12-31'), $as_of + 1)
            - greatest(
                if(reporting_date = first_date, least(reporting_date, inception_date), reporting_date),
                ($as_of - interval 12 month)::date + 1
            ) as days
        from core.fct_facility_snapshot as s join first_reports using (facility_id)
    )
    where days > 0 group by all
),
incomes as (
    select e.customer_id, e.source_system, min(event_date) as first_date,
        sum(case when event_date > $as_of - interval 12 month and r.event_id is null then event_base_amt end) as amt
    from core.fct_credit_event as e
    join seeds.credit_event_type as k using (event_type)
    left join reversed as r using (event_id)
    where k.feeds_revenue and event_date <= $as_of group by all
),
first_incomes as (
    select source_system, min(first_date) as first_date from incomes group by all
),
uncovered as (
    select distinct customer_id from core.dim_facility anti join core.dim_instrument using (facility_id)
    where outstanding_amt > 0
),
measures as (
    select c.customer_id, c.source_system, c.customer_type, c.industry_section, c.enterprise_size, h.product_family, h.m_measure,
        h.window_start, h.n, h.exposure, h.outstanding, c.dq_flag or h.dq_flag as dq_flag, coalesce(r.gate, 'NONE') as gate,
        x.first_date, x.last_date, coalesce(x.eligible, 0) as eligible, $as_of - x.first_date as l_tenure_days,
        $as_of - x.last_date as r_days, coalesce(x.f_count, 0) as f_count, coalesce(x.f_active_months, 0) as f_active_months,
        coalesce(x.volume, 0)::decimal(20, 2) as volume,
        (((x.volume * 200)::bigint + x.f_count) // nullif(2 * x.f_count, 0))::decimal(18, 0) * 0.01 as volume_avg,
        coalesce(b.balance, 0)::decimal(20, 2) as balance,
        if(h.m_measure = 'm_balance_avg', coalesce(b.balance, 0), coalesce(x.volume, 0))::decimal(20, 2) as m_value,
        case
            when h.is_open = 0 and h.closed_date < $as_of - interval 24 month
                and coalesce(x.last_date < $as_of - interval 24 month, true) then 'lapsed'
            when x.first_date is null or $as_of - x.first_date < 180 or x.eligible < 2 then 'new'
            else 'mature'
        end as maturity,
        case
            when coalesce(f.first_date > $as_of - interval 11 month, true) then 'missing_income'
            when b.is_drawn then 'missing_ftp'
            when u.customer_id is not null then 'missing_pd'
            else 'ok'
        end as revenue_status,
        i.amt as income
    from core.dim_customer as c
    join windowed as h using (customer_id)
    left join activity as x using (customer_id)
    left join balances as b using (customer_id)
    left join marts.mart_risk_status as r on r.customer_id = c.customer_id and r.as_of_date = $as_of
    left join incomes as i on i.customer_id = c.customer_id
    left join first_incomes as f on f.source_system = c.source_system
    left join uncovered as u on u.customer_id = c.customer_id
),
keyed as (
    select customer_id, r_days, f_count, m_value,
        product_family || '|' || coalesce(industry_section, '-') || '|' || coalesce(enterprise_size, '-') as k0,
        product_family || '|' || coalesce(industry_section, '-') as k1, product_family as k2, 'portfolio|' || m_measure as k3
    from measures where maturity <> 'lapsed'
),
versions as (
    select cutpoint_version from audit.rfm_cutpoint_version where cutpoint_role = 'current'
),
cuts as (
    select peer_level, peer_key, max(row_count) as n,
        any_value([q20, q40, q60, q80]) filter (measure = 'r_days') as r,
        any_value([q20, q40, q60, q80]) filter (measure = 'f_count') as f,
        any_value([q20, q40, q60, q80]) filter (measure = 'm_value') as m
    from audit.rfm_cutpoint join versions using (cutpoint_version) group by all
),
narrowest as (
    select k.customer_id, r_days, f_count, m_value,
        case when c0.n is not null then c0 when c1.n is not null then c1 when c2.n is not null then c2 else c3 end as cut
    from keyed as k
    left join cuts as c0 on c0.peer_level = 0 and c0.peer_key = k0
    left join cuts as c1 on c1.peer_level = 1 and c1.peer_key = k1
    left join cuts as c2 on c2.peer_level = 2 and c2.peer_key = k2
    left join cuts as c3 on c3.peer_level = 3 and c3.peer_key = k3
),
bands as (
    select customer_id, cut.peer_level, cut.peer_key, cut.n,
        if(r_days is null, null, 1 + (r_days < cut.r[1])::int + (r_days < cut.r[2])::int + (r_days < cut.r[3])::int
            + (r_days < cut.r[4])::int) as r,
        1 + (f_count > cut.f[1])::int + (f_count > cut.f[2])::int + (f_count > cut.f[3])::int + (f_count > cut.f[4])::int as f,
        1 + (m_value > cut.m[1])::int + (m_value > cut.m[2])::int + (m_value > cut.m[3])::int + (m_value > cut.m[4])::int as m
    from narrowest
),
sizes as (
    select coalesce(k0, k1, k2, k3) as peer_key, count(*) as n,
        case when k0 is not null then 0 when k1 is not null then 1 when k2 is not null then 2 else 3 end as level
    from keyed group by grouping sets ((k0), (k1), (k2), (k3)) having count(*) >= 50
),
chosen as (
    select customer_id, coalesce(s0.level, s1.level, s2.level, s3.level) as level,
        coalesce(s0.peer_key, s1.peer_key, s2.peer_key, s3.peer_key) as peer_key
    from keyed
    left join sizes as s0 on s0.level = 0 and s0.peer_key = k0
    left join sizes as s1 on s1.level = 1 and s1.peer_key = k1
    left join sizes as s2 on s2.level = 2 and s2.peer_key = k2
    left join sizes as s3 on s3.level = 3 and s3.peer_key = k3
),
members as (
    select customer_id, r_days, f_count, m_value, level, [k0, k1, k2, k3][level + 1] as peer_key
    from keyed, range(4) as levels(level)
    semi join (select distinct level, peer_key from chosen) as wanted
        on wanted.level = levels.level and wanted.peer_key = [k0, k1, k2, k3][levels.level + 1]
),
ranked as (
    select customer_id, level, r_days,
        5 * (2 * (rank() over by_r - 1) + count(*) over (by_r range between current row and current row))
            // (2 * count(r_days) over (partition by level, peer_key)) as r,
        5 * (2 * (rank() over by_f - 1) + count(*) over (by_f range between current row and current row))
            // (2 * count(*) over (partition by level, peer_key)) as f,
        5 * (2 * (rank() over by_m - 1) + count(*) over (by_m range between current row and current row))
            // (2 * count(*) over (partition by level, peer_key)) as m
    from members
    window by_r as (partition by level, peer_key order by r_days desc nulls last),
        by_f as (partition by level, peer_key order by f_count), by_m as (partition by level, peer_key order by m_value)
),
midranks as (
    select customer_id, level, if(r_days is null, null, least(5, 1 + r)) as r, least(5, 1 + f) as f, least(5, 1 + m) as m
    from ranked join chosen using (customer_id, level)
),
valued as (
    select m.*, b.peer_level, b.peer_key, b.n as peer_count, b.r as r_score, b.f as f_score, b.m as m_score,
        (b.f + b.m + 1) // 2 as fm_score, w.r_weight * b.r + w.f_weight * b.f + w.m_weight * b.m as value_score,
        k.level as midrank_level, k.r as r_midrank, k.f as f_midrank, k.m as m_midrank, v.cutpoint_version
    from measures as m
    cross join versions as v
    left join bands as b using (customer_id)
    left join midranks as k using (customer_id)
    left join seeds.rfm_weight as w on w.weight_set = 'default'
)
select $as_of as as_of_date, v.customer_id, source_system, customer_type, product_family, industry_section, enterprise_size,
    n as facility_count, exposure as exposure_amt, outstanding as outstanding_amt, 'CNY' as currency,
    window_start as window_start_date, first_date as first_event_date, last_date as last_event_date,
    eligible as eligible_event_count, l_tenure_days, r_days, f_count, f_active_months, volume as m_volume_cum_amt,
    volume_avg as m_volume_avg_amt, balance as m_balance_avg_amt, m_measure, m_value as m_value_amt, peer_key, peer_level,
    peer_count, if(peer_level is null, null, 'cutpoint') as scoring_basis, v.r_score, f_score, m_score, v.fm_score,
    value_score::decimal(7, 4) as value_score, ((value_score - 1) * 25)::decimal(7, 2) as rfm_value_100, g.segment_11_code,
    e.segment_8_code, gate, maturity as maturity_flag,
    case
        when gate in ('EXCLUDED', 'WORKOUT') then gate
        when gate = 'WATCH' and g.segment_11_code is not null then 'WATCH_' || g.segment_11_code
        when maturity = 'lapsed' then 'LAPSED'
        when maturity = 'new' or g.segment_11_code is null then 'NEW_INSUFFICIENT_HISTORY'
        else g.segment_11_code
    end as segment_code,
    dq_flag, value_score::decimal(7, 4) as value_with_p_score, r_midrank as r_midrank_score, f_midrank as f_midrank_score,
    m_midrank as m_midrank_score, midrank_level as midrank_peer_level, cutpoint_version,
    cutpoint_version as prior_cutpoint_version, segment_code as segment_code_prior_cutpoints,
    if(revenue_status = 'ok', coalesce(income, 0)::decimal(20, 2), null) as m_revenue_amt, revenue_status as m_revenue_status,
    'standard' as rfm_basis, r_days as r_value, f_count::decimal(20, 2) as f_value, m_value
from valued as v
left join seeds.segment_11_map as g on g.r_score = v.r_score and g.fm_score = v.fm_score
left join seeds.segment_8_map as e
    on e.is_r_high = (v.r_score >= 4) and e.is_f_high = (f_score >= 4) and e.is_m_high = (m_score >= 4)
