{#
  The canonical columns of each entity, in order: our data standard (domain_spec §2; AnaCredit terms where they exist).
  Staging models yield exactly these plus the lineage columns; history stores them; core reads them.
#}
{% macro canonical_columns(entity) %}
    {%- set money = 'decimal(20, 2)' -%}
    {%- set entities = {
        'customer': [
            ('customer_id', 'varchar'), ('customer_type', 'varchar'), ('legal_name', 'varchar'),
            ('name_basis', 'varchar'), ('id_type', 'varchar'), ('id_hash', 'varchar'), ('id_valid', 'boolean'),
            ('uscc', 'varchar'), ('industry_code', 'varchar'), ('enterprise_size', 'varchar'),
            ('employees', 'integer'), ('country_code', 'varchar'), ('region_code', 'varchar'),
            ('registration_date', 'date'), ('relationship_start_date', 'date'), ('group_id', 'varchar'),
        ],
        'facility': [
            ('facility_id', 'varchar'), ('customer_id', 'varchar'), ('reporting_date', 'date'),
            ('instrument_type', 'varchar'), ('product_family', 'varchar'), ('facility_status', 'varchar'),
            ('project_id', 'varchar'), ('project_name', 'varchar'), ('approval_date', 'date'),
            ('signing_date', 'date'), ('inception_date', 'date'), ('settlement_date', 'date'),
            ('first_repayment_date', 'date'), ('maturity_date', 'date'), ('closed_date', 'date'),
            ('last_disbursement_date', 'date'), ('currency', 'varchar'), ('commitment_amt', money),
            ('cancelled_amt', money), ('off_balance_amt', money), ('disbursed_cum_amt', money),
            ('repaid_cum_amt', money), ('sold_cum_amt', money), ('outstanding_amt', money),
            ('arrears_amt', money), ('writeoffs_cum_amt', money), ('interest_rate', 'decimal(12, 8)'),
            ('five_tier_class', 'varchar'), ('ifrs9_stage', 'integer'), ('is_default', 'boolean'),
            ('event_basis', 'varchar'),
        ],
        'credit_event': [
            ('event_id', 'varchar'), ('facility_id', 'varchar'), ('customer_id', 'varchar'),
            ('event_type', 'varchar'), ('event_date', 'date'), ('event_amt', money), ('currency', 'varchar'),
            ('reversal_of_event_id', 'varchar'), ('is_opening', 'boolean'),
        ],
        'statement': [
            ('statement_id', 'varchar'), ('customer_id', 'varchar'), ('gaap', 'varchar'), ('scope', 'varchar'),
            ('period_type', 'varchar'), ('period_start_date', 'date'), ('period_end_date', 'date'),
            ('fiscal_year', 'integer'), ('is_cumulative', 'boolean'), ('currency', 'varchar'),
            ('unit_multiplier', 'bigint'), ('is_audited', 'boolean'), ('audit_opinion', 'varchar'),
            ('statement_version', 'integer'), ('published_date', 'date'), ('source_reference', 'varchar'),
        ],
        'statement_line': [
            ('statement_id', 'varchar'), ('item_code', 'varchar'), ('source_label', 'varchar'),
            ('period_end_date', 'date'), ('period_months', 'integer'), ('line_amt', 'decimal(38, 4)'),
            ('currency', 'varchar'),
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
        {'name': 'source_system', 'type': 'varchar'},
        {'name': 'batch_id', 'type': 'varchar'},
        {'name': 'source_row', 'type': 'bigint'},
        {'name': 'business_date', 'type': 'date'},
        {'name': 'known_at', 'type': 'timestamp'},
        {'name': 'version_no', 'type': 'integer'},
        {'name': 'is_deleted', 'type': 'boolean'},
    ]) }}
{% endmacro %}
