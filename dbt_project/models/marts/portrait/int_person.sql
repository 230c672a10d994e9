{#
  Who may be profiled: every person, and the decision in force at as_of_date on profiling (spec §2(g), §8.2). Of
  several decisions the last one counts; one that says nothing of its time is dated by when it became known. A grant
  holds to the end of the day before it was withdrawn or expired. Sources named in `profiling_exempt_sources` publish
  data on persons whom nobody can name, and keep no consents.
#}
with persons as (
    select
        customer_id,
        source_system,
        customer_type,
        dq_flag
    from {{ ref('dim_customer') }}
    where customer_type in ('personal', 'sole_trader')
),

decisions as (
    select
        customer_id,
        consent_status,
        cast({{ local_time('ends_at') }} as date) as end_date,
        row_number() over (
            partition by customer_id order by coalesce(granted_at, known_at) desc, consent_id desc
        ) as recency
    from {{ ref('fct_consent') }}
    where
        purpose = 'profiling'
        and cast({{ local_time('coalesce(granted_at, known_at)') }} as date) <= {{ as_of_date() }}
),

based as (
    select
        persons.*,
        case
            when persons.source_system in ({{ quoted_list(var('profiling_exempt_sources')) }}) then 'exempt_source'
            when decisions.customer_id is null then 'no_consent'
            when decisions.consent_status = 'refused' then 'refused'
            when decisions.end_date <= {{ as_of_date() }} then 'ended'
            when decisions.consent_status = 'withdrawn' and decisions.end_date is null then 'ended'
            else 'consent'
        end as profiling_basis
    from persons
    left join decisions
        on
            persons.customer_id = decisions.customer_id
            and decisions.recency = 1
),

final as (
    select
        customer_id,
        source_system,
        customer_type,
        cast(profiling_basis as string) as profiling_basis,
        profiling_basis in ('consent', 'exempt_source') as is_profiled,
        dq_flag
    from based
)

select * from final
