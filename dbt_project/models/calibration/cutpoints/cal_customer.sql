{#
  Customers as the marts of as_of_date hold them, for `lendmart calibrate propose`: what is proposed is fitted on, and compared
  over, the very rows that a run has built and its gates have seen.
#}
with final as (
    select
        customer_id,
        {{ peer_family('rfm_basis', 'product_family') }} as product_family,
        industry_section,
        enterprise_size,
        m_measure,
        r_value as r_days,
        f_value as f_count,
        m_value as m_value_amt,
        exposure_amt,
        currency,
        gate,
        maturity_flag,
        maturity_flag in ('new', 'mature') as is_ranked
    from {{ ref('mart_customer_rfm') }}
    where as_of_date = {{ as_of_date() }}
)

select * from final
