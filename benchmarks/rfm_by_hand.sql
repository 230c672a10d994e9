-- The result of the RFM models in one statement, as a person who knows DuckDB would write it: the rival of bench_rfm.py.
-- It leaves out what the benchmark's bank does not have (payments, repayment scores, other currencies).
with events as (
    select e.facility_id, e.customer_id, e.event_type, e.event_date, e.event_amt, k.feeds_f, k.feeds_m, k.m_weight
    from core.fct_credit_event as e
    join seeds.credit_event_type as k using (event_type)
    where k.feeds_r and e.event_date <= $as_of
        and not exists (
            from core.fct_credit_event as r
            where r.reversal_of_event_id = e.event_id and r.event_date <= $as_of
        )
),
families as (
    select customer_id, product_family, row_number() over (
        partition by customer_id order by is_open desc, open_commitment desc, commitment desc, product_family
    ) as place
    from (
        select customer_id, product_family, max((facility_status <> 'closed')::int) as is_open,
            sum(if(facility_status = 'closed', 0, commitment_amt)) as open_commitment, sum(commitment_amt) as commitment
        from core.dim_facility group by all
    )
),
facilities as (
    select customer_id, count(*) as n, bool_or(facility_status <> 'closed') as is_open, max(closed_date) as closed_date
    from core.dim_facility group by all
),
firsts as (
    select customer_id, min(event_date) as first_date, max(event_date) as last_date,
        count(distinct (facility_id, event_date, event_type)) as eligible
    from events group by all
),
customers as (
    select c.customer_id, c.industry_section, c.enterprise_size, f.product_family, p.window_months, p.m_measure,
        x.first_date, x.last_date, r.gate,
        case
            when not a.is_open and a.closed_date < $as_of - interval 24 month
                and coalesce(x.last_date < $as_of - interval 24 month, true) then 'lapsed'
            when x.first_date is null or $as_of - x.first_date < 180 or x.eligible < 2 then 'new'
            else 'mature'
        end as maturity
    from core.dim_customer as c
    join facilities as a using (customer_id)
    join families as f on f.customer_id = c.customer_id and f.place = 1
    join seeds.product_family as p using (product_family)
    left join firsts as x on x.customer_id = c.customer_id
    left join marts.mart_risk_status as r on r.customer_id = c.customer_id and r.as_of_date = $as_of
),
uses as (
    select e.customer_id, e.event_date, e.facility_id, e.event_type, sum(e.event_amt * e.m_weight) as amt
    from events as e join customers as c using (customer_id)
    where e.feeds_f and e.event_date > $as_of - to_months(c.window_months)
    group by all
),
usage as (
    select customer_id, count(*) as f_count, count(distinct date_trunc('month', event_date)) as f_active_months,
        sum(amt)::decimal(20, 2) as volume
    from uses group by all
),
balances as (
    select customer_id, (sum(outstanding_amt::decimal(28, 2) * days) / 365)::decimal(20, 2) as balance
    from (
        select customer_id, outstanding_amt,
            least(coalesce(next_reporting_date, date '9999-12-31'), $as_of + 1)
            - greatest(
                if(row_number() over (partition by facility_id order by reporting_date) = 1,
                    least(reporting_date, inception_date), reporting_date),
                ($as_of - interval 12 month)::date + 1
            ) as days
        from core.fct_facility_snapshot
    )
    where days > 0 group by all
),
measures as (
    select c.*, $as_of - c.last_date as r_days, coalesce(u.f_count, 0) as f_count,
        coalesce(u.f_active_months, 0) as f_active_months, coalesce(u.volume, 0)::decimal(20, 2) as volume,
        coalesce(b.balance, 0)::decimal(20, 2) as balance,
        if(c.m_measure = 'm_balance_avg', coalesce(b.balance, 0), coalesce(u.volume, 0))::decimal(20, 2) as m_value
    from customers as c left join usage as u using (customer_id) left join balances as b using (customer_id)
),
peers as (
    select m.customer_id, m.r_days, m.f_count, m.m_value, level,
        [product_family || '|' || industry_section || '|' || enterprise_size, product_family || '|' || industry_section,
            product_family, 'portfolio|' || m_measure][level + 1] as peer_key
    from measures as m, range(4) as levels(level)
    where maturity <> 'lapsed'
),
cuts as (
    select peer_level as level, peer_key, measure, [q20, q40, q60, q80] as q
    from audit.rfm_cutpoint join audit.rfm_cutpoint_version using (cutpoint_version)
    where cutpoint_role = 'current'
),
bands as (
    select p.customer_id,
        arg_min(1 + len(list_filter(r.q, lambda x: p.r_days < x)), p.level) as r_score,
        arg_min(1 + len(list_filter(f.q, lambda x: p.f_count > x)), p.level) as f_score,
        arg_min(1 + len(list_filter(m.q, lambda x: p.m_value > x)), p.level) as m_score
    from peers as p
    join cuts as r on r.level = p.level and r.peer_key = p.peer_key and r.measure = 'r_days'
    join cuts as f on f.level = p.level and f.peer_key = p.peer_key and f.measure = 'f_count'
    join cuts as m on m.level = p.level and m.peer_key = p.peer_key and m.measure = 'm_value'
    group by all
),
sized as (
    select *, count(*) over (partition by level, peer_key) as n from peers
),
chosen as (
    select customer_id, min(level) as level from sized where n >= 50 group by all
),
ranked as (
    select s.customer_id, s.level,
        least(5, 1 + 5 * (2 * (rank() over (partition by s.level, s.peer_key order by r_days desc nulls last) - 1)
            + count(*) over (partition by s.level, s.peer_key, r_days))
            // (2 * count(r_days) over (partition by s.level, s.peer_key))) as r_midrank,
        least(5, 1 + 5 * (2 * (rank() over (partition by s.level, s.peer_key order by s.f_count) - 1)
            + count(*) over (partition by s.level, s.peer_key, s.f_count)) // (2 * n)) as f_midrank,
        least(5, 1 + 5 * (2 * (rank() over (partition by s.level, s.peer_key order by m_value) - 1)
            + count(*) over (partition by s.level, s.peer_key, m_value)) // (2 * n)) as m_midrank,
        r_days is null as has_no_r
    from sized as s
),
midranks as (
    select ranked.customer_id, if(has_no_r, null, r_midrank) as r_midrank, f_midrank, m_midrank
    from ranked join chosen using (customer_id, level)
)
select m.customer_id, r_days, f_count, f_active_months, volume, balance, maturity,
    if(r_days is null, null, b.r_score) as r_score, b.f_score, b.m_score, r_midrank, f_midrank, m_midrank,
    case
        when gate = 'WORKOUT' then 'WORKOUT'
        when gate = 'WATCH' and g.segment_11_code is not null then 'WATCH_' || g.segment_11_code
        when maturity = 'lapsed' then 'LAPSED'
        when maturity = 'new' or g.segment_11_code is null then 'NEW_INSUFFICIENT_HISTORY'
        else g.segment_11_code
    end as segment_code
from measures as m
left join bands as b using (customer_id)
left join midranks using (customer_id)
left join seeds.segment_11_map as g on g.r_score = if(r_days is null, null, b.r_score) and g.fm_score = (b.f_score + b.m_score + 1) // 2
