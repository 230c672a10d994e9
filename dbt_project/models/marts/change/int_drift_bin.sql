{#
  Customers by bin before and after, for each subject that is watched (spec §11.2). Bins are fixed at the baseline, the
  earlier date of the pair: ten deciles of the values (a value on an edge is in the lower bin, and equal edges leave empty
  bins between them), or the segments as they are. Values of whoever is not scored are not compared: what is watched are
  the inputs of a score.
#}
{% set subjects = {'value_score': 'psi', 'r_days': 'csi', 'f_count': 'csi', 'm_value_amt': 'csi'} %}
with sides as (
    select
        to_as_of_date,
        from_as_of_date as side_date,
        true as is_baseline
    from {{ ref('int_baseline_pair') }}

    union all

    select
        to_as_of_date,
        to_as_of_date as side_date,
        false as is_baseline
    from {{ ref('int_baseline_pair') }}
),

customers as (
    select
        sides.to_as_of_date,
        sides.is_baseline,
        rfm.segment_code,
        rfm.value_score,
        rfm.r_days,
        rfm.f_count,
        rfm.m_value_amt
    from sides
    inner join {{ ref('mart_customer_rfm') }} as rfm
        on sides.side_date = rfm.as_of_date
),

frequencies as (
    {%- for subject, metric in subjects.items() %}
        select
            to_as_of_date,
            '{{ metric }}' as metric,
            '{{ subject }}' as subject,
            is_baseline,
            cast({{ subject }} as decimal(22, 4)) as subject_value,
            count(*) as customer_count
        from customers
        where value_score is not null and {{ subject }} is not null
        group by to_as_of_date, is_baseline, {{ subject }}
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

cumulated as (
    select
        to_as_of_date,
        subject,
        subject_value,
        sum(customer_count) over (
            partition by to_as_of_date, subject
            order by subject_value
            rows between unbounded preceding and current row
        ) as cumulative_count,
        sum(customer_count) over (partition by to_as_of_date, subject) as total_count
    from frequencies
    where is_baseline
),

edges as (
    select
        to_as_of_date,
        {%- for k in range(1, 10) %}
            min(case when 10 * cumulative_count >= {{ k }} * total_count then subject_value end) as edge_{{ k }},
        {%- endfor %}
        subject
    from cumulated
    group by to_as_of_date, subject
),

deciles as (
    select
        frequencies.to_as_of_date,
        frequencies.metric,
        frequencies.subject,
        frequencies.is_baseline,
        frequencies.customer_count,
        1
        {%- for k in range(1, 10) %}
            + case when frequencies.subject_value > edges.edge_{{ k }} then 1 else 0 end
        {%- endfor %} as decile
    from frequencies
    inner join edges
        on
            frequencies.to_as_of_date = edges.to_as_of_date
            and frequencies.subject = edges.subject
),

binned as (
    select
        to_as_of_date,
        metric,
        subject,
        cast(decile as string) as bin,
        is_baseline,
        customer_count
    from deciles

    union all

    select
        to_as_of_date,
        'psi' as metric,
        'segment' as subject,
        segment_code as bin,
        is_baseline,
        1 as customer_count
    from customers
),

final as (
    select
        to_as_of_date,
        metric,
        subject,
        bin,
        sum(case when is_baseline then customer_count else 0 end) as baseline_count,
        sum(case when is_baseline then 0 else customer_count end) as current_count
    from binned
    group by to_as_of_date, metric, subject, bin
)

select * from final
