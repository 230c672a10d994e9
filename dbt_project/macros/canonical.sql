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
            ('lei', 'string'), ('lei_valid', 'boolean'), ('legal_form', 'string'), ('ownership_type', 'string'),
            ('is_listed', 'boolean'), ('stock_code', 'string'), ('registered_capital_amt', money),
            ('paid_in_capital_amt', money), ('annual_turnover_amt', money), ('balance_sheet_total_amt', money),
            ('immediate_parent_id', 'string'), ('ultimate_parent_id', 'string'), ('birth_year', 'integer'),
            ('mobile_hash', 'string'), ('mobile_valid', 'boolean'), ('legal_proceedings_status', 'string'),
            ('legal_proceedings_date', 'date'), ('kyc_risk_level', 'string'), ('kyc_review_due_date', 'date'),
            ('rm_employee_id', 'string'),
        ],
        'customer_relation': [
            ('from_customer_id', 'string'), ('to_customer_id', 'string'), ('relation_type', 'string'),
            ('valid_from_date', 'date'), ('valid_to_date', 'date'), ('share_pct', 'decimal(9, 6)'),
            ('is_cross_holding', 'boolean'),
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
            ('event_basis', 'string'), ('gl_account', 'string'), ('availability_end_date', 'date'),
        ],
        'instrument': [
            ('instrument_id', 'string'), ('facility_id', 'string'), ('customer_id', 'string'),
            ('reporting_date', 'date'), ('instrument_type', 'string'), ('product_family', 'string'),
            ('instrument_status', 'string'), ('purpose', 'string'), ('is_project_finance', 'boolean'),
            ('inception_date', 'date'), ('settlement_date', 'date'), ('maturity_date', 'date'),
            ('closed_date', 'date'), ('currency', 'string'), ('commitment_amt', money), ('outstanding_amt', money),
            ('off_balance_amt', money), ('accrued_interest_amt', money), ('arrears_amt', money),
            ('arrears_principal_amt', money), ('past_due_date', 'date'), ('source_dpd_days', 'integer'),
            ('capitalised_interest_cum_amt', money), ('interest_rate', 'decimal(12, 8)'),
            ('interest_rate_type', 'string'), ('reference_rate', 'string'), ('amortisation_type', 'string'),
            ('payment_frequency', 'string'), ('recourse', 'string'), ('default_status', 'string'),
            ('default_status_date', 'date'), ('forbearance_status', 'string'), ('forbearance_date', 'date'),
            ('five_tier_class', 'string'), ('is_technical_delay', 'boolean'), ('ifrs9_stage', 'integer'),
            ('stage_rebuttal_ref', 'string'), ('accumulated_impairment_amt', money), ('carrying_amt', money),
            ('writeoffs_cum_amt', money), ('recoveries_cum_amt', money), ('guarantee_mode', 'string'),
            ('pd_12m', 'decimal(9, 8)'), ('lgd', 'decimal(9, 8)'), ('disbursed_cum_amt', money),
        ],
        'instalment': [
            ('instrument_id', 'string'), ('schedule_version', 'integer'), ('instalment_no', 'integer'),
            ('due_date', 'date'), ('principal_due_amt', money), ('interest_due_amt', money), ('fee_due_amt', money),
            ('currency', 'string'),
        ],
        'payment': [
            ('payment_id', 'string'), ('instrument_id', 'string'), ('value_date', 'date'), ('booking_date', 'date'),
            ('payment_amt', money), ('principal_amt', money), ('interest_amt', money), ('fee_amt', money),
            ('penalty_amt', money), ('currency', 'string'), ('channel', 'string'), ('channel_reference', 'string'),
            ('is_prepayment', 'boolean'), ('is_duplicate_flagged', 'boolean'), ('reversal_of_payment_id', 'string'),
        ],
        'protection': [
            ('protection_id', 'string'), ('reporting_date', 'date'), ('protection_type', 'string'),
            ('protection_amt', money), ('value_type', 'string'), ('valuation_date', 'date'),
            ('original_amt', money), ('maturity_date', 'date'), ('provider_id', 'string'), ('region_code', 'string'),
            ('currency', 'string'),
        ],
        'instrument_protection': [
            ('instrument_id', 'string'), ('protection_id', 'string'), ('reporting_date', 'date'),
            ('allocated_amt', money), ('third_party_claims_amt', money), ('currency', 'string'),
        ],
        'gl_balance': [
            ('gl_account', 'string'), ('reporting_date', 'date'), ('balance_amt', money), ('currency', 'string'),
        ],
        'project': [
            ('project_id', 'string'), ('customer_id', 'string'), ('project_name', 'string'),
            ('country_code', 'string'), ('region_name', 'string'), ('sector', 'string'), ('project_status', 'string'),
            ('approval_date', 'date'), ('construction_start_date', 'date'), ('planned_cod_date', 'date'),
            ('actual_cod_date', 'date'), ('concession_end_date', 'date'), ('closing_date', 'date'),
            ('offtake_type', 'string'), ('currency', 'string'), ('total_cost_amt', money), ('equity_amt', money),
            ('lender_commitment_amt', money), ('dscr_lockup', 'decimal(9, 4)'), ('dscr_default', 'decimal(9, 4)'),
            ('llcr_min', 'decimal(9, 4)'), ('dsra_required_months', 'integer'),
        ],
        'project_cashflow': [
            ('project_id', 'string'), ('scenario', 'string'), ('period_end_date', 'date'),
            ('forecast_version', 'integer'), ('cfads_amt', money), ('debt_service_principal_amt', money),
            ('debt_service_interest_amt', money), ('currency', 'string'),
        ],
        'project_milestone': [
            ('project_id', 'string'), ('milestone_no', 'integer'), ('milestone_kind', 'string'),
            ('planned_date', 'date'), ('certified_date', 'date'), ('actual_date', 'date'),
            ('planned_amt', money), ('actual_amt', money), ('reported_dscr', 'decimal(9, 4)'),
            ('currency', 'string'),
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
            ('supersedes_statement_id', 'string'), ('received_date', 'date'),
        ],
        'statement_line': [
            ('statement_id', 'string'), ('item_code', 'string'), ('source_label', 'string'),
            ('period_end_date', 'date'), ('period_months', 'integer'), ('line_amt', 'decimal(38, 4)'),
            ('currency', 'string'), ('statement_part', 'string'),
        ],
        'statement_evidence': [
            ('customer_id', 'string'), ('period_end_date', 'date'), ('evidence_type', 'string'),
            ('evidence_amt', money), ('currency', 'string'),
        ],
        'bureau_report': [
            ('report_id', 'string'), ('customer_id', 'string'), ('report_date', 'date'), ('purpose', 'string'),
            ('authorisation_id', 'string'), ('bureau', 'string'),
        ],
        'bureau_account': [
            ('report_id', 'string'), ('account_no', 'integer'), ('institution_hash', 'string'),
            ('own_facility_id', 'string'), ('account_type', 'string'), ('open_date', 'date'),
            ('close_date', 'date'), ('credit_limit_amt', money), ('balance_amt', money),
            ('five_tier_class', 'string'), ('months_overdue', 'integer'), ('max_overdue_24m', 'integer'),
            ('overdue_amt', money), ('repayment_string_24m', 'string'), ('guarantee_liability_amt', money),
            ('currency', 'string'),
        ],
        'bureau_public_record': [
            ('report_id', 'string'), ('record_no', 'integer'), ('record_type', 'string'), ('event_date', 'date'),
            ('end_date', 'date'), ('record_amt', money), ('currency', 'string'),
        ],
        'bureau_inquiry': [
            ('report_id', 'string'), ('inquiry_no', 'integer'), ('inquiry_date', 'date'),
            ('institution_type', 'string'), ('reason', 'string'),
        ],
        'bureau_summary': [
            ('customer_id', 'string'), ('summary_date', 'date'), ('debt_to_income_pct', 'decimal(9, 4)'),
            ('home_ownership', 'string'), ('employment_months', 'integer'), ('delinquencies_24m', 'integer'),
            ('months_since_delinquency', 'integer'), ('inquiries_12m', 'integer'), ('accounts_total', 'integer'),
            ('accounts_open', 'integer'), ('accounts_30dpd', 'integer'), ('accounts_120dpd', 'integer'),
            ('credit_limit_amt', money), ('utilised_amt', money), ('collections_12m', 'integer'),
            ('public_records', 'integer'), ('tax_liens', 'integer'), ('first_credit_date', 'date'),
            ('currency', 'string'),
        ],
        'personal_income': [
            ('customer_id', 'string'), ('income_type', 'string'), ('period_end_date', 'date'),
            ('period_months', 'integer'), ('income_amt', money), ('verification', 'string'), ('currency', 'string'),
        ],
        'personal_asset': [
            ('customer_id', 'string'), ('asset_no', 'integer'), ('asset_type', 'string'),
            ('valuation_date', 'date'), ('asset_amt', money), ('encumbered_amt', money),
            ('ownership_share', 'decimal(9, 6)'), ('verification', 'string'), ('currency', 'string'),
        ],
        'consent': [
            ('consent_id', 'string'), ('customer_id', 'string'), ('purpose', 'string'), ('channel', 'string'),
            ('consent_status', 'string'), ('granted_at', 'timestamp'), ('withdrawn_at', 'timestamp'),
            ('expires_at', 'timestamp'), ('evidence_ref', 'string'), ('is_separate_consent', 'boolean'),
        ],
        'contact_event': [
            ('contact_id', 'string'), ('customer_id', 'string'), ('channel', 'string'), ('template_id', 'string'),
            ('purpose', 'string'), ('scheduled_at', 'timestamp'), ('sent_at', 'timestamp'), ('outcome', 'string'),
            ('suppressed_reason', 'string'), ('instrument_id', 'string'), ('instalment_no', 'integer'),
        ],
        'channel_suppression': [
            ('customer_id', 'string'), ('channel', 'string'), ('reason', 'string'), ('from_date', 'date'),
            ('to_date', 'date'),
        ],
        'screening_hit': [
            ('hit_id', 'string'), ('customer_id', 'string'), ('list_type', 'string'), ('list_name', 'string'),
            ('hit_date', 'date'), ('decision', 'string'), ('decision_date', 'date'), ('valid_to_date', 'date'),
        ],
        'industry_index': [
            ('industry_code', 'string'), ('index_name', 'string'), ('period_end_date', 'date'),
            ('index_value', 'decimal(20, 6)'), ('index_source', 'string'), ('licence', 'string'),
        ],
        'fx_rate': [
            ('currency', 'string'), ('quote_currency', 'string'), ('rate_date', 'date'),
            ('rate', 'decimal(20, 8)'),
        ],
        'policy_rate': [
            ('rate_name', 'string'), ('rate_date', 'date'), ('rate', 'decimal(12, 8)'),
        ],
        'holiday': [
            ('country_code', 'string'), ('calendar_date', 'date'), ('is_business_day', 'boolean'),
            ('holiday_name', 'string'),
        ],
    } -%}
    {%- set columns = [] -%}
    {%- for name, type in entities[entity] -%}
        {%- do columns.append({'name': name, 'type': type}) -%}
    {%- endfor -%}
    {{ return(columns) }}
{% endmacro %}

{# Columns of an entity that a source does not report: `cast(null as …) as …,` for each, before the lineage columns. #}
{% macro not_reported(entity, names) -%}
    {%- set types = {} -%}
    {%- for column in canonical_columns(entity) -%}
        {%- do types.update({column.name: column.type}) -%}
    {%- endfor -%}
    {%- for name in names -%}
        cast(null as {{ types[name] }}) as {{ name }},
        {% endfor -%}
{%- endmacro %}

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
