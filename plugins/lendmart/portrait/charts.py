"""Charts as SVG: Altair drawn by vl-convert without network, colours of Okabe and Ito, labels on the marks.

Each chart reads without colour: series differ in dash or shape, and every line is named at its end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from lendmart.portrait.texts import Text

if TYPE_CHECKING:
    pass

Lang = Literal["en", "zh"]
Rows = Sequence[dict[str, Any]]

# Okabe and Ito (2008); the sequential scale is cividis.
BLUE, ORANGE, GREEN, VERMILION, PURPLE, BLACK, GREY = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#222222", "#777777",
)  # fmt: skip
FONT = "Helvetica Neue, Arial, PingFang SC, Microsoft YaHei, Noto Sans CJK SC, WenQuanYi Micro Hei, sans-serif"
_HERE = "https://here.invalid/"  # stands for this page: Vega makes relative links absolute
_TEN_THOUSAND = Decimal(10_000)
_MILLION = Decimal(1_000_000)


def said(text: Text, lang: Lang) -> str:
    """The text in one language."""
    return text.en if lang == "en" else text.zh


def scores_chart(history: Rows, lang: Lang) -> str | None:
    """Scores 1 to 5 at each date of the marts; None with fewer than two dates."""
    names = {
        "r_score": (Text("R recency", "R 近度"), BLUE, "circle"),
        "f_score": (Text("F frequency", "F 频度"), ORANGE, "square"),
        "m_score": (Text("M monetary", "M 额度"), GREEN, "triangle-up"),
        "p_score": (Text("P repayment", "P 履约"), VERMILION, "diamond"),
    }
    rows = [
        {"date": str(row["as_of_date"]), "score": row[key], "name": said(name, lang)}
        for row in history
        for key, (name, _, _) in names.items()
        if row.get(key) is not None
    ]
    if len({row["date"] for row in rows}) < 2:
        return None
    import altair as alt

    order = [said(name, lang) for name, _, _ in names.values()]
    last = max(row["date"] for row in rows)
    labels = _apart([{**row, "at": row["score"]} for row in rows if row["date"] == last])
    for row in rows:  # equal scores share a place: each series is moved a little, so that none hides another
        row["score"] += (order.index(str(row["name"])) - 1.5) * 0.07

    def height(field: str) -> alt.Y:
        scores = alt.Axis(values=[1, 2, 3, 4, 5], format="d", labelOverlap=False)
        return alt.Y(f"{field}:Q", title=None, scale=alt.Scale(domain=[0.6, 5.4]), axis=scores)

    base = alt.Chart(_data(rows)).encode(
        x=alt.X("date:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        y=height("score"),
        color=alt.Color(
            "name:N", legend=None, scale=alt.Scale(domain=order, range=[colour for _, colour, _ in names.values()])
        ),
    )
    lines = base.mark_line(strokeWidth=1.6).encode(strokeDash=alt.StrokeDash("name:N", legend=None, sort=order))
    points = base.mark_point(filled=True, size=40, opacity=1).encode(
        shape=alt.Shape(
            "name:N", legend=None, scale=alt.Scale(domain=order, range=[shape for _, _, shape in names.values()])
        )
    )
    ends = (
        alt.Chart(_data(labels))
        .mark_text(align="left", dx=7, fontSize=8.5, color=BLACK)
        .encode(x="date:O", y=height("at"), text="name:N")
    )
    return _svg((lines + points + ends).properties(width=150, height=118), "scores", lang)


def _apart(labels: list[dict[str, Any]], gap: float = 0.36) -> list[dict[str, Any]]:
    """Labels moved apart so that none covers another, from the lowest up, and back where the top is passed."""
    placed = sorted(labels, key=lambda label: (label["at"], label["name"]))
    for before, label in pairwise(placed):
        label["at"] = max(label["at"], before["at"] + gap)
    top = 5.3
    for label in reversed(placed):
        label["at"] = min(label["at"], top)
        top = label["at"] - gap
    return placed


def grid_chart(cells: Rows, here: tuple[int, int] | None, lang: Lang) -> str:
    """The R × FM grid with segment names and customers; the customer's own cell is framed and marked."""
    import altair as alt

    rows = [
        {
            "r": row["r_score"],
            "fm": row["fm_score"],
            "n": row["customer_count"],
            "name": _broken(str(row[f"segment_{lang}"]), lang),
            "here": (row["r_score"], row["fm_score"]) == here,
        }
        for row in cells
    ]
    most = max((row["n"] for row in rows), default=1) or 1
    base = alt.Chart(_data(rows)).encode(
        x=alt.X(
            "fm:O", title=said(Text("frequency and monetary FM", "频度与额度 FM"), lang), axis=alt.Axis(labelAngle=0)
        ),
        y=alt.Y("r:O", title=said(Text("recency R", "近度 R"), lang), sort="descending"),
    )
    tiles = base.mark_rect(stroke="white").encode(
        color=alt.Color("n:Q", legend=None, scale=alt.Scale(scheme="cividis", reverse=True, domain=[0, most * 2]))
    )
    names = base.mark_text(fontSize=6.6, lineBreak="\n", lineHeight=7.5, dy=-4).encode(
        text="name:N",
        color=alt.condition(f"datum.n > {most} * 1.2", alt.value("white"), alt.value(BLACK)),
    )
    counts = base.mark_text(fontSize=6.6, dy=10).encode(
        text=alt.Text("n:Q", format=","),
    )
    own = alt.Chart(_data([row for row in rows if row["here"]])).encode(
        x=alt.X("fm:O"), y=alt.Y("r:O", sort="descending")
    )
    frame = own.mark_rect(fill=None, stroke=BLACK, strokeWidth=3)
    layers = tiles + names + counts + frame if here else tiles + names + counts
    return _svg(layers.properties(width=194, height=132), "grid", lang)


