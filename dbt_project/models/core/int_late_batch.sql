{#
  Which batches that became known after the date was told as it was touch which customer, through the rows that the marts
  are made of: its own rows, and those of its facilities and instruments. Empty unless the run is a restatement.

  How a batch touches a customer: `late_delivery` and `correction` have a row of it; `omission` is a delivery that
  leaves out what an earlier one for the same date had.
#}
with facilities as (
    select
        facility_id,
        customer_id
    from {{ known_rows('facility') }} as facility
    where {{ is_restatement() }}
    group by facility_id, customer_id
),

instruments as (
    select
        instrument.instrument_id,
        coalesce(instrument.customer_id, facilities.customer_id) as customer_id
    from {{ known_rows('instrument') }} as instrument
    left join facilities
        on instrument.facility_id = facilities.facility_id
    where {{ is_restatement() }}
    group by instrument.instrument_id, coalesce(instrument.customer_id, facilities.customer_id)
),

touches as (
    {{ late_touches('instruments') }}
),

customer_batches as (
    select
        customer_id,
        source_system,
        cause_batch_id,
        min(is_omission) as is_omission
    from touches
    where customer_id is not null
    group by customer_id, source_system, cause_batch_id
),

final as (
    select
        customer_batches.customer_id,
        batches.source as source_system,
        batches.feed,
        batches.batch_id,
        batches.business_date,
        batches.known_at,
        case
            when batches.batch_id <> batches.delivery_id then 'correction'
            when customer_batches.is_omission = 1 then 'omission'
            else 'late_delivery'
        end as cause
    from customer_batches
    inner join audit.fct_batch as batches
        on
            customer_batches.source_system = batches.source
            and customer_batches.cause_batch_id = batches.batch_id
)

select * from final
