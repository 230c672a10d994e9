{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
        pre_hook='{{ forget_partition() }}',
        on_schema_change='fail'
    )
}}
{% set dimensions = ['R', 'F', 'M', 'P'] %}
{#
  The weights that the pairwise judgements imply, beside those in use (AHP, spec §1.8c): the normalised geometric mean of
  each row of the matrix, and how far the judgements contradict each other. A judgement and its reciprocal are one, so the
  seed states the upper half. Products are of whole numbers and sums of decimals, so that no order of adding matters.
  RI is Saaty's for three and four dimensions.
#}
with judgements as (
    select
        weight_set,
        row_dimension,
        column_dimension,
        numerator,
        denominator
    from {{ ref('rfm_pairwise') }}

    union all

    select
        weight_set,
        column_dimension as row_dimension,
        row_dimension as column_dimension,
        denominator as numerator,
        numerator as denominator
    from {{ ref('rfm_pairwise') }}
),

matrix_rows as (
    select
        weight_set,
        row_dimension as dimension,
        count(*) + 1 as dimension_count,
        {%- for dimension in dimensions %}
            max(case when column_dimension = '{{ dimension }}' then numerator else 1 end){{ ' *' if not loop.last }}
        {%- endfor %} as numerator,
        {%- for dimension in dimensions %}
            max(case when column_dimension = '{{ dimension }}' then denominator else 1 end){{ ' *' if not loop.last }}
        {%- endfor %} as denominator
    from judgements
    group by weight_set, row_dimension
),

means as (
    select
        *,
        cast(
            power(cast(numerator as double) / cast(denominator as double), cast(1 as double) / dimension_count)
            as decimal(18, 12)
        ) as geometric_mean
    from matrix_rows
),

weights as (
    select
        weight_set,
        dimension,
        dimension_count,
        cast(geometric_mean / sum(geometric_mean) over (partition by weight_set) as decimal(18, 12)) as weight
    from means
),

products as (
    select
        judgements.weight_set,
        judgements.row_dimension as dimension,
        sum(
            cast(judgements.numerator * columns_of.weight / judgements.denominator as decimal(18, 12))
        ) as product
    from judgements
    inner join weights as columns_of
        on
            judgements.weight_set = columns_of.weight_set
            and judgements.column_dimension = columns_of.dimension
    group by judgements.weight_set, judgements.row_dimension
),

eigenvalues as (
    select
        weights.*,
        cast(
            sum(cast(1 + products.product / weights.weight as decimal(18, 12))) over (partition by weights.weight_set)
            / weights.dimension_count as decimal(18, 10)
        ) as lambda_max
    from weights
    inner join products
        on
            weights.weight_set = products.weight_set
            and weights.dimension = products.dimension
),

judged as (
    select
        *,
        cast((lambda_max - dimension_count) / (dimension_count - 1) as decimal(18, 10)) as consistency_index,
        cast(case dimension_count when 3 then 0.58 when 4 then 0.90 end as decimal(4, 2)) as random_index
    from eigenvalues
),

final as (
    select
        {{ as_of_date() }} as as_of_date,
        judged.weight_set,
        judged.dimension,
        cast(judged.dimension_count as integer) as dimension_count,
        cast(judged.weight as decimal(8, 6)) as ahp_weight,
        cast(
            case judged.dimension
                when 'R' then in_use.r_weight
                when 'F' then in_use.f_weight
                when 'M' then in_use.m_weight
                when 'P' then in_use.p_weight
            end as decimal(8, 6)
        ) as weight_in_use,
        cast(judged.lambda_max as decimal(8, 6)) as lambda_max,
        cast(judged.consistency_index as decimal(8, 6)) as consistency_index,
        judged.random_index,
        cast(judged.consistency_index / judged.random_index as decimal(8, 6)) as consistency_ratio,
        cast('{{ var("config_version") }}' as string) as config_version
    from judged
    left join {{ ref('rfm_weight') }} as in_use
        on judged.weight_set = in_use.weight_set
)

select * from final