def ratios_chart(ratios: Rows, lang: Lang) -> str | None:
    """Where each ratio stands among the peers, 0 worst to 100 best; the value is written beside its mark."""
    import altair as alt

    rows = [
        {
            "name": said(row["name"], lang),
            "place": float(row["place"]),
            "value": said(row["shown"], lang),
            "zero": 0,
            "top": 100,
        }
        for row in ratios
        if row["place"] is not None
    ]
    if not rows:
        return None
    order = [str(row["name"]) for row in rows]
    base = alt.Chart(_data(rows)).encode(
        y=alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labelLimit=150, ticks=False, domain=False))
    )
    strip = base.mark_rule(stroke="#d5d9de", strokeWidth=5).encode(
        x=alt.X(
            "zero:Q",
            title=said(Text("share of peers that do worse, per cent", "优于同业的比例 (%)"), lang),
            scale=alt.Scale(domain=[0, 100]),
            axis=alt.Axis(values=[0, 25, 50, 75, 100], grid=False),
        ),
        x2="top:Q",
    )
    middle = alt.Chart(_data([{"x": 50}])).mark_rule(stroke=GREY, strokeDash=[3, 2]).encode(x="x:Q")
    marks = base.mark_point(filled=True, size=62, color=BLUE, opacity=1).encode(x="place:Q")
    right = (
        base.mark_text(align="left", dx=7, fontSize=8.5)
        .encode(x="place:Q", text="value:N")
        .transform_filter("datum.place < 80")
    )
    left = (
        base.mark_text(align="right", dx=-7, fontSize=8.5)
        .encode(x="place:Q", text="value:N")
        .transform_filter("datum.place >= 80")
    )
    return _svg((strip + middle + marks + right + left).properties(width=228, height=12 * len(rows)), "ratios", lang)


