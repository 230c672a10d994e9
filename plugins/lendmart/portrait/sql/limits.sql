select
    count(*) filter (not is_derecognised and coalesce(facility_status, '') not in ('closed', 'cancelled')) as open_count,
    count(*) as facility_count,
    sum(cast(coalesce(outstanding_amt, 0) * fx_rate as decimal(20, 2))) filter (not is_derecognised) as outstanding_amt,
    sum(cast(coalesce(off_balance_amt, 0) * fx_rate as decimal(20, 2))) filter (not is_derecognised) as off_balance_amt,
    sum(cast(commitment_amt * fx_rate as decimal(20, 2)) - cast(coalesce(cancelled_amt, 0) * fx_rate as decimal(20, 2)))
        filter (not is_derecognised and coalesce(facility_status, '') not in ('closed', 'cancelled')) as limit_amt,
    min(maturity_date) filter (not is_derecognised and maturity_date >= $as_of) as next_maturity_date,
    count(*) filter (not is_derecognised and fx_rate is null) as unpriced_count,
    max(reporting_date) as reporting_date
from core.dim_facility
where customer_id = $customer_id
