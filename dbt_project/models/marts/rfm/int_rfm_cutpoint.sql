{# The cut points of the loaded versions, those of one group side by side (spec §1.4), worst to best. #}
with final as (
    select
        cutpoint_version,
        peer_level,
        peer_key,
        {%- for letter, measure in [('r', 'r_days'), ('f', 'f_count'), ('m', 'm_value')] %}
            {%- for q in [20, 40, 60, 80] %}
                max(case when measure = '{{ measure }}' then q{{ q }} end) as {{ letter }}{{ q }},
            {%- endfor %}
        {%- endfor %}
        max(row_count) as peer_count
    from {{ loaded_cutpoints() }}
    group by cutpoint_version, peer_level, peer_key
)

select * from final
