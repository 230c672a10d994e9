{#
  What the file dates of each loan: approval, disbursement (one figure, one day: a line that was drawn in parts looks
  drawn at once) and charge-off. A loan without a disbursement date has no drawdown.
#}
with source as (
    select * from {{ source('sba', 'loans') }}
),

dated as (
    select
        source.*,
        'facility_approval' as event_type,
        approval_date as event_date,
        gr_appv as event_amt
    from source

    union all

    select
        source.*,
        'drawdown' as event_type,
        disbursement_date as event_date,
        disbursement_gross as event_amt
    from source
    where disbursement_date is not null

    union all

    select
        source.*,
        'write_off' as event_type,
        chg_off_date as event_date,
        chg_off_prin_gr as event_amt
    from source
    where chg_off_date is not null
),

final as (
    select
        cast('sba:' || loan_nr_chk_dgt || ':' || event_type as string) as event_id,
        cast('sba:' || loan_nr_chk_dgt as string) as facility_id,
        {{ party_id('sba', 'zip', 'name') }} as customer_id,
        cast(event_type as string) as event_type,
        cast(event_date as date) as event_date,
        cast(event_amt as decimal(20, 2)) as event_amt,
        cast('USD' as string) as currency,
        cast(null as string) as reversal_of_event_id,
        cast(false as boolean) as is_opening,
        {{ lineage('sba') }}
    from dated
)

select * from final
