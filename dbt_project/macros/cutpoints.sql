{#
  How cut points are fitted and used (spec §1.4, §1.5, §11.4; 分位切点): the line and `lendmart calibrate` share what stands here,
  so that what a proposal shows is what a run will do. Each macro is a query; its argument is the name of a relation.
#}

{#
  The groups a customer may be compared in, one row a customer and level: 0 family, industry and size; 1 family and industry;
  2 family; 3 the portfolio, as far as it shares one definition of M (spec §1.2: never two in one group).
#}
{% macro peer_ladder(customers) -%}
    select
        customers.customer_id,
        levels.peer_level,
        case levels.peer_level
            when 0
                then
                    customers.product_family || '|' || coalesce(customers.industry_section, '-') || '|'
                    || coalesce(customers.enterprise_size, '-')
            when 1 then customers.product_family || '|' || coalesce(customers.industry_section, '-')
            when 2 then customers.product_family
            else 'portfolio|' || customers.m_measure
        end as peer_key,
        customers.r_days,
        customers.f_count,
        customers.m_value_amt
    from {{ customers }} as customers
    cross join (
        select 0 as peer_level
        union all
        select 1 as peer_level
        union all
        select 2 as peer_level
        union all
        select 3 as peer_level
    ) as levels
{%- endmacro %}

{#
  Cut points of every group of `peers` that has at least `peer_group_minimum` values of each measure, worst to best: q20 is
  the value of the first customer, from the worst, at or above a fifth of the group. Whole numbers and decimals only.
#}
{% macro fitted_cutpoints(peers) -%}
    with measure_values as (
        {%- for measure, merit in [('r_days', '-r_days'), ('f_count', 'f_count'), ('m_value', 'm_value_amt')] %}
        select
            peer_level,
            peer_key,
            '{{ measure }}' as measure,
            customer_id,
            cast({{ merit }} as decimal(20, 2)) as merit
        from {{ peers }}
        where {{ merit }} is not null
        {%- if not loop.last %}
        union all
        {%- endif %}
        {%- endfor %}
    ),

    numbered_values as (
        select
            *,
            row_number() over (partition by peer_level, peer_key, measure order by merit asc, customer_id asc) as place,
            count(*) over (partition by peer_level, peer_key, measure) as row_count
        from measure_values
    ),

    quantiles as (
        select
            peer_level,
            peer_key,
            measure,
            {%- for k in range(1, 5) %}
            min(case when 5 * place >= {{ k }} * row_count then merit end) as merit_{{ 20 * k }},
            {%- endfor %}
            max(row_count) as row_count
        from numbered_values
        group by peer_level, peer_key, measure
    ),

    large_groups as (
        select
            peer_level,
            peer_key
        from quantiles
        group by peer_level, peer_key
        having count(*) = 3 and min(row_count) >= {{ var('peer_group_minimum') }}
    )

    select
        quantiles.peer_level,
        quantiles.peer_key,
        quantiles.measure,
        {%- for k in range(1, 5) %}
        case quantiles.measure when 'r_days' then -quantiles.merit_{{ 20 * k }} else quantiles.merit_{{ 20 * k }} end
            as q{{ 20 * k }},
        {%- endfor %}
        quantiles.row_count,
        {%- for k in range(1, 4) %}
        case when quantiles.merit_{{ 20 * k }} = quantiles.merit_{{ 20 * k + 20 }} then 1 else 0 end
        {{- ' +' if not loop.last }}
        {%- endfor %} as duplicate_count
    from quantiles
    inner join large_groups
        on
            quantiles.peer_level = large_groups.peer_level
            and quantiles.peer_key = large_groups.peer_key
{%- endmacro %}

{#
  Scores of `peers` by the bands of each version that `versions` names: at the narrowest level that has cut points in that
  version, else by the expert ones. With the versions given nobody's scores depend on anybody else (spec §11.5 v).
#}
{% macro banded_scores(peers, versions) -%}
    with narrowest_levels as (
        select
            peers.customer_id,
            versions.cutpoint_version,
            min(case when cutpoints.peer_key is not null then peers.peer_level end) as peer_level
        from {{ peers }} as peers
        cross join {{ versions }} as versions
        left join {{ ref('int_rfm_cutpoint') }} as cutpoints
            on
                versions.cutpoint_version = cutpoints.cutpoint_version
                and peers.peer_level = cutpoints.peer_level
                and peers.peer_key = cutpoints.peer_key
        group by peers.customer_id, versions.cutpoint_version
    ),

    expert_cutpoints as (
        select
            rfm_basis,
            {%- for letter, measure in [('r', 'r_days'), ('f', 'f_count'), ('m', 'm_value')] %}
            {%- set measure_last = loop.last %}
            {%- for q in [20, 40, 60, 80] %}
            max(case when measure = '{{ measure }}' then q{{ q }} end) as {{ letter }}{{ q }}
            {{- ',' if not (measure_last and loop.last) }}
            {%- endfor %}
            {%- endfor %}
        from {{ ref('rfm_expert_cutpoint') }}
        group by rfm_basis
    ),

    banded as (
        select
            levels.customer_id,
            levels.cutpoint_version,
            peers.peer_level,
            peers.peer_key,
            cutpoints.peer_count,
            case when levels.peer_level is null then 'expert' else 'cutpoint' end as scoring_basis,
            peers.r_days,
            peers.f_count,
            peers.m_value_amt,
            {%- for letter in ['r', 'f', 'm'] %}
            {%- set measure_last = loop.last %}
            {%- for q in [20, 40, 60, 80] %}
            coalesce(cutpoints.{{ letter }}{{ q }}, expert_cutpoints.{{ letter }}{{ q }}) as {{ letter }}{{ q }}
            {{- ',' if not (measure_last and loop.last) }}
            {%- endfor %}
            {%- endfor %}
        from narrowest_levels as levels
        inner join {{ peers }} as peers
            on
                levels.customer_id = peers.customer_id
                and coalesce(levels.peer_level, 3) = peers.peer_level
        inner join expert_cutpoints
            on
                case peers.peer_key when 'portfolio|pf_m_share' then 'project_finance' else 'standard' end
                = expert_cutpoints.rfm_basis
        left join {{ ref('int_rfm_cutpoint') }} as cutpoints
            on
                levels.cutpoint_version = cutpoints.cutpoint_version
                and levels.peer_level = cutpoints.peer_level
                and peers.peer_key = cutpoints.peer_key
    ),

    scored as (
        select
            customer_id,
            cutpoint_version,
            peer_level,
            peer_key,
            peer_count,
            scoring_basis,
            cast(case when r_days is not null then {{ band_score('r_days', 'r', '<') }} end as integer) as r_score,
            cast(case when f_count is not null then {{ band_score('f_count', 'f', '>') }} end as integer) as f_score,
            cast(case when m_value_amt is not null then {{ band_score('m_value_amt', 'm', '>') }} end as integer)
                as m_score
        from banded
    )

    select
        *,
        -- floor((F + M + 1) / 2) without a division that engines round differently
        cast(floor((f_score + m_score + 1) * 0.5) as integer) as fm_score
    from scored
{%- endmacro %}

{# The segment that is published: gates, then maturity, then the cell of the grid (spec §1.5, §1.6). #}
{% macro published_segment(segment_11) -%}
    cast(
        case
            when gate in ('EXCLUDED', 'WORKOUT') then gate
            when gate = 'WATCH' and {{ segment_11 }} is not null then 'WATCH_' || {{ segment_11 }}
            when maturity_flag = 'prospect' then 'PROSPECT'
            when maturity_flag = 'lapsed' then 'LAPSED'
            when maturity_flag = 'new' or {{ segment_11 }} is null then 'NEW_INSUFFICIENT_HISTORY'
            else {{ segment_11 }}
        end as string
    )
{%- endmacro %}

{#
  Cut points as `lendmart.calibration` loaded them from the evidence, never the only copy: physical tables like
  audit.quarantine, not models. A version has a role for a run (current, prior) or for a proposal (replaced, candidate).
#}
{% macro loaded_cutpoint_versions() -%}
    audit.rfm_cutpoint_version
{%- endmacro %}

{% macro loaded_cutpoints() -%}
    audit.rfm_cutpoint
{%- endmacro %}

{# The family whose customers are peers: project finance with milestones is measured otherwise than without (spec §1.2, §1.9). #}
{% macro peer_family(rfm_basis, product_family) -%}
    case {{ rfm_basis }} when 'project_finance' then 'project_finance_milestone' else {{ product_family }} end
{%- endmacro %}
