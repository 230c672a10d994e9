with known as (
    select * from {{ as_known('personal_asset', ['customer_id', 'asset_no', 'valuation_date']) }} as accepted
),

final as (
    select
        customer_id,
        asset_no,
        asset_type,
        source_system,
        valuation_date,
        asset_amt,
        encumbered_amt,
        ownership_share,
        verification,
        currency,
        cast(
            coalesce(asset_type in ('deposit', 'wealth_product', 'fund', 'security'), false) as boolean
        ) as is_liquid,
        cast(asset_amt * ownership_share as decimal(20, 2)) as owned_amt,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from known
)

select * from final
