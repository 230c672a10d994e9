"""Lendmart: the customer-value warehouse of a lender (客户价值数据仓库)."""

__version__ = "0.1.0"