def statements_chart(years: Rows, lang: Lang) -> str | None:
    """Revenue, net profit, operating cash flow and assets by year, each on a scale of its own."""
    import altair as alt

    names = {
        "revenue_amt": Text("Revenue", "营业收入"),
        "net_profit_amt": Text("Net profit", "净利润"),
        "operating_cash_flow_amt": Text("Operating cash flow", "经营现金流"),
        "total_assets_amt": Text("Total assets", "资产总计"),
    }
    divisor = _MILLION if lang == "en" else _TEN_THOUSAND
    rows = [
        {
            "year": str(row["period_end_date"])[:4],
            "name": said(name, lang),
            "amount": float(Decimal(str(row[key])) / divisor),
            "shown": f"{Decimal(str(row[key])) / divisor:,.{1 if lang == 'en' else 0}f}",
        }
        for row in reversed(years)
        for key, name in names.items()
        if row[key] is not None
    ]
    if not rows:
        return None
    panels = []
    for name in names.values():
        own = [row for row in rows if row["name"] == said(name, lang)]
        if not own:
            continue
        base = alt.Chart(_data(own), title=alt.Title(said(name, lang), fontSize=8.5, anchor="start", offset=2)).encode(
            x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0, ticks=False)),
            y=alt.Y("amount:Q", title=None, axis=None, scale=alt.Scale(padding=10)),
        )
        bars = base.mark_bar(color=BLUE, size=11)
        up = base.mark_text(dy=-5, fontSize=7).encode(text="shown:N").transform_filter("datum.amount >= 0")
        down = base.mark_text(dy=6, fontSize=7).encode(text="shown:N").transform_filter("datum.amount < 0")
        panels.append((bars + up + down).properties(width=92, height=46))
    chart = alt.vconcat(*(alt.hconcat(*panels[i : i + 2], spacing=8) for i in range(0, len(panels), 2)), spacing=4)
    return _svg(chart, "statements", lang)


def months_chart(months: Rows, currency: str, lang: Lang, *, coarse: bool) -> str | None:
    """Outstanding against the limit, and days past due, at each month end."""
    import altair as alt

    divisor = _MILLION if lang == "en" and not coarse else _TEN_THOUSAND
    unit = Text(f"{currency} {'10 k' if coarse else 'm'}", "万元" if currency == "CNY" else f"万 {currency}")

    def scaled(value: object) -> float | None:
        if value is None:
            return None
        share = Decimal(str(value)) / divisor
        return float(share.quantize(Decimal(1)) if coarse else share)

    rows = [
        {
            "month": str(row["month_end"])[:7],
            "outstanding": scaled(row["outstanding_amt"]),
            "limit": scaled(row["limit_amt"]),
            "dpd": row["dpd_days"],
        }
        for row in months
    ]
    if not any(row["outstanding"] is not None or row["dpd"] is not None for row in rows):
        return None
    ticks = [row["month"] for row in rows][::-1][::6]
    # The domain is said, or a month without a balance would move to the end.
    every = alt.Scale(domain=[row["month"] for row in rows])
    quiet = alt.X("month:O", scale=every, title=None, axis=alt.Axis(labels=False, ticks=False))
    named = alt.X("month:O", scale=every, title=None, axis=alt.Axis(values=ticks, labelAngle=0))
    money = alt.Chart(_data(rows)).encode(x=quiet)
    area = money.mark_bar(color="#8fbfdd").encode(
        y=alt.Y(
            "outstanding:Q",
            title=said(Text(f"outstanding, {unit.en}", f"余额, {unit.zh}"), lang),
            axis=alt.Axis(tickCount=3),
        )
    )
    limit = money.mark_line(color=BLACK, strokeDash=[4, 2], interpolate="step-after", strokeWidth=1.2).encode(
        y="limit:Q"
    )
    note = (
        alt.Chart(_data([row for row in rows if row["limit"] is not None][-1:]))
        .mark_text(align="right", dy=-5, fontSize=8, text=said(Text("limit", "额度"), lang))
        .encode(x=quiet, y="limit:Q")
    )
    days = alt.Chart(_data(rows)).encode(
        x=named,
        y=alt.Y(
            "dpd:Q",
            title=said(Text("days past due", "逾期天数"), lang),
            axis=alt.Axis(tickCount=3),
            scale=alt.Scale(domainMin=0, domainMax=max(30, *(row["dpd"] or 0 for row in rows))),
        ),
    )
    bars = days.mark_bar(color=VERMILION)
    threshold = alt.Chart(_data([{"y": 30}])).mark_rule(stroke=GREY, strokeDash=[3, 2]).encode(y="y:Q")
    chart = alt.vconcat(
        (area + limit + note).properties(width=290, height=78),
        (bars + threshold).properties(width=290, height=48),
        spacing=6,
    )
    return _svg(chart, "months", lang)


