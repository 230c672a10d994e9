{# The five classes (五级分类) as numbers that can be compared: 0 正常, 1 关注, 2 次级, 3 可疑, 4 损失; null where not classified. #}
{% macro five_tier_rank(five_tier_class) -%}
    case {{ five_tier_class }}
        when '正常' then 0
        when '关注' then 1
        when '次级' then 2
        when '可疑' then 3
        when '损失' then 4
    end
{%- endmacro %}

{#
  The best class that the facts allow (spec §5.1), as five_tier_rank: the worst of all triggers. Facts that are not known
  (null) trigger nothing. `technical_delay` holds for seven days at most; `ecl_ratio` is expected loss over the balance
  and counts for impaired assets only.
#}
{% macro five_tier_floor(dpd, technical_delay, ecl_ratio, impaired, bankrupt='false', evading='false') -%}
    greatest(
        case
            when {{ dpd }} > 360 then 4
            when {{ dpd }} > 270 then 3
            when {{ dpd }} > 90 then 2
            when {{ dpd }} > 7 then 1
            when {{ dpd }} > 0 and not coalesce({{ technical_delay }}, false) then 1
            else 0
        end,
        case when coalesce({{ impaired }}, false) then 2 else 0 end,
        case when coalesce({{ impaired }}, false) and {{ ecl_ratio }} >= 0.9 then 4 else 0 end,
        case when coalesce({{ impaired }}, false) and {{ ecl_ratio }} >= 0.5 then 3 else 0 end,
        case when coalesce({{ bankrupt }}, false) then 4 else 0 end,
        case when coalesce({{ evading }}, false) then 3 else 0 end
    )
{%- endmacro %}

{# The class of a rank. #}
{% macro five_tier_class(rank) -%}
    case {{ rank }}
        when 0 then '正常'
        when 1 then '关注'
        when 2 then '次级'
        when 3 then '可疑'
        when 4 then '损失'
    end
{%- endmacro %}
