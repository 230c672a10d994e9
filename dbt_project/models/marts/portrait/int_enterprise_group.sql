{#
  Who belongs together (集团): the group that the master names, else everybody under one ultimate controller. One step
  up is the actual controller, else the parent of the master, else the holder of more than half of the shares; of
  several the smallest id. Persons who control link their companies and are no members themselves, so that no sum of a
  group shows what one person owes.

  Ten steps up are followed. Who never arrives is in a circle, or under one; the smallest id of the circle then stands
  for its top (`control_status`: cycle).
#}
{%- set steps = 10 %}
{%- set reached_ids = [] %}
{%- set step_ids = ['step_1.reached_id'] %}
{%- for step in range(1, steps + 1) %}
    {%- do reached_ids.append('reached_' ~ step ~ '_id') %}
{%- endfor %}
with customers as (
    select
        customer_id,
        customer_type,
        group_id,
        immediate_parent_id,
        ultimate_parent_id
    from {{ ref('dim_customer') }}
),

claims as (
    select
        to_customer_id as customer_id,
        from_customer_id as controller_id,
        1 as precedence,
        cast(0 as decimal(9, 6)) as share_pct
    from {{ ref('fct_customer_relation') }}
    where relation_type = 'actual_controller' and is_current

    union all

    select
        customer_id,
        coalesce(immediate_parent_id, ultimate_parent_id) as controller_id,
        2 as precedence,
        cast(0 as decimal(9, 6)) as share_pct
    from customers
    where coalesce(immediate_parent_id, ultimate_parent_id) is not null

    union all

    select
        to_customer_id as customer_id,
        from_customer_id as controller_id,
        3 as precedence,
        share_pct
    from {{ ref('fct_customer_relation') }}
    where relation_type = 'shareholder' and is_current and share_pct > 50 and not coalesce(is_cross_holding, false)
),

controls as (
    select
        customer_id,
        controller_id,
        row_number() over (
            partition by customer_id order by precedence asc, share_pct desc, controller_id asc
        ) as preference
    from claims
    where controller_id <> customer_id
),

-- Everybody's next one up; whoever has none stays where he is.
steps_up as (
    select
        customers.customer_id,
        coalesce(controls.controller_id, customers.customer_id) as reached_id
    from customers
    left join controls
        on
            customers.customer_id = controls.customer_id
            and controls.preference = 1
),

paths as (
    select
        {%- for step in range(2, steps + 2) %}
            {%- do step_ids.insert(0, 'step_' ~ step ~ '.reached_id') %}
            coalesce({{ step_ids | join(', ') }}) as reached_{{ step }}_id,
        {%- endfor %}
        step_1.customer_id,
        step_1.reached_id as reached_1_id
    from steps_up as step_1
    {% for step in range(2, steps + 2) -%}
        left join steps_up as step_{{ step }}
            on step_{{ step - 1 }}.reached_id = step_{{ step }}.customer_id
    {% endfor -%}
),

walked as (
    select
        customer_id,
        reached_{{ steps }}_id as top_id,
        reached_{{ steps + 1 }}_id <> reached_{{ steps }}_id as is_circular,
        least({{ reached_ids | join(', ') }}) as lowest_id
    from paths
),

rooted as (
    select
        walked.customer_id,
        walked.is_circular,
        case when walked.is_circular then tops.lowest_id else walked.top_id end as root_id
    from walked
    left join walked as tops
        on walked.top_id = tops.customer_id
),

related as (
    select
        rooted.customer_id,
        rooted.root_id,
        rooted.is_circular,
        customers.group_id as reported_group_id,
        customers.customer_type not in ('personal', 'sole_trader') as is_enterprise,
        min(customers.group_id) over (partition by rooted.root_id) as related_group_id,
        sum(case when customers.customer_type in ('personal', 'sole_trader') then 0 else 1 end)
            over (partition by rooted.root_id) as related_count
    from rooted
    inner join customers
        on rooted.customer_id = customers.customer_id
),

final as (
    select
        customer_id,
        cast(
            coalesce(
                reported_group_id, related_group_id, case when related_count >= 2 then 'control:' || root_id end
            ) as string
        ) as group_id,
        cast(
            case
                when reported_group_id is not null then 'reported'
                when related_group_id is not null or related_count >= 2 then 'control'
                else 'none'
            end as string
        ) as group_basis,
        cast(case when root_id <> customer_id then root_id end as string) as ultimate_controller_id,
        cast(
            case
                when is_circular then 'cycle'
                when root_id <> customer_id then 'ok'
                else 'no_controller'
            end as string
        ) as control_status
    from related
    where is_enterprise
)

select * from final
