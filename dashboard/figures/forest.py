"""Sessions over weeks as a forest plot: values with intervals, and the band within error."""

from __future__ import annotations

import math
from collections.abc import Mapping

from dashboard.change_text import change_text, interval_text
from dashboard.figures.chart import Chart
from dashboard.figures.graph import base_figure
from dashboard.language import tr
from dashboard.number_text import date_text, name_with_unit, shown_text
from dashboard.sides import SIDE_STYLES, SIDES, Side
from pipeline.metrics.registry import METRICS
from pipeline.statistics.session_series import SessionSeries

ROW_PX = 24


def session_labels(series: Mapping[Side, SessionSeries]) -> dict[str, str]:
    """Label of every session of both legs by id, oldest first; equal dates stay apart."""
    found = {
        row.point.session_id: row.point.started_utc
        for one in series.values()
        for row in one.sessions
    }
    labels: dict[str, str] = {}
    for number, (session_id, started) in enumerate(found.items(), start=1):
        text = date_text(started)
        labels[session_id] = text if text not in labels.values() else f"{text} ({number})"
    return labels


def forest_figure(series: Mapping[Side, SessionSeries], key: str) -> Chart:
    """One row per session and leg, newest at the bottom; the left leg above the right one.

    Args:
        series: per leg.
        key: metric.
    """
    metric = METRICS[key]
    labels = session_labels(series)
    figure = base_figure(name_with_unit(key), "")
    rows: list[str] = []
    for side in SIDES:
        one = series.get(side)
        if one is None or not one.sessions:
            continue
        style = SIDE_STYLES[side]
        first = len(rows) + (1 if rows else 0)
        rows += [""] if rows else []
        places = {row.point.session_id: first + n for n, row in enumerate(one.sessions)}
        rows += [labels[row.point.session_id] for row in one.sessions]
        low, high = one.band
        if math.isfinite(low):
            figure.add_shape(
                type="rect",
                x0=low,
                x1=high,
                y0=first - 0.5,
                y1=len(rows) - 0.5,
                fillcolor=style.fill,
                line={"width": 1, "color": style.colour, "dash": style.dash},
                layer="below",
            )
        known = [row.point for row in one.sessions]
        figure.add_line(
            x=[point.estimate.value for point in known],
            y=[places[point.session_id] for point in known],
            error_x={
                "array": [_reach(p.estimate.high - p.estimate.value) for p in known],
                "arrayminus": [_reach(p.estimate.value - p.estimate.low) for p in known],
                "color": style.colour,
                "thickness": 1.5,
            },
            mode="markers",
            name=tr(style.label),
            marker={
                "color": style.colour,
                "size": 10,
                "symbol": [
                    f"{style.symbol}-open" if point.is_baseline else style.symbol for point in known
                ],
            },
            customdata=[labels[point.session_id] for point in known],
            hovertemplate=f"%{{customdata}}: %{{x:.{metric.decimals}f}} {tr(metric.unit)}",
        )
    figure.update_layout(height=130 + ROW_PX * max(1, len(rows)), hovermode="closest")
    figure.update_y(
        tickvals=[n for n, label in enumerate(rows) if label],
        ticktext=[label for label in rows if label],
        range=[len(rows) - 0.4, -0.6],
        showgrid=False,
        zeroline=False,
    )
    return figure


def _reach(value: float) -> float:
    return value if math.isfinite(value) else 0.0


def forest_rows(series: Mapping[Side, SessionSeries], key: str) -> list[list[str]]:
    """The same as text: session, leg, value with interval, change against the baseline."""
    labels = session_labels(series)
    rows = []
    for session_id, label in labels.items():
        for side in SIDES:
            one = series.get(side)
            for row in one.sessions if one is not None else ():
                if row.point.session_id != session_id:
                    continue
                estimate = row.point.estimate
                interval = interval_text(key, estimate)
                value = shown_text(key, estimate.value)
                change = (
                    tr("belongs to the baseline")
                    if row.beyond_error is None and math.isnan(row.low) and row.sentence == ""
                    else change_text(
                        key,
                        row.change,
                        row.low,
                        row.high,
                        against=tr("the baseline"),
                        name=tr(METRICS[key].short_name),
                    )
                )
                rows.append(
                    [
                        label,
                        tr(SIDE_STYLES[side].label),
                        f"{value} ({interval})" if interval else value,
                        change,
                    ]
                )
    return rows


def forest_caption(series: Mapping[Side, SessionSeries], key: str) -> str:
    """What the plot shows, and what the band is."""
    known = [one for one in series.values() if one.detectable is not None]
    text = tr(
        "{name}: median of each session with its 95 % interval. Open symbols are the baseline.",
        name=tr(METRICS[key].name),
    )
    if not known:
        return f"{text} {tr('What change is beyond error is not known for this metric.')}"
    detectable = known[0].detectable
    assert detectable is not None
    reach = shown_text(key, detectable.against_baseline)
    band = tr(
        "A session inside the band of its leg is within error of the baseline (minimal detectable "
        "change {reach}).",
        reach=reach,
    )
    basis = (
        tr("It rests on {count} baseline sessions of this runner.", count=detectable.sessions)
        if detectable.basis == "own baseline"
        else tr("It rests on published or assumed spread, as fewer than 3 baseline sessions exist.")
    )
    return f"{text} {band} {basis}"
