{# What cut points fitted on this very date would be (spec §1.4); read only where a portfolio has none in force yet. #}
with final as (
    {{ fitted_cutpoints(ref('int_rfm_peer')) }}
)

select * from final
