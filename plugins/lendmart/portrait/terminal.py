"""The card in the terminal: the same words, without the charts."""

from __future__ import annotations

from rich.columns import Columns
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from lendmart.portrait.card import Card
from lendmart.portrait.charts import Lang, said
from lendmart.portrait.texts import Text
from lendmart.portrait.tiles import Tile


def show(card: Card, out: Console, lang: Lang) -> None:
    """Print the card."""

    def say(text: Text) -> str:
        return escape(said(text, lang))

    release = card.release_id or say(Text("not published", "未发布"))
    known = [say(name) for name, is_known in card.completeness if is_known]
    missing = [say(name) for name, is_known in card.completeness if not is_known]
    out.print(f"[bold]{say(card.title)}[/bold]  {say(card.kind)}  {card.as_of_date}  {release}")
    absent = f"{say(Text('none of', '缺'))}: {', '.join(missing) or '–'}"
    out.print(f"[dim]{say(Text('data', '数据'))}: {', '.join(known)}; {absent}[/dim]")
    if card.is_flagged:
        out.print(
            say(
                Text(
                    "A later delivery was set aside by a control; the last accepted one is shown.",
                    "较新的数据被质量规则隔离，显示最近一次通过的数据。",
                )
            )
        )
    out.print(Columns([_panel(tile, lang) for tile in card.tiles], equal=True))
    _print_reasons(card, out, lang)
    boxes = ([card.portrait] if card.portrait else []) + list(card.parties)
    if card.health:
        out.print(say(card.health))
    if card.roe:
        out.print(say(card.roe))
    _print_ratios(card, out, lang)
    out.print(Columns([_panel(tile, lang) for tile in boxes], equal=True))
    out.print(
        f"[italic]{say(Text('Descriptive segment; not a credit decision.', '描述性分群，不作为授信决定。'))}[/italic]"
    )
    source = say(Text("Where a figure comes from", "数字溯源"))
    out.print(f"[dim]{source}: lendmart trace {card.customer.shown_as} METRIC[/dim]")


def _panel(tile: Tile, lang: Lang) -> Panel:
    lines = [f"[bold]{escape(said(tile.head, lang))}[/bold]"] if tile.head.en else []
    if tile.note:
        lines.append(escape(said(tile.note, lang)))
    lines += [f"[dim]{escape(said(fact.label, lang))}[/dim] {escape(said(fact.value, lang))}" for fact in tile.facts]
    return Panel("\n".join(lines), title=escape(said(tile.title, lang)), title_align="left", width=46)


def _print_reasons(card: Card, out: Console, lang: Lang) -> None:
    heads = (
        Text("Reason", "原因"),
        Text("Value", "数值"),
        Text("Compared with", "比较"),
        Text("Direction", "方向"),
        Text("Date, source", "日期、来源"),
    )
    table = Table(*(said(head, lang) for head in heads))
    for reason in card.reasons:
        texts = (reason.text, reason.value, reason.comparison, reason.direction)
        table.add_row(
            *(escape(said(text, lang)) for text in texts), escape(f"{reason.date}, {said(reason.source, lang)}")
        )
    if card.reasons:
        out.print(table)


def _print_ratios(card: Card, out: Console, lang: Lang) -> None:
    if not card.ratios:
        return
    table = Table(
        said(Text("Ratio", "指标"), lang),
        said(Text("Value", "数值"), lang),
        said(Text("Better than", "优于同业"), lang),
    )
    for place in card.ratios:
        share = "–" if place.place is None else f"{place.place:.0f}%"
        table.add_row(escape(said(place.name, lang)), escape(said(place.shown, lang)), share)
    out.print(table)
