{#
  The two events that the loan table dates itself: the board's approval and the signing of the agreement. Each snapshot
  repeats them, so their id is the loan's and `as_known` keeps the latest word; a snapshot that no longer has the date
  takes the event back (a tombstone, dated to the snapshot). Drawdowns and repayments are differences between snapshots
  and are derived in core, after the knowledge cutoff has been applied.
#}
with source as (
    select * from {{ source('ibrd', 'loans') }}
),

dated as (
    select
        source.*,
        'facility_approval' as event_type,
        board_approval_date as event_date
    from source

    union all

    select
        source.*,
        'agreement_signing' as event_type,
        agreement_signing_date as event_date
    from source
),

final as (
    select
        cast('ibrd:' || loan_number || ':' || event_type as string) as event_id,
        cast('ibrd:' || loan_number as string) as facility_id,
        {{ party_id('ibrd', 'country_code', 'coalesce(borrower, guarantor, country)') }} as customer_id,
        cast(event_type as string) as event_type,
        cast(coalesce(event_date, end_of_period) as date) as event_date,
        cast(null as decimal(20, 2)) as event_amt,
        cast('USD' as string) as currency,
        cast(null as string) as reversal_of_event_id,
        cast(false as boolean) as is_opening,
        {{ lineage('ibrd', is_deleted='event_date is null') }}
    from dated
)

select * from final
