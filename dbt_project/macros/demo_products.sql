{# Product codes of the demo bank's core system; an unknown code is passed on for DQ-21 to find. #}
{% macro demo_instrument_type(product_code) -%}
    case {{ product_code }}
            when 'RT01' then 'revolving credit'
            when 'RT02' then 'bill_discount'
            when 'RT03' then 'trade receivables'
            when 'RT04' then 'guarantee'
            when 'RT05' then 'bank_acceptance'
            when 'RT06' then 'lc'
            when 'RB01' then 'revolving credit'
            when 'TC01' then 'other loans'
            when 'PF01' then 'other loans'
            when 'RB02' then 'other loans'
            else {{ product_code }}
        end
{%- endmacro %}

{% macro demo_product_family(product_code) -%}
    case
            when {{ product_code }} like 'RT%' then 'revolving_trade'
            when {{ product_code }} like 'TC%' then 'term_corporate'
            when {{ product_code }} like 'PF%' then 'project_finance'
            when {{ product_code }} like 'RB%' then 'retail_business'
            else {{ product_code }}
        end
{%- endmacro %}

{# Account of the general ledger that a product is booked on, by branch; null for what is off balance. #}
{% macro demo_gl_account(product_code, branch_no) -%}
    'demo:' || case {{ product_code }}
            when 'RT01' then '130301'
            when 'RT02' then '130101'
            when 'RT03' then '130302'
            when 'TC01' then '130303'
            when 'PF01' then '130304'
            when 'RB01' then '130305'
            when 'RB02' then '130306'
        end || {{ branch_no }}
{%- endmacro %}
