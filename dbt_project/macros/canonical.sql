{#
  The canonical columns of each entity, in order: our data standard (domain_spec §2; AnaCredit terms where they exist).
  Staging models yield exactly these plus the lineage columns; history stores them; core reads them.
#}
{% macro canonical_columns(entity) %}
    {%- set money = 'decimal(20, 2)' -%}
    {%- set entities = {
        'customer': [
            ('customer_id', 'string'), ('customer_type', 'string'), ('legal_name', 'string'),
            ('name_basis', 'string'), ('id_type', 'string'), ('id_hash', 'string'), ('id_valid', 'boolean'),
            ('uscc', 'string'), ('industry_code', 'string'), ('enterprise_size', 'string'),
            ('employees', 'integer'), ('country_code', 'string'), ('region_code', 'string'),
            ('registration_date', 'date'), ('relationship_start_date', 'date'), ('group_id', 'string'),
        ],
        'facility': [
            ('facility_id', 'string'), ('customer_id', 'string'), ('reporting_date', 'date'),
            ('instrument_type', 'string'), ('product_family', 'string'), ('facility_status', 'string'),
            ('project_id', 'string'), ('project_name', 'string'), ('approval_date', 'date'),
            ('signing_date', 'date'), ('inception_date', 'date'), ('settlement_date', 'date'),
            ('first_repayment_date', 'date'), ('maturity_date', 'date'), ('closed_date', 'date'),
            ('last_disbursement_date', 'date'), ('currency', 'string'), ('commitment_amt', money),
            ('cancelled_amt', money), ('off_balance_amt', money), ('disbursed_cum_amt', money),
            ('repaid_cum_amt', money), ('sold_cum_amt', money), ('outstanding_amt', money),
            ('arrears_amt', money), ('writeoffs_cum_amt', money), ('interest_rate', 'decimal(12, 8)'),
            ('five_tier_class', 'string'), ('ifrs9_stage', 'integer'), ('is_default', 'boolean'),
            ('event_basis', 'string'),
        ],
        'credit_event': [
            ('event_id', 'string'), ('facility_id', 'string'), ('customer_id', 'string'),
            ('event_type', 'string'), ('event_date', 'date'), ('event_amt', money), ('currency', 'string'),
            ('reversal_of_event_id', 'string'), ('is_opening', 'boolean'),
        ],
        'statement': [
            ('statement_id', 'string'), ('customer_id', 'string'), ('gaap', 'string'), ('scope', 'string'),
            ('period_type', 'string'), ('period_start_date', 'date'), ('period_end_date', 'date'),
            ('fiscal_year', 'integer'), ('is_cumulative', 'boolean'), ('currency', 'string'),
            ('unit_multiplier', 'bigint'), ('is_audited', 'boolean'), ('audit_opinion', 'string'),
            ('statement_version', 'integer'), ('published_date', 'date'), ('source_reference', 'string'),
        ],
        'statement_line': [
            ('statement_id', 'string'), ('item_code', 'string'), ('source_label', 'string'),
            ('period_end_date', 'date'), ('period_months', 'integer'), ('line_amt', 'decimal(38, 4)'),
            ('currency', 'string'),
        ],
    } -%}
    {%- set columns = [] -%}
    {%- for name, type in entities[entity] -%}
        {%- do columns.append({'name': name, 'type': type}) -%}
    {%- endfor -%}
    {{ return(columns) }}
{% endmacro %}

{% macro lineage_columns() %}
    {{ return([
        {'name': 'source_system', 'type': 'string'},
        {'name': 'batch_id', 'type': 'string'},
        {'name': 'source_row', 'type': 'bigint'},
        {'name': 'business_date', 'type': 'date'},
        {'name': 'known_at', 'type': 'timestamp'},
        {'name': 'version_no', 'type': 'integer'},
        {'name': 'is_deleted', 'type': 'boolean'},
    ]) }}
{% endmacro %}
