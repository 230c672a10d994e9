{# Standard values fitted on the marts of as_of_date: what is proposed (spec §3.6, §11.4). #}
with final as (
    {{ fitted_standards(ref('cal_indicator')) }}
)

select * from final
