{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
        pre_hook='{{ forget_pairs() }}',
        on_schema_change='fail'
    )
}}
{#
  What has drifted since the earlier date of each pair (spec §11.2): stability indices of score, segments and inputs, with
  what chance alone would give, and changes of shares. The logarithm is the one step in floating point; each bin's term is
  a decimal before the sum.
#}
with pairs as (
    select * from {{ ref('int_baseline_pair') }}
),

bins as (
    select * from {{ ref('int_drift_bin') }}
),

customers as (
    select * from {{ ref('mart_customer_rfm') }}
),

totalled as (
    select
        *,
        sum(baseline_count) over (partition by to_as_of_date, metric, subject) as baseline_total,
        sum(current_count) over (partition by to_as_of_date, metric, subject) as current_total
    from bins
),

shares as (
    select
        *,
        {{ exact_share('baseline_count', 'baseline_total') }} as baseline_share,
        {{ exact_share('current_count', 'current_total') }} as current_share
    from totalled
    where baseline_total > 0 and current_total > 0
),

floored as (
    select
        *,
        greatest(baseline_share, cast({{ var('psi_share_floor') }} as decimal(14, 12))) as expected_share,
        greatest(current_share, cast({{ var('psi_share_floor') }} as decimal(14, 12))) as actual_share
    from shares
),

terms as (
    select
        *,
        cast(
            (actual_share - expected_share)
            * cast(ln(cast(actual_share as double) / cast(expected_share as double)) as decimal(18, 12))
            as decimal(28, 12)
        ) as index_term
    from floored
),

indices as (
    select
        to_as_of_date,
        metric,
        subject,
        max(baseline_total) as baseline_count,
        max(current_total) as current_count,
        count(*) as bin_count,
        sum(index_term) as drift_value
    from terms
    group by to_as_of_date, metric, subject
),

bounded as (
    select
        indices.*,
        {{ exact_ratio(
            '(indices.bin_count - 1) * (indices.baseline_count + indices.current_count)',
            'indices.baseline_count * indices.current_count'
        ) }} as expected_value,
        case
            when indices.bin_count = 1 then cast(0 as decimal(30, 8))
            else {{ exact_ratio(
                'quantiles.quantile_95 * (indices.baseline_count + indices.current_count)',
                'indices.baseline_count * indices.current_count'
            ) }}
        end as chance_bound
    from indices
    left join {{ ref('chi_square_quantile') }} as quantiles
        on indices.bin_count - 1 = quantiles.degrees_of_freedom
),

sides as (
    select
        pairs.to_as_of_date,
        count(*) as customer_count,
        {%- for subject in ['value_score', 'r_days', 'f_count', 'm_value_amt'] %}
            sum(case when customers.{{ subject }} is null then 1 else 0 end) as {{ subject }}_null_count,
        {%- endfor %}
        customers.as_of_date < pairs.to_as_of_date as is_baseline
    from pairs
    inner join customers
        on pairs.from_as_of_date = customers.as_of_date or pairs.to_as_of_date = customers.as_of_date
    group by pairs.to_as_of_date, customers.as_of_date < pairs.to_as_of_date
),

null_shares as (
    {%- for subject in ['value_score', 'r_days', 'f_count', 'm_value_amt'] %}
        select
            baseline.to_as_of_date,
            '{{ subject }}' as subject,
            baseline.customer_count as baseline_count,
            later.customer_count as current_count,
            {{ exact_share('baseline.' ~ subject ~ '_null_count', 'baseline.customer_count') }} as baseline_share,
            {{ exact_share('later.' ~ subject ~ '_null_count', 'later.customer_count') }} as current_share
        from sides as baseline
        inner join sides as later
            on baseline.to_as_of_date = later.to_as_of_date
        where baseline.is_baseline and not later.is_baseline
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

changes as (
    select
        to_as_of_date,
        'null_share_change' as metric,
        subject,
        baseline_count,
        current_count,
        baseline_share,
        current_share
    from null_shares

    union all

    select
        to_as_of_date,
        case when bin = 'WORKOUT' then 'workout_share_change' else 'segment_share_change' end as metric,
        bin as subject,
        baseline_total as baseline_count,
        current_total as current_count,
        baseline_share,
        current_share
    from shares
    where subject = 'segment'
),

measured as (
    select
        to_as_of_date,
        metric,
        subject,
        baseline_count,
        current_count,
        bin_count,
        cast(null as decimal(14, 12)) as baseline_share,
        cast(null as decimal(14, 12)) as current_share,
        drift_value,
        expected_value,
        chance_bound
    from bounded

    union all

    select
        to_as_of_date,
        metric,
        subject,
        baseline_count,
        current_count,
        cast(null as bigint) as bin_count,
        baseline_share,
        current_share,
        current_share - baseline_share as drift_value,
        cast(null as decimal(30, 8)) as expected_value,
        cast(null as decimal(30, 8)) as chance_bound
    from changes
),

versions as (
    select
        pairs.from_as_of_date,
        pairs.to_as_of_date,
        max(customers.config_version) as config_version
    from pairs
    inner join customers
        on pairs.to_as_of_date = customers.as_of_date
    group by pairs.from_as_of_date, pairs.to_as_of_date
),

final as (
    select
        measured.to_as_of_date as as_of_date,
        versions.from_as_of_date as baseline_date,
        cast(measured.metric as string) as metric,
        cast(measured.subject as string) as subject,
        cast(measured.baseline_count as bigint) as baseline_count,
        cast(measured.current_count as bigint) as current_count,
        cast(measured.bin_count as integer) as bin_count,
        cast(measured.baseline_share as decimal(14, 12)) as baseline_share,
        cast(measured.current_share as decimal(14, 12)) as current_share,
        cast(measured.drift_value as decimal(12, 6)) as drift_value,
        cast(measured.expected_value as decimal(12, 6)) as expected_value,
        cast(measured.chance_bound as decimal(12, 6)) as chance_bound,
        measured.drift_value > measured.chance_bound as is_beyond_chance,
        cast(
            case
                when abs(measured.drift_value) > thresholds.red_above then 'red'
                when abs(measured.drift_value) >= thresholds.amber_from then 'amber'
                else 'green'
            end as string
        ) as drift_level,
        versions.config_version
    from measured
    inner join versions
        on measured.to_as_of_date = versions.to_as_of_date
    left join {{ ref('drift_threshold') }} as thresholds
        on measured.metric = thresholds.metric
)

select * from final
