{#
  An amount in the base currency: to cents, halves away from zero. Null without a rate, which CUR-01 and CUR-02 block. The rate has 9 digits
  before the point, so that the product fits 38 digits on every engine. Most amounts are in that currency already: a product of
  38 digits and its rounding cost more than all else that is done with them, so these are left as they are.
#}
{% macro base_amount(amount, fx_rate) -%}
    case
            when {{ fx_rate }} = 1 then cast({{ amount }} as decimal(20, 2))
            else cast({{ amount }} * {{ fx_rate }} as decimal(20, 2))
        end
{%- endmacro %}

{# The rate of a row at as_of_date, 1 in the base currency; `rates` is int_fx_rate joined on currency and that day. #}
{% macro as_of_fx_rate(currency, rates='fx_rates') -%}
    case
            when {{ currency }} = '{{ var("base_currency") }}' then cast(1 as decimal(17, 8))
            else {{ rates }}.rate
        end
{%- endmacro %}
