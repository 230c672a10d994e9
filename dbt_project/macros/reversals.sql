{#
  What a reversal takes back: the ids (and their owner) that a standing reversal names. A reversal that was itself reversed
  stands for nothing, so what it took back counts again; it is decided from the end of each chain backwards, for chains
  of up to `rounds` + 1 reversals. A reversal of another owner's row takes nothing back.
#}
{% macro reversed_rows(relation, id, reversal_of, owner, rounds=4) -%}
(
    with reversals as (
        select
            reversing.{{ id }} as reversal_id,
            reversing.{{ reversal_of }} as reversed_id,
            reversing.{{ owner }} as owner_id
        from {{ relation }} as reversing
        where reversing.{{ reversal_of }} is not null
    ),

    standing_0 as (
        select
            reversed_id,
            owner_id
        from reversals
        group by reversed_id, owner_id
    ),
    {% for turn in range(1, rounds + 1) %}
    standing_{{ turn }} as (
        select
            reversals.reversed_id,
            reversals.owner_id
        from reversals
        left join standing_{{ turn - 1 }} as taken_back
            on
                reversals.reversal_id = taken_back.reversed_id
                and reversals.owner_id = taken_back.owner_id
        where taken_back.reversed_id is null
        group by reversals.reversed_id, reversals.owner_id
    ){{ ',' if not loop.last }}
    {% endfor %}
    select * from standing_{{ rounds }}
)
{%- endmacro %}
