{# Cut points fitted on the marts of as_of_date: what is proposed (spec §1.4, §11.4). #}
with final as (
    {{ fitted_cutpoints(ref('cal_peer')) }}
)

select * from final
