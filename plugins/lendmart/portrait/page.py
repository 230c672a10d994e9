"""The card as one HTML page that needs nothing else: both languages in it, charts inline, its traces at the end."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from lendmart.errors import LendmartError
from lendmart.portrait import charts
from lendmart.portrait.card import Card
from lendmart.portrait.charts import Lang
from lendmart.portrait.reasons import period_asked
from lendmart.portrait.texts import Text, money
from lendmart.publishing import durable
from lendmart.trace import Figure, Input

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGES: tuple[Lang, ...] = ("en", "zh")
SHOWN_INPUTS = 6
_HTML_LANG = {"en": "en", "zh": "zh-CN"}


def write_card(card: Card, target: Path, lang: Lang = "en") -> None:
    """Write the page, whole or not at all.

    Raises:
        LendmartError: the folder does not exist, or may not be written to.
    """
    content = render(card, lang).encode("utf-8")
    try:
        durable.write_file(target, content)
    except OSError as error:
        raise LendmartError(
            f"--html {target}: {error.strerror or error}; expected a file in a folder that exists"
        ) from None


def render(card: Card, lang: Lang = "en") -> str:
    """The page as text."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    return environment.get_template("card.html.j2").render(
        c=card,
        lang=lang,
        t=_both,
        text=Text,
        charts={name: _drawn(name, card) for name in ("scores", "grid", "ratios", "statements", "months", "covers")},
        figures=list(card.figures.values()),
        anchor_of=card.links.get,
        value_of=lambda figure: _value(figure, card),
        amount_of=lambda line: _amount(line, card),
        shown_inputs=SHOWN_INPUTS,
        style=Markup((TEMPLATES / "card.css").read_text(encoding="utf-8")),  # noqa: S704 our own file
        script=Markup((TEMPLATES / "card.js").read_text(encoding="utf-8")),  # noqa: S704 our own file
    )


def _both(english: str | Text, chinese: str = "") -> Markup:
    text = english if isinstance(english, Text) else Text(english, chinese)
    if text.en == text.zh:
        return Markup("{}").format(text.en)
    return Markup('<span lang="en">{}</span><span lang="zh-CN">{}</span>').format(text.en, text.zh)


def _drawn(name: str, card: Card) -> Markup | None:
    """A chart in both languages; None where there is nothing to draw."""
    made = {lang: _chart(name, card, lang) for lang in LANGUAGES}
    if any(svg is None for svg in made.values()):
        return None
    parts = [f'<div class="drawn" lang="{_HTML_LANG[lang]}">{svg}</div>' for lang, svg in made.items()]
    return Markup("".join(parts))  # noqa: S704 drawn by us, texts escaped by the drawer


def _chart(name: str, card: Card, lang: Lang) -> str | None:
    if name == "scores":
        return charts.scores_chart(card.history, lang)
    if name == "grid":
        return charts.grid_chart(card.cells, card.place, lang)
    if name == "ratios":
        return charts.ratios_chart([_ratio_row(place) for place in card.ratios], lang)
    if name == "statements":
        return charts.statements_chart(card.years, lang)
    if name == "months":
        return charts.months_chart(card.months, card.currency, lang, coarse=card.customer.is_person)
    periods = [row | {"anchor": card.links.get(period_asked(row))} for row in card.covers]
    return charts.covers_chart(periods, _covenant(card, "dscr_lockup"), _covenant(card, "dscr_default"), lang)


def _ratio_row(place: Any) -> dict[str, Any]:
    return {"name": place.name, "place": place.place, "shown": place.shown}


def _covenant(card: Card, name: str) -> float | None:
    values = [row[name] for row in card.covers if row[name] is not None]
    return float(values[0]) if values else None


def _value(figure: Figure, card: Card) -> Text | None:
    """A figure's value; amounts of persons are rounded (spec §8.3)."""
    if figure.value is None:
        return None
    if card.customer.is_person and figure.metric.endswith("_amt"):
        return money(figure.value, figure.unit, coarse=True)
    text = _plain(figure.value)
    return Text(text, text)


def _plain(value: str) -> str:
    """Without the zeros after the last digit of a decimal."""
    if "." not in value:
        return value
    try:
        number = Decimal(value)
    except ArithmeticError:
        return value
    return f"{number.normalize():f}"


def _amount(line: Input, card: Card) -> Text:
    if line.amount is None:
        return Text("not reported", "未报告")
    if line.is_of_other and line.amount:
        return Text("not shown here", "此处不展示")
    if card.customer.is_person and len(line.unit) == 3:
        return money(line.amount, line.unit, coarse=True)
    text = f"{_plain(line.amount)} {line.unit}".strip()
    return Text(text, text)
