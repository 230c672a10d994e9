"""The portrait card of one customer: what the marts say, why, against whom, since when, and from which rows."""

from lendmart.portrait.card import Card, card_of
from lendmart.portrait.page import render, write_card

__all__ = ["Card", "card_of", "render", "write_card"]
