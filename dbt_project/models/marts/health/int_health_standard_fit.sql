{{ config(materialized='table') }}
{#
  Standard values (标准值) fitted on the firms of this as_of_date (spec §3.6): for each indicator the values that 90, 70, 50,
  30 and 10 % of the peers do not exceed when they are put from worst to best, by section and size, by section, and over
  all; of groups with at least `health_peer_minimum` values. s90 is 优秀, s10 较差. Also P1 and P99, the bounds of
  winsorising. Discrete quantiles: the ceil(q n / 100)-th value, in whole numbers. Stale statements set no standard.

  Values are oriented: more is better, so those of a ratio whose lower values are better are negative.
#}
with current_values as (
    select * from {{ ref('int_health_indicator') }}
    where ratio_status = 'ok'
),

members as (
    select
        ratio_id,
        customer_id,
        oriented_value,
        0 as peer_level,
        industry_section || '|' || enterprise_size as peer_key
    from current_values
    where industry_section is not null and enterprise_size is not null

    union all

    select
        ratio_id,
        customer_id,
        oriented_value,
        1 as peer_level,
        industry_section as peer_key
    from current_values
    where industry_section is not null

    union all

    select
        ratio_id,
        customer_id,
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
),

final as (
    select
        ratio_id,
        cast(peer_level as integer) as peer_level,
        cast(peer_key as string) as peer_key,
        {%- for q in [1, 10, 30, 50, 70, 90, 99] %}
            max(
                case
                    when 100 * place >= {{ q }} * peer_count and 100 * (place - 1) < {{ q }} * peer_count
                        then oriented_value
                end
            ) as s{{ '%02d' % q }},
        {%- endfor %}
        cast(peer_count as integer) as peer_count
    from ranked
    where peer_count >= {{ var('health_peer_minimum') }}
    group by ratio_id, peer_level, peer_key, peer_count
)

select * from final
