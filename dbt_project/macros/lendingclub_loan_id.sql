{#
  The id of a loan that has no number: a digest of nine facts of the application, which a later snapshot repeats while
  balances and status move. They tell all 10,000 loans apart; DQ-12 blocks a delivery in which they do not.
  The letter before it keeps sixteen digits from being taken for the number of a bank card.
#}
{% macro lendingclub_loan_id() -%}
    'L' || substring(md5(concat_ws(
            '|',
            coalesce(state, ''),
            coalesce(cast(annual_income as string), ''),
            coalesce(cast(earliest_credit_line as string), ''),
            coalesce(cast(total_credit_limit as string), ''),
            coalesce(cast(total_credit_utilized as string), ''),
            cast(loan_amount as string),
            cast(interest_rate as string),
            cast(term as string),
            cast(issue_month as string)
        )), 1, 16)
{%- endmacro %}
