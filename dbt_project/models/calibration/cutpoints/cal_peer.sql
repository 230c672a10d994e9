{# The ladder of peer groups over the customers of the marts, as int_rfm_peer makes it within a run. #}
with ranked_customers as (
    select * from {{ ref('cal_customer') }}
    where is_ranked
),

final as (
    {{ peer_ladder('ranked_customers') }}
)

select * from final
