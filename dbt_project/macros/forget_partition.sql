{#
  Hook of the models kept by as_of_date: the partition of this run is emptied before it is filled. `delete+insert` alone
  deletes the dates that the new rows have, so an empty result would leave the rows of an earlier run standing.
#}
{% macro forget_partition() -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where as_of_date = {{ as_of_date() }}
    {%- else -%}
        select 1 as nothing_to_forget
    {%- endif -%}
{%- endmacro %}