def covers_chart(periods: Rows, lockup: float | None, default: float | None, lang: Lang) -> str | None:
    """Debt service cover by period, what was and what is forecast, against the covenants."""
    import altair as alt

    past, ahead = said(Text("period ended", "已到期"), lang), said(Text("ahead", "未到期"), lang)
    rows = [
        {
            "period": str(row["period_end_date"]),
            "dscr": float(row["dscr"]),
            "kind": ahead if row["is_forecast"] else past,
            "trace": f"{_HERE}trace-{row['anchor']}" if row.get("anchor") else None,
        }
        for row in periods
        if row["dscr"] is not None
    ]
    if not rows:
        return None
    base = alt.Chart(_data(rows)).encode(
        x=alt.X("period:T", title=None, axis=alt.Axis(format="%Y", tickCount=6)),
        y=alt.Y("dscr:Q", title="DSCR", scale=alt.Scale(zero=False)),
    )
    line = base.mark_line(color=BLUE, strokeWidth=1.4)
    points = base.mark_point(filled=True, size=30, color=BLUE).encode(
        shape=alt.Shape(
            "kind:N",
            legend=alt.Legend(title=None, orient="bottom"),
            scale=alt.Scale(domain=[past, ahead], range=["circle", "diamond"]),
        ),
        href="trace:N",
    )
    limits = [
        {"y": value, "name": said(name, lang)}
        for value, name in ((lockup, Text("lock-up", "锁定线")), (default, Text("default", "违约线")))
        if value is not None
    ]
    chart = line + points
    if limits:
        rule = alt.Chart(_data(limits)).mark_rule(stroke=GREY, strokeDash=[4, 2]).encode(y="y:Q")
        label = (
            alt.Chart(_data(limits))
            .mark_text(align="left", dx=2, dy=-4, fontSize=8)
            .encode(y="y:Q", x=alt.value(0), text="name:N")
        )
        chart = chart + rule + label
    return _svg(chart.properties(width=290, height=120), "covers", lang)


def _data(rows: Sequence[dict[str, Any]]) -> Any:
    import altair as alt

    return alt.InlineData(values=list(rows))


def _broken(name: str, lang: Lang) -> str:
    """A segment's name on two short lines."""
    if lang == "zh":
        return name.removesuffix("客户")
    return name.replace(" ", "\n", 1)


def _svg(chart: Any, name: str, lang: Lang) -> str:
    """The chart as an ``svg`` element that can stand beside others: its ids are its own."""
    import vl_convert

    drawn = chart.configure(
        font=FONT,
        background="transparent",
        axis={
            "labelFontSize": 8,
            "titleFontSize": 8,
            "titleFontWeight": "normal",
            "labelColor": BLACK,
            "gridColor": "#eceff2",
        },
        legend={"labelFontSize": 8, "padding": 0, "offset": 2},
        view={"stroke": None},
    ).to_dict()
    svg = vl_convert.vegalite_to_svg(drawn)
    svg = re.sub(r'\b(id="|url\(#|href="#)', rf"\1{name}-{lang}-", svg)
    svg = svg.replace(f'href="{_HERE}', 'href="#')
    return svg[svg.index("<svg") :]
