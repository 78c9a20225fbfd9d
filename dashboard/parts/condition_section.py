"""Two conditions within a run, block against block, in words and as a chart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
from dash import html

from dashboard.change_text import change_text
from dashboard.figures.graph import base_figure, figure_with_table, graph
from dashboard.language import tr
from dashboard.number_text import clock_text, shown_text
from dashboard.parts.attributes import attributes
from dashboard.recorded_marks import Recorded
from dashboard.runner_history import HISTORY_METRICS
from dashboard.sides import SIDE_STYLES, SIDES, Side
from pipeline.metrics.registry import METRICS
from pipeline.statistics.comparison import Comparison, compare_conditions
from pipeline.statistics.leg_series import leg_series

MAX_CONDITIONS = 6


def condition_names(found: Recorded) -> list[str]:
    """Conditions of a recording that have a block, in order of their first one."""
    return list(dict.fromkeys(block.condition for block in found.blocks))[:MAX_CONDITIONS]


def comparisons(
    strides: pd.DataFrame, found: Recorded, a: str, b: str
) -> dict[tuple[Side, str], Comparison]:
    """Condition ``b`` less condition ``a`` of both legs; absent where it cannot be said.

    Args:
        strides: stride table of one gait.
        found: what the recording says.
        a: condition to compare with.
        b: condition to compare.
    """
    profiles = found.facts.profiles
    result: dict[tuple[Side, str], Comparison] = {}
    for key in HISTORY_METRICS:
        for side in SIDES:
            compared = compare_conditions(
                leg_series(strides, side, key),
                found.blocks,
                a,
                b,
                speed=profiles.get("speed_m_s"),
                grade=profiles.get("grade"),
            )
            if compared is not None:
                result[side, key] = compared
    return result


def comparison_sentence(side: Side, compared: Comparison) -> str:
    """A comparison in one plain sentence."""
    metric = METRICS[compared.key]
    return change_text(
        compared.key,
        compared.difference,
        compared.low,
        compared.high,
        against=f"“{compared.a}”",
        name=f"{tr(metric.short_name)}, {tr(SIDE_STYLES[side].label)}, “{compared.b}”",
    )


def _figure(compared: dict[tuple[Side, str], Comparison]) -> Any:
    figure = base_figure(tr("Difference (°)"), "")
    labels = []
    for (side, key), one in compared.items():
        style = SIDE_STYLES[side]
        label = f"{tr(METRICS[key].short_name)}, {tr(style.label)}"
        if key == "cpd_exc_deg":
            label = f"{tr('Drop excursion')}, {tr(style.label)}"
        labels.append(label)
        figure.add_line(
            x=[one.difference],
            y=[len(labels) - 1],
            error_x={
                "array": [_reach(one.high - one.difference)],
                "arrayminus": [_reach(one.difference - one.low)],
                "color": style.colour,
            },
            mode="markers",
            marker={"color": style.colour, "symbol": style.symbol, "size": 11},
            showlegend=False,
            hovertemplate="%{x:.1f}°",
        )
    figure.add_upright(0)
    figure.update_layout(height=110 + 34 * len(labels), hovermode="closest")
    figure.update_y(
        tickvals=list(range(len(labels))),
        ticktext=labels,
        range=[len(labels) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
    )
    return figure


def _reach(value: float) -> float:
    return value if math.isfinite(value) else 0.0


def _block_rows(compared: Comparison) -> list[list[str]]:
    return [
        [
            one.block.condition,
            f"{clock_text(one.block.start_s)} – {clock_text(one.block.end_s)}",
            shown_text(compared.key, one.value),
            str(one.n),
        ]
        for one in compared.blocks
    ]


def condition_result(strides: pd.DataFrame, found: Recorded, a: str, b: str) -> list[Any]:
    """Sentences, chart and blocks of a comparison.

    Args:
        strides: stride table of one gait.
        found: what the recording says.
        a: condition to compare with.
        b: condition to compare.
    """
    compared = comparisons(strides, found, a, b)
    if not compared:
        return [
            html.P(
                tr("These two conditions have too few strides, or are the same."),
                className="ls-dim",
            )
        ]
    some = compared.get(("left", "cpd_exc_deg")) or next(iter(compared.values()))
    design = tr("{count} blocks; the first seconds of each are left out.", count=len(some.blocks))
    if not some.with_time:
        design += " " + tr(
            "With two blocks a drift through the run cannot be told from an effect: take turns "
            "(ABAB) to tell them apart."
        )
    if some.adjusted_for:
        design += " " + tr("Adjusted for {what}.", what=", ".join(some.adjusted_for))
    return [
        html.Ul(
            [html.Li(comparison_sentence(side, one)) for (side, _), one in compared.items()],
            id="condition-words",
        ),
        figure_with_table(
            graph(_figure(compared), element_id="condition-graph"),
            caption=tr("“{b}” less “{a}” with 95 % intervals. {design}", a=a, b=b, design=design),
            headings=(tr("Condition"), tr("Time"), tr(METRICS[some.key].short_name), tr("Strides")),
            rows=_block_rows(some),
        ),
    ]


def condition_section(strides: pd.DataFrame, found: Recorded) -> Any:
    """Conditions of the run, the first two compared; nothing when there are fewer.

    Args:
        strides: stride table of one gait.
        found: what the recording says.
    """
    names: Sequence[str] = condition_names(found)
    if len(names) < 2 or not len(strides):
        return None
    parts: list[Any] = [html.H2(tr("Conditions within this run"))]
    for other in names[1:]:
        if len(names) > 2:
            parts.append(html.H3(f"“{other}”", dir="auto"))
        parts += condition_result(strides, found, names[0], other)
    return html.Section(
        parts,
        className="ls-card",
        id="conditions",
        **attributes(aria_label=tr("Conditions within this run")),
    )
