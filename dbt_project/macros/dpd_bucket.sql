{# The bucket of a bucket_rank of int_risk_facility (spec §5.3); null where days past due are not known. #}
{% macro dpd_bucket(rank) -%}
    case {{ rank }}
        when 0 then 'closed_good'
        when 1 then '0'
        when 2 then '1-30'
        when 3 then '31-60'
        when 4 then '61-90'
        when 5 then '91-180'
        when 6 then '181-270'
        when 7 then '271-360'
        when 8 then '>360'
        when 10 then 'written_off'
    end
{%- endmacro %}
