"""Single-leg squats and step-downs: a card per task with its repetitions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from dash import html

from dashboard.language import capital, tr
from dashboard.number_text import MISSING, clock_text, plain_number
from dashboard.parts.attributes import attributes
from dashboard.sides import SIDE_STYLES, SIDES
from pipeline.tasks.repetition import REPETITION_FLAGS, TASK_METRICS, TASK_WORDS

MAX_ROWS = 60
LEAST_FOR_SPREAD = 3
TASK_CAUTION = (
    "Median and range over repetitions. A tracked task: it predicts no relapse, and the knee's own "
    "angle is not known."
)


def _unit(key: str) -> str:
    return "°/s" if key.endswith("_deg_s") else "°"


def _spread_text(values: pd.Series[Any], key: str) -> str:
    known = values.to_numpy(np.float64)
    known = known[np.isfinite(known)]
    if not len(known):
        return MISSING
    text = f"{plain_number(float(np.median(known)), 1)}{_unit(key)}"
    if len(known) >= LEAST_FOR_SPREAD:
        low, high = float(known.min()), float(known.max())
        text += f" ({tr('{low} to {high}', low=plain_number(low, 1), high=plain_number(high, 1))})"
    return text


def task_rows(rows: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    """Name, meaning, left, right of what is known of one task, over its valid repetitions.

    Args:
        rows: repetitions of the task.
    """
    valid = rows[rows["valid"]]
    found = []
    for key, (name, meaning) in TASK_METRICS.items():
        if key in rows and rows[key].notna().any():
            left, right = (
                _spread_text(valid.loc[valid["side"] == side, key], key) for side in SIDES
            )
            found.append((tr(name), tr(meaning), left, right))
    return found


def task_headings(rows: pd.DataFrame) -> tuple[str, ...]:
    """Headings of ``task_rows`` without the meaning: metric, and each leg with its repetitions."""
    valid = rows[rows["valid"]]
    legs = (
        f"{tr(SIDE_STYLES[side].label)} "
        f"({tr('{count} repetitions', count=int((valid['side'] == side).sum()))})"
        for side in SIDES
    )
    return (tr("Metric"), *legs)


def _summary(rows: pd.DataFrame) -> Any:
    headings = task_headings(rows)
    body = [
        html.Tr(
            [
                html.Th(
                    html.Div([name, html.Br(), html.Span(meaning, className="ls-dim ls-small")]),
                    scope="row",
                ),
                *[
                    html.Td(html.Span(cell), **attributes(data_label=tr(SIDE_STYLES[side].label)))
                    for side, cell in zip(SIDES, cells, strict=True)
                ],
            ]
        )
        for name, meaning, *cells in task_rows(rows)
    ]
    return html.Table(
        [
            html.Thead(html.Tr([html.Th(words, scope="col") for words in headings])),
            html.Tbody(body),
        ],
        className="ls-table ls-cards",
    )


def _number(value: float, key: str) -> str:
    return f"{plain_number(value, 1)}{_unit(key)}" if math.isfinite(value) else MISSING


def _repetitions(rows: pd.DataFrame) -> Any:
    keys = [key for key in TASK_METRICS if key in rows and rows[key].notna().any()]
    headings = [tr("Time"), tr("Leg"), tr("Duration"), *[tr(TASK_METRICS[k][0]) for k in keys], ""]
    body = []
    for row in rows.head(MAX_ROWS).to_dict("records"):
        flags = [tr(REPETITION_FLAGS.get(f, f)) for f in str(row["flags"] or "").split("|") if f]
        side = str(row["side"])
        cells = [
            tr("Left") if side == "left" else tr("Right"),
            f"{plain_number(float(row['duration_s']), 1)} s",
            *[_number(float(row[key]), key) for key in keys],
            "; ".join(flags),
        ]
        body.append(
            html.Tr(
                [
                    html.Th(clock_text(float(row["start_s"])), scope="row"),
                    *[
                        html.Td(html.Span(cell), **attributes(data_label=heading))
                        for cell, heading in zip(cells, headings[1:], strict=True)
                    ],
                ]
            )
        )
    return html.Details(
        [
            html.Summary(tr("Each repetition")),
            html.Div(
                html.Table(
                    [
                        html.Thead(html.Tr([html.Th(words, scope="col") for words in headings])),
                        html.Tbody(body),
                    ],
                    className="ls-table ls-cards",
                ),
                className="ls-scroll",
                tabIndex=0,
                role="region",
                **attributes(aria_label=tr("Each repetition")),
            ),
        ]
    )


def task_section(repetitions: pd.DataFrame) -> Any:
    """A card per task, or nothing when there is none.

    Args:
        repetitions: table of repetitions (``pipeline.tasks.repetition.REPETITION_COLUMNS``).
    """
    if repetitions.empty:
        return None
    cards: list[Any] = []
    for task, words in TASK_WORDS.items():
        rows = repetitions[repetitions["task"] == task].sort_values("start_s")
        if rows.empty:
            continue
        title = capital(tr(words))
        cards.append(
            html.Section(
                [html.H2(title), _summary(rows), _repetitions(rows)],
                className="ls-card",
                id=f"task-{task}",
                **attributes(aria_label=title),
            )
        )
    cards.append(html.P(tr(TASK_CAUTION), className="ls-dim ls-small"))
    return html.Div(cards, id="tasks")
