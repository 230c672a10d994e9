{{ demo_finance_sheet('gbk_sheets') }}
