{#
  How the indicators of the financial-health score are oriented, and how its standard values (标准值) are fitted and loaded (spec
  §3.6, §11.4): the line and `lendmart calibrate` share what stands here and in health_score.sql, so that what a proposal
  shows is what a run will do. Each macro is a query; its arguments are names of relations.
#}

{#
  `oriented_value` is what is compared: within ±100 million, not above the plateau of the ratio, and negated where lower
  is better, so that more is always better. `mark` is what a status without a number is worth, as a share of the weight
  (spec §3.1); null where the indicator is scored by its value or not at all.
#}
{% macro oriented_indicators(indicators) -%}
    with compared as (
        select
            *,
            case
                when ratio_value > coalesce(plateau, 100000000) then coalesce(plateau, 100000000)
                when ratio_value < -100000000 then -100000000
                else ratio_value
            end as bounded_value
        from {{ indicators }}
    )

    select
        customer_id,
        industry_section,
        enterprise_size,
        ratio_id,
        block,
        weight,
        better,
        cast(ratio_value as decimal(30, 8)) as ratio_value,
        cast(ratio_status as string) as ratio_status,
        cast(direction as string) as direction,
        cast(case when better = 'low' then -bounded_value else bounded_value end as decimal(20, 8)) as oriented_value,
        cast(
            case
                when ratio_status = 'zero_den_good' then 1
                when ratio_status in ('zero_den_bad', 'neg_den') then 0
                when ratio_status = 'neg_base' and direction = 'turned_profit' then 0.6
                when ratio_status = 'neg_base' and direction = 'narrower_loss' then 0.4
                when ratio_status = 'neg_base' then 0
            end as decimal(2, 1)
        ) as mark
    from compared
{%- endmacro %}

{#
  For each indicator the values that 90, 70, 50, 30 and 10 % of the peers do not exceed when they are put from worst to
  best, by section and size, by section, and over all; of groups with at least `health_peer_minimum` values. s90 is 优秀,
  s10 较差. Also P1 and P99, the bounds of winsorising. Discrete quantiles: the ceil(q n / 100)-th value, in whole numbers.
  Stale statements set no standard. The result is as people write it: where lower is better, s90 is the least.
#}
{% macro fitted_standards(indicators) -%}
    with current_values as (
        select * from {{ indicators }}
        where ratio_status = 'ok'
    ),

    members as (
        select
            ratio_id,
            customer_id,
            better,
            oriented_value,
            0 as peer_level,
            industry_section || '|' || enterprise_size as peer_key
        from current_values
        where industry_section is not null and enterprise_size is not null

        union all

        select
            ratio_id,
            customer_id,
            better,
            oriented_value,
            1 as peer_level,
            industry_section as peer_key
        from current_values
        where industry_section is not null

        union all

        select
            ratio_id,
            customer_id,
            better,
            oriented_value,
            2 as peer_level,
            'all' as peer_key
        from current_values
    ),

    ranked as (
        select
            *,
            row_number() over (
                partition by ratio_id, peer_level, peer_key
                order by oriented_value asc, customer_id asc
            ) as place,
            count(*) over (partition by ratio_id, peer_level, peer_key) as peer_count
        from members
    )

    select
        ratio_id,
        cast(peer_level as integer) as peer_level,
        cast(peer_key as string) as peer_key,
        {%- for q in [1, 10, 30, 50, 70, 90, 99] %}
        cast(
            max(
                case
                    when 100 * place >= {{ q }} * peer_count and 100 * (place - 1) < {{ q }} * peer_count
                        then case when better = 'low' then -oriented_value else oriented_value end
                end
            ) as decimal(20, 8)
        ) as s{{ '%02d' % q }},
        {%- endfor %}
        cast(peer_count as integer) as peer_count
    from ranked
    where peer_count >= {{ var('health_peer_minimum') }}
    group by ratio_id, peer_level, peer_key, peer_count
{%- endmacro %}

{#
  The standard values of the version that has a role, oriented like the indicators: `current` is in force at as_of_date; a
  proposal has `replaced` and `candidate`.
#}
{% macro standards_of(role) -%}
    select
        standards.ratio_id,
        standards.peer_level,
        standards.peer_key,
        versions.standard_version,
        cast(case versions.kind when 'licensed' then 'licensed' else 'fitted' end as string) as standard_source,
        {%- for q in ['01', '10', '30', '50', '70', '90', '99'] %}
        cast(case when catalogue.better = 'low' then -standards.s{{ q }} else standards.s{{ q }} end as decimal(20, 8))
            as s{{ q }},
        {%- endfor %}
        standards.peer_count
    from {{ loaded_standard_versions() }} as versions
    inner join {{ loaded_standards() }} as standards
        on versions.standard_version = standards.standard_version
    inner join {{ ref('financial_ratio') }} as catalogue
        on standards.ratio_id = catalogue.ratio_id
    where versions.standard_role = '{{ role }}'
{%- endmacro %}

{#
  Standard values as `lendmart.calibration` loaded them from the evidence, never the only copy: physical tables like
  audit.quarantine, not models.
#}
{% macro loaded_standard_versions() -%}
    audit.health_standard_version
{%- endmacro %}

{% macro loaded_standards() -%}
    audit.health_standard_value
{%- endmacro %}
