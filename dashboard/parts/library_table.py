"""The list of sessions as a table; on a phone each row becomes a card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from dashboard.number_text import MISSING, clock_text, date_text, metric_text, unit_text
from dashboard.parts.attributes import attributes
from dashboard.routes import session_url
from dashboard.sides import Side
from dashboard.text import GAIT_WORDS
from pipeline.stored_session import SessionSummary

MAX_ROWS = 500
"""Sessions on one page."""
LIBRARY_METRICS = {
    "cpd_peak_deg": "Pelvic drop L\N{NO-BREAK SPACE}/\N{NO-BREAK SPACE}R",
    "tir_exc_deg": "Tibial rotation L\N{NO-BREAK SPACE}/\N{NO-BREAK SPACE}R",
}
"""Metrics of the list, with the headings of their columns."""


STRIDES_HEADING = "Valid strides L\N{NO-BREAK SPACE}/\N{NO-BREAK SPACE}R"


def median_text(summary: SessionSummary, side: Side, key: str) -> str:
    """Median of a metric on a side, with unit; a dash when not known."""
    known = summary.metrics.get(side, {}).get(key)
    if known is None:
        return MISSING
    return f"{metric_text(key, known.median)}{unit_text(key)}".replace("-", "−")


def quality_text(summary: SessionSummary) -> str:
    """Quality in words: how many strides were usable, and whether there are problems."""
    if summary.strides_total == 0:
        return "no strides"
    valid = summary.strides_left + summary.strides_right
    share = f"{100 * valid / summary.strides_total:.0f} % valid"
    count = len(summary.problems)
    if count == 0:
        return share
    return f"{share}, {count} remark" + ("s" if count > 1 else "")


def _row(summary: SessionSummary) -> Any:
    cells = [
        ("Runner", summary.runner or "not given"),
        ("Gait", GAIT_WORDS.get(summary.gait or "", "not known")),
        ("Duration", clock_text(summary.duration_s)),
        (STRIDES_HEADING, f"{summary.strides_left} / {summary.strides_right}"),
        *[
            (
                heading,
                f"{median_text(summary, 'left', key)} / {median_text(summary, 'right', key)}",
            )
            for key, heading in LIBRARY_METRICS.items()
        ],
        ("Quality", quality_text(summary)),
    ]
    link = dcc.Link(date_text(summary.started_utc), href=session_url(summary.session_id))
    return html.Tr(
        [
            html.Th(link, scope="row"),
            *[
                html.Td(html.Span(text), **attributes(data_label=heading))
                for heading, text in cells
            ],
        ],
        **attributes(data_session=summary.session_id),
    )


def library_table(summaries: Sequence[SessionSummary]) -> Any:
    """Table of sessions.

    Args:
        summaries: sessions in the order in which they are listed.
    """
    headings = [
        "Date",
        "Runner",
        "Gait",
        "Duration",
        STRIDES_HEADING,
        *LIBRARY_METRICS.values(),
        "Quality",
    ]
    return html.Div(
        html.Table(
            [
                html.Thead(html.Tr([html.Th(text, scope="col") for text in headings])),
                html.Tbody([_row(summary) for summary in summaries]),
            ],
            className="ls-table ls-cards ls-library",
            id="library",
        ),
        className="ls-card ls-scroll",
        tabIndex=0,
        role="region",
        **attributes(aria_label="Library of sessions"),
    )
