"""Left and right in degrees with an interval."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from dash import html

from dashboard.change_text import signed_unit
from dashboard.language import tr
from dashboard.leg_numbers import difference_of
from dashboard.number_text import shown_text, signed_text
from dashboard.parts.attributes import attributes
from dashboard.text import ASYMMETRY_NOTE
from pipeline.metrics.registry import METRICS
from pipeline.statistics.asymmetry import Asymmetry

SIDE_METRICS = ("cpd_exc_deg", "tir_exc_deg", "cpd_peak_deg", "contact_time_s")


def asymmetry_sentence(found: Asymmetry) -> str:
    """Left minus right in words, with interval and caution."""
    low, high = found.difference.interval()
    text = signed_unit(found.key, found.difference.value)
    if math.isfinite(low) and math.isfinite(high):
        text += " (" + tr(
            "95 % interval {low} to {high}",
            low=signed_text(found.key, low),
            high=signed_unit(found.key, high),
        )
        text += ")"
    if found.percent is not None:
        text += f", {signed_text('cadence_spm', found.percent)} %"
    return text


def side_rows(strides: pd.DataFrame) -> list[tuple[str, str, str, str, str]]:
    """Metric, left, right, difference, caution.

    Args:
        strides: stride table of one gait.
    """
    rows = []
    for key in SIDE_METRICS:
        found = difference_of(strides, key) if key in strides else None
        if found is not None:
            rows.append(
                (
                    tr(METRICS[key].name),
                    shown_text(key, found.left.value),
                    shown_text(key, found.right.value),
                    asymmetry_sentence(found),
                    tr(found.caution) if found.caution else "",
                )
            )
    return rows


def side_section(strides: pd.DataFrame) -> Any:
    """The table.

    Args:
        strides: stride table of one gait.
    """
    headings = (tr("Metric"), tr("Left"), tr("Right"), tr("Left minus right"))
    rows = [
        html.Tr(
            [
                html.Th(name, scope="row"),
                html.Td(html.Span(left), **attributes(data_label=headings[1])),
                html.Td(html.Span(right), **attributes(data_label=headings[2])),
                html.Td(
                    html.Span(
                        [
                            difference,
                            html.Span(f" {caution}", className="ls-dim ls-small")
                            if caution
                            else "",
                        ]
                    ),
                    **attributes(data_label=headings[3]),
                ),
            ]
        )
        for name, left, right, difference, caution in side_rows(strides)
    ]
    return html.Section(
        [
            html.H2(tr("Left and right")),
            html.Table(
                [
                    html.Thead(html.Tr([html.Th(words, scope="col") for words in headings])),
                    html.Tbody(rows),
                ],
                className="ls-table ls-cards",
                id="sides",
            ),
            html.P(tr(ASYMMETRY_NOTE), className="ls-dim ls-small ls-below"),
        ],
        className="ls-card",
        **attributes(aria_label=tr("Left and right")),
    )
