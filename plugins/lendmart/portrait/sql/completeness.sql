-- Which kinds of data the warehouse holds of the customer, in the order of the card.
select
    exists (from core.dim_facility where customer_id = $customer_id) as facilities,
    exists (from core.dim_instrument where customer_id = $customer_id) as instruments,
    exists (
        from core.fct_payment as payments
        inner join core.dim_instrument as instruments on payments.instrument_id = instruments.instrument_id
        where instruments.customer_id = $customer_id
    ) as payments,
    exists (from core.fct_credit_event where customer_id = $customer_id) as credit_events,
    exists (from core.fct_statement where customer_id = $customer_id) as statements,
    exists (from core.fct_bureau_report where customer_id = $customer_id) as bureau,
    exists (from core.fct_personal_income where customer_id = $customer_id) as income,
    exists (from core.fct_personal_asset where customer_id = $customer_id) as assets,
    exists (from core.fct_consent where customer_id = $customer_id) as consents,
    exists (from core.dim_project where customer_id = $customer_id) as projects
