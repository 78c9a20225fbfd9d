"""Marks of a session, and its cues with what followed them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from dash import html

from dashboard.language import tr
from dashboard.number_text import MISSING, clock_text, metric_text, signed_text, unit_text
from dashboard.parts.attributes import attributes
from dashboard.said import said
from dashboard.text import MARK_WORDS
from pipeline.feedback_effect import AFTER_STRIDES, BEFORE_STRIDES, CueEffect
from pipeline.metrics.registry import METRICS
from sensors.recording_schema import Marker

SHOWN_CUES = 200


def _text(key: str, value: float) -> str:
    return metric_text(key, value).replace("-", "−") or MISSING


def _row(effect: CueEffect) -> Any:
    cue = effect.cue
    unit = unit_text(cue.metric)
    low, high = _text(cue.metric, cue.zone.low), _text(cue.metric, cue.zone.high)
    cells = (
        clock_text(cue.time_s),
        said(cue.words),
        f"{_text(cue.metric, effect.before)}{unit}",
        f"{_text(cue.metric, effect.after)}{unit}",
        f"{tr('{low} to {high}', low=low, high=high)}{unit}",
    )
    return html.Tr(
        [
            html.Td(html.Span(text), **attributes(data_label=name))
            for name, text in zip(_headings(), cells, strict=True)
        ]
    )


def _headings() -> tuple[str, ...]:
    return (tr("Time"), tr("Cue"), tr("Before"), tr("After"), tr("Zone"))


def _summary(effects: Sequence[CueEffect]) -> str:
    metric = effects[0].cue.metric
    mine = [e for e in effects if e.cue.metric == metric and math.isfinite(e.towards)]
    if not mine:
        return tr("No cue has strides before and after it.")
    change = signed_text(metric, float(np.median([e.towards for e in mine])))
    return tr(
        "{name}: {count} cues. Median change in the direction asked for, {before} strides before "
        "against {after} after, the first one left out: {change} ({used} cues). Values drift back "
        "towards their mean without any cue, too: compare with strides in which feedback was off.",
        name=tr(METRICS[metric].name),
        count=len(effects),
        before=BEFORE_STRIDES,
        after=AFTER_STRIDES,
        change=f"{change}{unit_text(metric)}" if change else MISSING,
        used=len(mine),
    )


def marks_section(marks: Sequence[Marker], effects: Sequence[CueEffect]) -> Any:
    """The section, or nothing when there were neither marks nor cues.

    Args:
        marks: marks that people set, in order.
        effects: cues with the strides around them, in order.
    """
    if not marks and not effects:
        return None
    content: list[Any] = [html.H2(tr("Marks and cues"))]
    if marks:
        content.append(
            html.Ul(
                [
                    html.Li(
                        [
                            html.Span(clock_text(m.time_s), className="ls-mark-at"),
                            html.Span(
                                f" {tr(MARK_WORDS.get(m.kind, m.kind))} ", className="ls-dim"
                            ),
                            html.Strong(m.text, dir="auto"),
                        ]
                    )
                    for m in marks
                ],
                id="session-marks",
                className="ls-marks",
            )
        )
    if effects:
        rows = [_row(effect) for effect in effects[:SHOWN_CUES]]
        content.append(
            html.Details(
                [
                    html.Summary(_summary(effects)),
                    html.Div(
                        html.Table(
                            [
                                html.Thead(
                                    html.Tr([html.Th(name, scope="col") for name in _headings()])
                                ),
                                html.Tbody(rows),
                            ],
                            className="ls-table ls-cards",
                        ),
                        className="ls-scroll",
                        tabIndex=0,
                        role="region",
                        **attributes(aria_label=tr("Cues")),
                    ),
                ],
                id="session-cues",
            )
        )
    return html.Section(content, className="ls-card", **attributes(aria_label=tr("Marks and cues")))
