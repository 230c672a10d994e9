{# Which version of the cut points counts at as_of_date (current) and counted at the month's end before it (prior). #}
with final as (
    select
        cutpoint_role,
        cutpoint_version
    from {{ loaded_cutpoint_versions() }}
)

select * from final
