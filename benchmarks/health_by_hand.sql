-- Financial health of each firm's latest statement in one query, as someone who knows the schema would write it for DuckDB:
-- the ratios with their statuses, why ROE moved, the EM score, and the financial-health score with its standards fitted on
-- these firms.
-- Compared row by row with mart_financial_health; columns have its names.
create or replace temp macro ratio(a, b, unit := 10000) as (sign(a) * sign(b) * ((
    200000000000000 * (abs(a)::decimal(24, 8) * unit)::hugeint + 1000001 * (abs(b)::decimal(24, 8) * unit)::hugeint
) // nullif(2000000 * (abs(b)::decimal(24, 8) * unit)::hugeint, 0))::decimal(30, 0) * 0.00000001::decimal(8, 8))::decimal(30, 8);
create or replace temp macro money(x) as if(abs(x) < 1e17::decimal(38, 4), x, null)::decimal(22, 4);
create or replace temp macro state(a, b, zero, negative := 'neg_den') as
    case when a is null or b is null then 'missing_input' when b = 0 then zero when b < 0 then negative else 'ok' end;
create or replace temp macro cover(a, b) as
    case when a is null or b is null then 'missing_input' when b > 0 then 'ok' when a > 0 then 'zero_den_good'
        else 'zero_den_bad' end;
create or replace temp macro rated(s, a, b) as {'s': s, 'v': if(s = 'ok', ratio(a, b), null)};
create or replace temp macro aged(s, is_stale) as if(s = 'ok' and is_stale, 'stale', s);
create or replace temp macro yearly(basis, months, n, p, y) as case basis when 'reported' then n when 'ttm' then n + y - p
    when 'annualised' then ratio(12 * n, months) end::decimal(22, 4);
create or replace temp macro closed(line, total, is_closed) as
    coalesce(line, if(is_closed and total is not null, 0::decimal(22, 4), null));
create or replace temp macro power(w, x) as w::decimal(4, 3) * x;

create or replace table audit.by_hand as
with statements as (
    select * from core.fct_statement where is_current_version and period_end_date <= $as_of
),
lengths as (
    select l.statement_id, l.period_end_date,
        max(if(l.period_months = s.period_months, 100, 0) + l.period_months) % 100 as flow_months
    from core.fct_statement_line as l join statements as s using (statement_id)
    where l.period_months between 1 and 12 group by all
),
sheets as (
    select l.statement_id, l.period_end_date,
        max(line_amt) filter (item_code = 'BS_TA') as bs_ta,
        max(line_amt) filter (item_code = 'BS_TCA') as bs_tca,
        max(line_amt) filter (item_code = 'BS_TCL') as bs_tcl,
        max(line_amt) filter (item_code = 'BS_TL') as bs_tl,
        max(line_amt) filter (item_code = 'BS_TE') as bs_te,
        max(line_amt) filter (item_code = 'BS_CASH') as bs_cash,
        max(line_amt) filter (item_code = 'BS_TRADING_FA') as bs_trading_fa,
        max(line_amt) filter (item_code = 'BS_INVENTORY') as bs_inventory,
        max(line_amt) filter (item_code = 'BS_PREPAY') as bs_prepay,
        max(line_amt) filter (item_code = 'BS_AR') as bs_ar,
        max(line_amt) filter (item_code = 'BS_AP') as bs_ap,
        max(line_amt) filter (item_code = 'BS_NOTES_PAY') as bs_notes_pay,
        max(line_amt) filter (item_code = 'BS_ST_LOAN') as bs_st_loan,
        max(line_amt) filter (item_code = 'BS_NCL_DUE1Y') as bs_ncl_due1y,
        max(line_amt) filter (item_code = 'BS_LT_LOAN') as bs_lt_loan,
        max(line_amt) filter (item_code = 'BS_BONDS') as bs_bonds,
        max(line_amt) filter (item_code = 'BS_LEASE_L') as bs_lease_l,
        max(line_amt) filter (item_code = 'BS_OTH_EQ_INSTR') as bs_oth_eq_instr,
        max(line_amt) filter (item_code = 'BS_PAIDIN') as bs_paidin,
        max(line_amt) filter (item_code = 'BS_CAP_RES') as bs_cap_res,
        max(line_amt) filter (item_code = 'BS_SURPLUS') as bs_surplus,
        max(line_amt) filter (item_code = 'BS_RETAINED') as bs_retained,
        max(line_amt) filter (item_code = 'PL_REV') as pl_rev,
        max(line_amt) filter (item_code = 'PL_COGS') as pl_cogs,
        max(line_amt) filter (item_code = 'PL_TAX_SUR') as pl_tax_sur,
        max(line_amt) filter (item_code = 'PL_SELL') as pl_sell,
        max(line_amt) filter (item_code = 'PL_ADMIN') as pl_admin,
        max(line_amt) filter (item_code = 'PL_FIN') as pl_fin,
        max(line_amt) filter (item_code = 'PL_INT_EXP') as pl_int_exp,
        max(line_amt) filter (item_code = 'PL_OP') as pl_op,
        max(line_amt) filter (item_code = 'PL_PBT') as pl_pbt,
        max(line_amt) filter (item_code = 'PL_TAX') as pl_tax,
        max(line_amt) filter (item_code = 'PL_NP') as pl_np,
        max(line_amt) filter (item_code = 'CF_CFO') as cf_cfo,
        max(line_amt) filter (item_code = 'CF_CAPEX') as cf_capex,
        max(line_amt) filter (item_code = 'SUP_DEP') as sup_dep,
        max(line_amt) filter (item_code = 'SUP_AMORT') as sup_amort,
        any_value(f.flow_months) as flow_months
    from core.fct_statement_line as l
    join statements as s using (statement_id)
    left join lengths as f on f.statement_id = l.statement_id and f.period_end_date = l.period_end_date
    where l.period_months = 0 or l.period_months = f.flow_months
    group by all
),
chosen as (
    select s.*, own.flow_months, coalesce(
        s.period_start_date - 1, last_day((s.period_end_date - to_months(own.flow_months))::date)
    ) as opening_date
    from (
        select * from statements
        qualify row_number() over (
            partition by customer_id
            order by
                if(period_type = 'annual' and $as_of <= period_end_date + interval 15 month, 1, 2), period_end_date desc,
                case scope when 'consolidated' then 1 when 'single' then 2 when 'parent' then 3 else 4 end,
                case period_type when 'annual' then 1 when 'ttm' then 2 when 'semi' then 3 when 'quarter' then 4 else 5 end,
                published_date desc nulls last, statement_id desc
        ) = 1
    ) as s
    left join sheets as own using (statement_id, period_end_date)
),
earlier as (
    select c.customer_id, x.statement_id, x.period_end_date, x.flow_months, x.bs_ta is not null as has_assets,
        coalesce(x.pl_rev, x.pl_pbt, x.pl_np) is not null as has_results,
        coalesce(s.published_date, date '0001-01-01') as published_date, x.statement_id = c.statement_id as is_own,
        last_day(x.period_end_date) = last_day(c.opening_date) as is_opening,
        last_day(x.period_end_date) = last_day((c.period_end_date - interval 12 month)::date)
            and x.flow_months = c.flow_months as is_prior,
        last_day(x.period_end_date) = last_day((c.period_end_date - interval 12 month)::date) as is_prior_closing,
        last_day(x.period_end_date) = last_day((c.opening_date - interval 12 month)::date) as is_prior_opening,
        last_day(x.period_end_date) = last_day((c.period_end_date - interval 24 month)::date)
            and x.flow_months = c.flow_months as is_prior_prior,
        s.gaap is not distinct from c.gaap as is_alike, c.flow_months < 12 as is_part
    from chosen as c
    join statements as s
        on s.customer_id = c.customer_id and s.scope = c.scope and s.period_end_date <= c.period_end_date
        and s.currency = c.currency
    join sheets as x on x.statement_id = s.statement_id and x.period_end_date < c.period_end_date
),
comparatives as (
    select customer_id,
        max_by(k, (has_assets, is_own, published_date, k)) filter (is_opening) as o,
        max_by(k, (has_results, is_own, published_date, k)) filter (is_prior) as p,
        max_by(k, (has_results, is_own, published_date, k)) filter (is_opening and flow_months = 12) as y,
        max_by(k, (has_assets, is_own, published_date, k)) filter (is_prior_closing) as pc,
        max_by(k, (has_assets, is_own, published_date, k)) filter (is_prior_opening) as po,
        max_by(k, (has_results, is_own, published_date, k)) filter (is_prior_prior and is_part) as pp,
        max_by(k, (has_results, is_own, published_date, k)) filter (is_prior_opening and flow_months = 12 and is_part) as py
    from (select *, (statement_id, period_end_date, is_alike) as k from earlier)
    group by all
),
reported as (
    select c.customer_id, c.statement_id, c.flow_months, c.is_audited, c.audit_opinion, d.customer_type, d.industry_section,
        d.industry_code, d.enterprise_size, coalesce(d.is_listed, false) as is_listed,
        coalesce(c.gaap in ('ASBE', 'ASSE'), false) as is_closed,
        (c.period_end_date + interval 15 month)::date < $as_of as is_stale,
        coalesce(last_day((c.period_end_date - to_months(c.flow_months))::date) = last_day(c.opening_date), false) as is_ytd,
        coalesce(d.industry_section not in ('A', 'B', 'C', 'D', 'E', 'F'), false) as is_service,
        money(n.bs_ta) as bs_ta, money(n.bs_tca) as bs_tca, money(n.bs_tcl) as bs_tcl, money(n.bs_tl) as bs_tl,
        money(n.bs_te) as bs_te, money(n.bs_cash) as bs_cash, money(n.bs_trading_fa) as bs_trading_fa,
        money(n.bs_inventory) as bs_inventory, money(n.bs_prepay) as bs_prepay, money(n.bs_ar) as bs_ar,
        money(n.bs_ap) as bs_ap, money(n.bs_notes_pay) as bs_notes_pay, money(n.bs_st_loan) as bs_st_loan,
        money(n.bs_ncl_due1y) as bs_ncl_due1y, money(n.bs_lt_loan) as bs_lt_loan, money(n.bs_bonds) as bs_bonds,
        money(n.bs_lease_l) as bs_lease_l, money(n.bs_oth_eq_instr) as bs_oth_eq_instr,
        money(n.bs_paidin) as bs_paidin, money(n.bs_cap_res) as bs_cap_res, money(n.bs_surplus) as bs_surplus,
        money(n.bs_retained) as bs_retained,
        money(o.bs_ta) as o_bs_ta, money(o.bs_te) as o_bs_te, money(o.bs_ar) as o_bs_ar,
        money(o.bs_inventory) as o_bs_inventory, money(o.bs_ap) as o_bs_ap, money(o.bs_ncl_due1y) as o_bs_ncl_due1y,
        money(o.bs_paidin) as o_bs_paidin, money(o.bs_cap_res) as o_bs_cap_res,
        money(n.pl_rev) as n_pl_rev, money(p.pl_rev) as p_pl_rev, money(y.pl_rev) as y_pl_rev,
        money(n.pl_cogs) as n_pl_cogs, money(p.pl_cogs) as p_pl_cogs, money(y.pl_cogs) as y_pl_cogs,
        money(n.pl_tax_sur) as n_pl_tax_sur, money(p.pl_tax_sur) as p_pl_tax_sur, money(y.pl_tax_sur) as y_pl_tax_sur,
        money(n.pl_sell) as n_pl_sell, money(p.pl_sell) as p_pl_sell, money(y.pl_sell) as y_pl_sell,
        money(n.pl_admin) as n_pl_admin, money(p.pl_admin) as p_pl_admin, money(y.pl_admin) as y_pl_admin,
        money(n.pl_fin) as n_pl_fin, money(p.pl_fin) as p_pl_fin, money(y.pl_fin) as y_pl_fin,
        money(n.pl_int_exp) as n_pl_int_exp, money(p.pl_int_exp) as p_pl_int_exp, money(y.pl_int_exp) as y_pl_int_exp,
        money(n.pl_op) as n_pl_op, money(p.pl_op) as p_pl_op, money(y.pl_op) as y_pl_op, money(n.pl_pbt) as n_pl_pbt,
        money(p.pl_pbt) as p_pl_pbt, money(y.pl_pbt) as y_pl_pbt, money(n.pl_tax) as n_pl_tax,
        money(p.pl_tax) as p_pl_tax, money(y.pl_tax) as y_pl_tax, money(n.pl_np) as n_pl_np,
        money(p.pl_np) as p_pl_np, money(y.pl_np) as y_pl_np, money(n.cf_cfo) as n_cf_cfo,
        money(p.cf_cfo) as p_cf_cfo, money(y.cf_cfo) as y_cf_cfo, money(n.cf_capex) as n_cf_capex,
        money(p.cf_capex) as p_cf_capex, money(y.cf_capex) as y_cf_capex, money(n.sup_dep) as n_sup_dep,
        money(p.sup_dep) as p_sup_dep, money(y.sup_dep) as y_sup_dep, money(n.sup_amort) as n_sup_amort,
        money(p.sup_amort) as p_sup_amort, money(y.sup_amort) as y_sup_amort,
        k.p, k.pc, k.po, k.pp, k.py,
        money(pc.bs_ta) as pc_bs_ta, money(pc.bs_te) as pc_bs_te, money(po.bs_ta) as po_bs_ta, money(po.bs_te) as po_bs_te,
        money(pp.pl_rev) as pp_pl_rev, money(pp.pl_pbt) as pp_pl_pbt, money(pp.pl_np) as pp_pl_np,
        money(py.pl_rev) as py_pl_rev, money(py.pl_pbt) as py_pl_pbt, money(py.pl_np) as py_pl_np,
    from chosen as c
    left join core.dim_customer as d using (customer_id)
    left join comparatives as k using (customer_id)
    left join sheets as n on n.statement_id = c.statement_id and n.period_end_date = c.period_end_date
    left join sheets as o on o.statement_id = k.o[1] and o.period_end_date = k.o[2]
    left join sheets as p on p.statement_id = k.p[1] and p.period_end_date = k.p[2]
    left join sheets as y on y.statement_id = k.y[1] and y.period_end_date = k.y[2]
    left join sheets as pc on pc.statement_id = k.pc[1] and pc.period_end_date = k.pc[2]
    left join sheets as po on po.statement_id = k.po[1] and po.period_end_date = k.po[2]
    left join sheets as pp on pp.statement_id = k.pp[1] and pp.period_end_date = k.pp[2]
    left join sheets as py on py.statement_id = k.py[1] and py.period_end_date = k.py[2]
),
based as (
    select *, case
        when coalesce(n_pl_rev, n_pl_cogs, n_pl_tax_sur, n_pl_sell, n_pl_admin, n_pl_fin, n_pl_int_exp, n_pl_op, n_pl_pbt, n_pl_tax, n_pl_np, n_cf_cfo, n_cf_capex, n_sup_dep, n_sup_amort) is null then 'none'
        when flow_months = 12 then 'reported'
        when is_ytd and (n_pl_rev is null or p_pl_rev + y_pl_rev is not null)
            and (n_pl_pbt is null or p_pl_pbt + y_pl_pbt is not null)
            and (n_pl_np is null or p_pl_np + y_pl_np is not null) then 'ttm'
        else 'annualised' end as basis
    from reported
),
yearly_flows as (
    select *,
        yearly(basis, flow_months, n_pl_rev, p_pl_rev, y_pl_rev) as pl_rev,
        yearly(basis, flow_months, n_pl_cogs, p_pl_cogs, y_pl_cogs) as pl_cogs,
        yearly(basis, flow_months, n_pl_tax_sur, p_pl_tax_sur, y_pl_tax_sur) as pl_tax_sur,
        yearly(basis, flow_months, n_pl_sell, p_pl_sell, y_pl_sell) as pl_sell,
        yearly(basis, flow_months, n_pl_admin, p_pl_admin, y_pl_admin) as pl_admin,
        yearly(basis, flow_months, n_pl_fin, p_pl_fin, y_pl_fin) as pl_fin,
        yearly(basis, flow_months, n_pl_int_exp, p_pl_int_exp, y_pl_int_exp) as pl_int_exp,
        yearly(basis, flow_months, n_pl_op, p_pl_op, y_pl_op) as pl_op,
        yearly(basis, flow_months, n_pl_pbt, p_pl_pbt, y_pl_pbt) as pl_pbt,
        yearly(basis, flow_months, n_pl_tax, p_pl_tax, y_pl_tax) as pl_tax,
        yearly(basis, flow_months, n_pl_np, p_pl_np, y_pl_np) as pl_np,
        yearly(basis, flow_months, n_cf_cfo, p_cf_cfo, y_cf_cfo) as cf_cfo,
        yearly(basis, flow_months, n_cf_capex, p_cf_capex, y_cf_capex) as cf_capex,
        yearly(basis, flow_months, n_sup_dep, p_sup_dep, y_sup_dep) as sup_dep,
        yearly(basis, flow_months, n_sup_amort, p_sup_amort, y_sup_amort) as sup_amort,
    from based
),
lines as (
    select *,
        closed(bs_cash, bs_tl, is_closed) as cash, closed(bs_ar, bs_tl, is_closed) as receivables,
        closed(bs_inventory, bs_tl, is_closed) as inventories, closed(bs_ap, bs_tl, is_closed) as payables,
        closed(o_bs_ar, o_bs_ta, is_closed) as o_receivables, closed(o_bs_inventory, o_bs_ta, is_closed) as o_inventories,
        closed(o_bs_ap, o_bs_ta, is_closed) as o_payables,
        coalesce(closed(o_bs_ncl_due1y, o_bs_ta, is_closed), closed(bs_ncl_due1y, bs_tl, is_closed)) as principal,
        closed(cf_capex, cf_cfo, is_closed) as capex, closed(pl_tax, pl_rev, is_closed) as tax,
        if(coalesce(bs_st_loan, bs_ncl_due1y) is not null or (is_closed and bs_tl is not null),
            coalesce(bs_st_loan, 0) + coalesce(bs_ncl_due1y, 0), null) as short_debt,
        if(coalesce(bs_st_loan, bs_ncl_due1y, bs_lt_loan, bs_bonds, bs_lease_l) is not null
            or (is_closed and bs_tl is not null),
            coalesce(bs_st_loan, 0) + coalesce(bs_ncl_due1y, 0) + coalesce(bs_lt_loan, 0) + coalesce(bs_bonds, 0)
            + coalesce(bs_lease_l, 0), null) as debt,
        if((is_closed and pl_rev is not null) or coalesce(pl_sell, pl_admin) is not null,
            pl_cogs + coalesce(pl_tax_sur, 0) + coalesce(pl_sell, 0) + coalesce(pl_admin, 0)
            + coalesce(pl_fin, if(is_closed and pl_rev is not null, 0, coalesce(pl_int_exp, 0))), null) as costs,
        if(is_closed, bs_surplus, coalesce(bs_surplus, 0)) + bs_retained as retained,
        coalesce(pl_int_exp, if(pl_fin > 0, pl_fin, null)) as interest
    from yearly_flows
),
measures as (
    select *,
        cash + coalesce(bs_trading_fa, 0) as liquid, short_debt + coalesce(bs_notes_pay, 0) as obligations,
        bs_tca - coalesce(bs_inventory, 0) - coalesce(bs_prepay, 0) as quick,
        pl_pbt + interest as ebit, pl_pbt + interest + sup_dep + coalesce(sup_amort, 0) as ebitda,
        coalesce(bs_paidin - o_bs_paidin, 0) + coalesce(bs_cap_res - o_bs_cap_res, 0) as paid_in,
        bs_ta + coalesce(o_bs_ta, bs_ta) as assets2, bs_te + coalesce(o_bs_te, bs_te) as equity2,
        receivables + coalesce(o_receivables, receivables) as receivables2,
        inventories + coalesce(o_inventories, inventories) as inventories2,
        payables + coalesce(o_payables, payables) as payables2
    from lines
),
ratios as (
    select *,
        rated(state(bs_tca, bs_tcl, 'zero_den_good'), bs_tca, bs_tcl) as l1,
        rated(state(quick, bs_tcl, 'zero_den_good'), quick, bs_tcl) as l2,
        rated(state(liquid, bs_tcl, 'zero_den_good'), liquid, bs_tcl) as l3,
        rated(state(cash, obligations, 'zero_den_good'), cash, obligations) as l4,
        rated(state(bs_tl, bs_ta, 'zero_den_bad', 'zero_den_bad'), bs_tl, bs_ta) as g1,
        rated(
            state(bs_tl + coalesce(bs_oth_eq_instr, 0), bs_ta, 'zero_den_bad', 'zero_den_bad'),
            bs_tl + coalesce(bs_oth_eq_instr, 0), bs_ta
        ) as g1a,
        rated(state(bs_tl, bs_te, 'neg_den'), bs_tl, bs_te) as g2,
        rated(
            case when debt - cash is null or ebitda is null then 'missing_input' when ebitda > 0 then 'ok' when debt <= cash then 'zero_den_good' else 'neg_den' end,
            debt - cash, ebitda
        ) as g3,
        rated(state(debt, bs_tl, 'zero_den_good'), debt, bs_tl) as g4,
        rated(state(short_debt, debt, 'zero_den_good'), short_debt, debt) as g5,
        rated(cover(ebit, interest), ebit, interest) as c1,
        rated(cover(ebitda, interest), ebitda, interest) as c2,
        rated(
            state(ebitda - tax - if(capex > sup_dep, sup_dep, capex), principal + interest, 'zero_den_good', 'zero_den_good'),
            ebitda - tax - if(capex > sup_dep, sup_dep, capex), principal + interest
        ) as c3,
        rated(state(cf_cfo, debt, 'zero_den_good'), cf_cfo, debt) as c4,
        rated(state(cf_cfo, bs_tcl, 'zero_den_good'), cf_cfo, bs_tcl) as c5,
        rated(state(pl_rev - pl_cogs, pl_rev, 'zero_den_bad'), pl_rev - pl_cogs, pl_rev) as p1,
        rated(state(pl_op, pl_rev, 'zero_den_bad'), pl_op, pl_rev) as p2,
        rated(state(pl_np, pl_rev, 'zero_den_bad'), pl_np, pl_rev) as p3,
        rated(state(2 * ebit, assets2, 'zero_den_bad', 'zero_den_bad'), 2 * ebit, assets2) as p4,
        rated(state(2 * pl_np, equity2, 'neg_den'), 2 * pl_np, equity2) as p5,
        rated(state(pl_pbt, costs, 'zero_den_bad'), pl_pbt, costs) as p6,
        rated(state(2 * pl_rev, assets2, 'zero_den_bad', 'zero_den_bad'), 2 * pl_rev, assets2) as e1,
        rated(state(2 * pl_rev, receivables2, 'zero_den_good'), 2 * pl_rev, receivables2) as e2,
        rated(state(365 * receivables2, 2 * pl_rev, 'zero_den_bad'), 365 * receivables2, 2 * pl_rev) as e2d,
        rated(
            if(is_service and coalesce(inventories2, 0) = 0, 'not_applicable', state(pl_cogs, inventories2, 'zero_den_good')),
            2 * pl_cogs, inventories2
        ) as e3,
        rated(
            if(is_service and coalesce(inventories2, 0) = 0, 'not_applicable', state(inventories2, pl_cogs, 'zero_den_bad')),
            365 * inventories2, 2 * pl_cogs
        ) as e3d,
        rated(state(365 * payables2, 2 * pl_cogs, 'zero_den_bad'), 365 * payables2, 2 * pl_cogs) as e4,
        rated(state(n_pl_rev - p_pl_rev, p_pl_rev, 'neg_base', 'neg_base'), n_pl_rev - p_pl_rev, p_pl_rev) as w1,
        rated(state(n_pl_np - p_pl_np, p_pl_np, 'neg_base', 'neg_base'), n_pl_np - p_pl_np, p_pl_np) as w2,
        rated(
            state(bs_te - if(paid_in > 0, paid_in, 0), o_bs_te, 'neg_den'),
            bs_te - if(paid_in > 0, paid_in, 0), o_bs_te
        ) as w3,
        rated(state(bs_ta - o_bs_ta, o_bs_ta, 'zero_den_bad', 'zero_den_bad'), bs_ta - o_bs_ta, o_bs_ta) as w4,
        rated(state(cf_cfo, pl_np, 'not_applicable', 'not_applicable'), cf_cfo, pl_np) as k1,
        rated(state(cf_cfo - capex, pl_rev, 'zero_den_bad'), cf_cfo - capex, pl_rev) as k2,
        rated(state(2 * cf_cfo, assets2, 'zero_den_bad', 'zero_den_bad'), 2 * cf_cfo, assets2) as k3,
        rated(state(bs_tca - bs_tcl, bs_ta, 'zero_den_bad', 'zero_den_bad'), bs_tca - bs_tcl, bs_ta) as x1,
        rated(state(retained, bs_ta, 'zero_den_bad', 'zero_den_bad'), retained, bs_ta) as x2,
        rated(state(ebit, bs_ta, 'zero_den_bad', 'zero_den_bad'), ebit, bs_ta) as x3,
        rated(state(bs_te, bs_tl, 'zero_den_good'), bs_te, bs_tl) as x4
    from measures
),
covered as (
    select *,
        (power(6.56, x1.v) + power(3.26, x2.v) + power(6.72, x3.v)
            + power(1.05, if(x4.s = 'zero_den_good', 10::decimal(30, 8), x4.v)))::decimal(30, 8) + 3.25 as em,
        case when 'missing_input' in (x1.s, x2.s, x3.s, x4.s) then 'missing_input'
            when 'zero_den_bad' in (x1.s, x2.s, x3.s) then 'zero_den_bad' when x4.s = 'neg_den' then 'neg_den'
            else 'ok' end as z2_status,
        case when n_pl_rev > 0 then 'turned_profit' when n_pl_rev < p_pl_rev then 'wider_loss' else 'narrower_loss' end as moved
    from ratios
),
a_year_before as (
    select *,
        yearly(basis, flow_months, p_pl_rev, pp_pl_rev, py_pl_rev) as rev0,
        yearly(basis, flow_months, p_pl_pbt, pp_pl_pbt, py_pl_pbt) as pbt0,
        yearly(basis, flow_months, p_pl_np, pp_pl_np, py_pl_np) as np0,
        pc_bs_ta + coalesce(po_bs_ta, pc_bs_ta) as assets0, pc_bs_te + coalesce(po_bs_te, pc_bs_te) as equity0,
        p is not null and pc is not null and (basis <> 'ttm' or (pp is not null and py is not null)) as is_known,
        p[3] and pc[3] and coalesce(po[3], true) and (basis <> 'ttm' or (pp[3] and py[3])) as is_alike,
        case when pl_np is null or pl_pbt is null or ebit is null or pl_rev is null or assets2 is null or equity2 is null
                then 'missing_input'
            when bs_te <= 0 or equity2 <= 0 then 'neg_den' when pl_pbt <= 0 or ebit <= 0 then 'not_applicable'
            when pl_rev <= 0 or assets2 <= 0 then 'zero_den_bad' else 'ok' end as dupont
    from covered
),
moved_roe as (
    select *,
        case when p5.s <> 'ok' then p5.s when roe0.s <> 'ok' then roe0.s
            when not is_alike or (o_bs_te is null) <> (po_bs_te is null) then 'not_comparable' else 'ok' end as change,
        case when dupont <> 'ok' then dupont when change <> 'ok' then change
            when rev0 is null or pbt0 is null or assets0 is null then 'missing_input'
            when (o_bs_ta is null) <> (po_bs_ta is null) then 'not_comparable' when p5.v <= 0 then 'not_applicable'
            when roe0.v <= 0 or pbt0 <= 0 or pc_bs_te <= 0 or rev0 <= 0 or assets0 <= 0 then 'neg_base'
            else 'ok' end as split
    from (
        select *, rated(if(is_known, state(np0, equity0, 'neg_den'), 'no_prior_year'), 2 * np0, equity0) as roe0
        from a_year_before
    )
),
parted_roe as (
    select * exclude (m, u, f), [m, u, f]::decimal(12, 8)[] as logs,
        list_transform([m, u, f], lambda x: 100 * if(
            abs(m + u + f) < 0.0001, roe * sqrt(growth) * (1 + (m + u + f) ** 2 / 24), roe * (growth - 1) / ln(growth)
        ) * x)::decimal(38, 6)[] as shares,
        if(change = 'ok', (p5.v - roe0.v) * 100, null)::decimal(38, 6) as change_pp
    from (
        select *, ln(np_growth / rev_growth) as m, ln(rev_growth / assets_growth) as u,
            ln(assets_growth / equity_growth) as f, np_growth / equity_growth as growth
        from (
            select *, if(split = 'ok', pl_np::double / np0::double, null) as np_growth,
                if(split = 'ok', pl_rev::double / rev0::double, null) as rev_growth,
                if(split = 'ok', assets2::double / assets0::double, null) as assets_growth,
                if(split = 'ok', equity2::double / equity0::double, null) as equity_growth,
                if(split = 'ok', 2 * np0::double / equity0::double, null) as roe
            from moved_roe
        )
    )
),
explained as (
    select *, change_pp - shares[1] - shares[2] - shares[3] as rest, case
        when abs(shares[1]) >= greatest(abs(shares[2]), abs(shares[3])) then 1
        when abs(shares[2]) >= abs(shares[3]) then 2 else 3 end as largest
    from parted_roe
),
indicators as (
    select u.*, u.i.id as id, u.i.r as r, w.block, w.weight, w.better, aged(u.i.r.s, u.is_stale) as status,
        (if(w.better = 'low', -1, 1) * if(u.i.r.v is null, null, greatest(least(u.i.r.v, coalesce(w.plateau, 100000000)), -100000000)))::decimal(20, 8)
            as x,
        case when u.i.r.s = 'zero_den_good' then 1 when u.i.r.s in ('zero_den_bad', 'neg_den') then 0
            when u.i.r.s = 'neg_base' and u.i.id = 'W3' then 0
            when u.i.r.s = 'neg_base' then case moved when 'turned_profit' then 0.6 when 'narrower_loss' then 0.4 else 0 end
        end::decimal(2, 1) as mark
    from (
        select customer_id, industry_section, enterprise_size, is_stale, moved, unnest([
            {'id': 'P4', 'r': p4}, {'id': 'P5', 'r': p5}, {'id': 'E1', 'r': e1}, {'id': 'E2', 'r': e2},
            {'id': 'G1', 'r': g1}, {'id': 'G3', 'r': g3}, {'id': 'C1', 'r': c1}, {'id': 'C4', 'r': c4},
            {'id': 'K3', 'r': k3}, {'id': 'L2', 'r': l2}, {'id': 'L4', 'r': l4}, {'id': 'W1', 'r': w1},
            {'id': 'W3', 'r': w3}
        ]) as i
        from covered where coalesce(customer_type not in ('financial', 'project_spv'), true)
    ) as u
    join seeds.financial_ratio as w on w.ratio_id = u.i.id
),
sorted as (
    select id, industry_section, enterprise_size, grouping(industry_section) + grouping(enterprise_size) as level,
        list(x order by x) as v
    from indicators where status = 'ok'
    group by grouping sets ((id), (id, industry_section), (id, industry_section, enterprise_size))
    having count(*) >= 30
),
standards as (
    select *, [v[(q * len(v) + 99) // 100] for q in [1, 10, 30, 50, 70, 90, 99]] as marks
    from sorted
    where (industry_section is not null or level = 2) and (enterprise_size is not null or level > 0)
),
graded as (
    select i.*, coalesce(a.marks, b.marks, c.marks) as rungs,
        if(i.x is null, null, greatest(least(i.x, rungs[7]), rungs[1])) as y,
        len(list_filter(rungs[2:6], lambda z: y >= z)) as rung
    from indicators as i
    left join standards as a
        on a.level = 0 and a.id = i.id and a.industry_section = i.industry_section and a.enterprise_size = i.enterprise_size
    left join standards as b on b.level = 1 and b.id = i.id and b.industry_section = i.industry_section
    left join standards as c on c.level = 2 and c.id = i.id
),
marked as (
    select *, (if(status = 'stale', 0.8, 1) * case
        when mark is not null then mark when y is null or rungs is null then null when rung = 5 then 1 when rung = 0 then 0
        else 0.2::decimal(2, 1) * rung + 0.2::decimal(2, 1) * ratio(y - rungs[1 + rung], rungs[2 + rung] - rungs[1 + rung], 100000000)
    end)::decimal(10, 8) as coefficient
    from graded
),
blocks as (
    select customer_id, block, sum(weight) as total, sum(if(coefficient is null, 0, weight)) as known,
        coalesce(sum((weight * coefficient)::decimal(18, 8)), 0) as earned
    from marked group by all
),
summed as (
    select customer_id, sum(total) as total, sum(total - known) as missing,
        sum(if(2 * known < total, known, total)) as counted, bool_or(2 * known < total) as is_depleted,
        sum(if(2 * known < total, earned, ratio(earned * total, known, 100000000))::decimal(18, 8)) as points
    from blocks group by all
),
lost as (
    select customer_id, max_by(id || case r.s when 'zero_den_bad' then '_ZERO_DEN' when 'neg_den' then '_NEG_DEN'
            when 'neg_base' then '_NEG_BASE' else '_WEAK' end,
        (weight * (1 - coefficient), weight, -ascii(id[1]), -ascii(id[2])), 3) as reasons
    from marked where coefficient < 1 group by all
),
scored as (
    select c.customer_id, f.is_depleted, l.reasons,
        if(f.missing > f.total * 0.4, null, least(
            ratio(100 * f.points, f.counted, 100000000) * if(c.is_audited, 1, 0.9),
            case when c.bs_te < 0 then 30 when c.audit_opinion in ('adverse', 'disclaimer') then 40 else 100 end
        ))::decimal(7, 4) as fhs
    from covered as c join summed as f using (customer_id) left join lost as l using (customer_id)
)
select c.customer_id, c.statement_id, c.basis as flow_basis,
    l1.v as l1_current_ratio, aged(l1.s, is_stale) as l1_current_ratio_status,
    l2.v as l2_quick_ratio, aged(l2.s, is_stale) as l2_quick_ratio_status,
    l3.v as l3_cash_ratio, aged(l3.s, is_stale) as l3_cash_ratio_status,
    l4.v as l4_cash_to_short_debt_ratio, aged(l4.s, is_stale) as l4_cash_to_short_debt_ratio_status,
    g1.v as g1_debt_to_assets_ratio, aged(g1.s, is_stale) as g1_debt_to_assets_ratio_status,
    g1a.v as g1a_adjusted_debt_to_assets_ratio, aged(g1a.s, is_stale) as g1a_adjusted_debt_to_assets_ratio_status,
    g2.v as g2_debt_to_equity_ratio, aged(g2.s, is_stale) as g2_debt_to_equity_ratio_status,
    g3.v as g3_net_debt_to_ebitda_ratio, aged(g3.s, is_stale) as g3_net_debt_to_ebitda_ratio_status,
    g4.v as g4_interest_bearing_debt_ratio, aged(g4.s, is_stale) as g4_interest_bearing_debt_ratio_status,
    g5.v as g5_short_debt_share_ratio, aged(g5.s, is_stale) as g5_short_debt_share_ratio_status,
    c1.v as c1_interest_cover_ratio, aged(c1.s, is_stale) as c1_interest_cover_ratio_status,
    c2.v as c2_ebitda_cover_ratio, aged(c2.s, is_stale) as c2_ebitda_cover_ratio_status,
    c3.v as c3_debt_service_cover_ratio, aged(c3.s, is_stale) as c3_debt_service_cover_ratio_status,
    c4.v as c4_cash_flow_to_debt_ratio, aged(c4.s, is_stale) as c4_cash_flow_to_debt_ratio_status,
    c5.v as c5_cash_flow_to_current_liabilities_ratio, aged(c5.s, is_stale) as c5_cash_flow_to_current_liabilities_ratio_status,
    p1.v as p1_gross_margin_ratio, aged(p1.s, is_stale) as p1_gross_margin_ratio_status,
    p2.v as p2_operating_margin_ratio, aged(p2.s, is_stale) as p2_operating_margin_ratio_status,
    p3.v as p3_net_margin_ratio, aged(p3.s, is_stale) as p3_net_margin_ratio_status,
    p4.v as p4_return_on_assets_ratio, aged(p4.s, is_stale) as p4_return_on_assets_ratio_status,
    p5.v as p5_return_on_equity_ratio, aged(p5.s, is_stale) as p5_return_on_equity_ratio_status,
    p6.v as p6_profit_to_cost_ratio, aged(p6.s, is_stale) as p6_profit_to_cost_ratio_status,
    e1.v as e1_asset_turnover_ratio, aged(e1.s, is_stale) as e1_asset_turnover_ratio_status,
    e2.v as e2_receivables_turnover_ratio, aged(e2.s, is_stale) as e2_receivables_turnover_ratio_status,
    e2d.v as e2_receivable_days, aged(e2d.s, is_stale) as e2_receivable_days_status,
    e3.v as e3_inventory_turnover_ratio, aged(e3.s, is_stale) as e3_inventory_turnover_ratio_status,
    e3d.v as e3_inventory_days, aged(e3d.s, is_stale) as e3_inventory_days_status,
    e4.v as e4_payable_days, aged(e4.s, is_stale) as e4_payable_days_status,
    w1.v as w1_revenue_growth_ratio, aged(w1.s, is_stale) as w1_revenue_growth_ratio_status,
    w2.v as w2_net_profit_growth_ratio, aged(w2.s, is_stale) as w2_net_profit_growth_ratio_status,
    w3.v as w3_capital_preservation_ratio, aged(w3.s, is_stale) as w3_capital_preservation_ratio_status,
    w4.v as w4_asset_growth_ratio, aged(w4.s, is_stale) as w4_asset_growth_ratio_status,
    k1.v as k1_earnings_quality_ratio, aged(k1.s, is_stale) as k1_earnings_quality_ratio_status,
    k2.v as k2_free_cash_flow_ratio, aged(k2.s, is_stale) as k2_free_cash_flow_ratio_status,
    k3.v as k3_cash_recovery_ratio, aged(k3.s, is_stale) as k3_cash_recovery_ratio_status,
    if('missing_input' in (e2d.s, e3d.s, e4.s) or 'zero_den_bad' in (e2d.s, e3d.s, e4.s) or 'neg_den' in (e2d.s, e3d.s, e4.s),
        null, e2d.v + if(e3d.s = 'ok', e3d.v, 0) - e4.v)::decimal(30, 8) as e5_cash_conversion_days,
    aged(dupont, is_stale) as dupont_status, roe0.v as roe_prior_ratio, aged(roe0.s, is_stale) as roe_prior_ratio_status,
    change_pp as roe_change_pp, aged(change, is_stale) as roe_change_pp_status, aged(split, is_stale) as roe_attribution_status,
    if(split = 'ok', ratio(np0, rev0), null) as roe_prior_net_margin_ratio,
    if(split = 'ok', ratio(2 * rev0, assets0), null) as roe_prior_asset_turnover_ratio,
    if(split = 'ok', ratio(assets0, equity0), null) as roe_prior_equity_multiplier_ratio,
    (logs[1] + logs[2] + logs[3])::decimal(12, 8) as roe_change_ln, logs[1] as roe_net_margin_ln,
    logs[2] as roe_asset_turnover_ln, logs[3] as roe_equity_multiplier_ln,
    (shares[1] + if(largest = 1, rest, 0))::decimal(38, 6) as roe_net_margin_pp,
    (shares[2] + if(largest = 2, rest, 0))::decimal(38, 6) as roe_asset_turnover_pp,
    (shares[3] + if(largest = 3, rest, 0))::decimal(38, 6) as roe_equity_multiplier_pp,
    if(c.em is null, null, greatest(least(c.em, 99999.9999), -99999.9999))::decimal(10, 4) as em_score,
    aged(if(abs(c.em) > 99999.9999, 'capped', c.z2_status), c.is_stale) as em_score_status,
    s.fhs as fhs_score,
    case when s.customer_id is null then 'not_applicable' when s.fhs is null then 'missing_input' when c.is_stale then 'stale'
        else 'ok' end as fhs_status,
    (select arg_max(band, least_score) from seeds.financial_band where least_score <= s.fhs) as fhs_band,
    if(s.fhs is null, null, s.reasons[1]) as fhs_reason_1_code, if(s.fhs is null, null, s.reasons[2]) as fhs_reason_2_code,
    if(s.fhs is null, null, s.reasons[3]) as fhs_reason_3_code
from explained as c left join scored as s using (customer_id)
