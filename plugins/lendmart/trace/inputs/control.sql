-- Who controls the customer, step by step upwards: what the master says and the relations that hold. Persons by the head of
-- their pseudonym.
with recursive claims as (
    select
        to_customer_id as customer_id,
        from_customer_id as controller_id
    from core.fct_customer_relation
    where
        is_current
        and (
            relation_type = 'actual_controller'
            or (relation_type = 'shareholder' and share_pct > 50 and not coalesce(is_cross_holding, false))
        )

    union

    select
        customer_id,
        coalesce(immediate_parent_id, ultimate_parent_id) as controller_id
    from core.dim_customer
    where coalesce(immediate_parent_id, ultimate_parent_id) is not null
),

walked as (
    select
        $customer_id as customer_id,
        0 as step

    union

    select
        claims.controller_id as customer_id,
        walked.step + 1 as step
    from walked
    inner join claims on walked.customer_id = claims.customer_id
    where walked.step < 10
),

reached as (
    select
        walked.customer_id,
        min(walked.step) as step
    from walked
    inner join core.dim_customer as customers on walked.customer_id = customers.customer_id
    where customers.customer_type not in ('personal', 'sole_trader')
    group by walked.customer_id
),

inputs as (
    select
        'Customer master' as item_en,
        '客户主数据' as item_zh,
        customers.customer_id as record_id,
        cast(customers.known_at as date) as record_date,
        '' as amount,
        cast(null as varchar) as unit,
        concat_ws(', ', 'group ' || customers.group_id, 'parent ' || customers.immediate_parent_id) as note,
        customers.source_system,
        customers.batch_id,
        customers.source_row,
        reached.step,
        1 as place
    from reached
    inner join core.dim_customer as customers on reached.customer_id = customers.customer_id

    union all

    select
        'Control over ' || relations.to_customer_id as item_en,
        '控制 ' || relations.to_customer_id as item_zh,
        case
            when holders.customer_type in ('personal', 'sole_trader')
                then substring(pseudonym('customer_id', holders.customer_id), 1, 16)
            else relations.from_customer_id
        end as record_id,
        relations.valid_from_date as record_date,
        coalesce(cast(relations.share_pct as varchar), '') as amount,
        case when relations.share_pct is not null then '%' end as unit,
        relations.relation_type as note,
        relations.source_system,
        relations.batch_id,
        relations.source_row,
        reached.step,
        2 as place
    from reached
    inner join core.fct_customer_relation as relations on reached.customer_id = relations.to_customer_id
    left join core.dim_customer as holders on relations.from_customer_id = holders.customer_id
    where relations.is_current and relations.relation_type in ('actual_controller', 'shareholder')
)

select
    * exclude (step, place),
    step > 0 as is_of_other
from inputs
order by step, place, record_date desc, record_id
