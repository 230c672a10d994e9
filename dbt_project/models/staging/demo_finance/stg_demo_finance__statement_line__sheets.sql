{{ demo_finance_sheet('sheets') }}
