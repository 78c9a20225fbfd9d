"""What is not known of a session because a file of it is missing or damaged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.language import tr
from dashboard.number_text import MISSING, shown_text
from dashboard.parts.attributes import attributes
from dashboard.parts.notice import notice
from dashboard.said import said
from dashboard.sides import SIDE_STYLES, SIDES
from pipeline.metrics.registry import METRICS
from pipeline.stored_session import SessionSummary


def kept_median_rows(summary: SessionSummary) -> list[list[str]]:
    """Metric, left, right: medians that the catalogue kept when the session was stored.

    Args:
        summary: the session as it stands in the list.
    """
    rows = []
    for key, metric in METRICS.items():
        known = [summary.metrics.get(side, {}).get(key) for side in SIDES]
        if any(known):
            cells = [
                MISSING if one is None else f"{shown_text(key, one.median)} (n = {one.n})"
                for one in known
            ]
            rows.append([tr(metric.name), *cells])
    return rows


def unread_notice(problems: Sequence[str]) -> Any:
    """What cannot be read, in a box at the top of the page.

    Args:
        problems: sentences, in English.
    """
    return html.Div(
        notice(
            tr("Part of this session cannot be read"),
            html.Ul([html.Li(said(text)) for text in problems]),
            tr("What follows is what is still known."),
        ),
        id="session-unread",
        role="status",
    )


def kept_medians(summary: SessionSummary) -> Any:
    """Medians of the list of sessions, where the strides they were made from cannot be read.

    Args:
        summary: the session as it stands in the list.
    """
    title = tr("Medians in the list of sessions")
    rows = kept_median_rows(summary)
    headings = (tr("Metric"), *[tr(SIDE_STYLES[side].label) for side in SIDES])
    content: list[Any]
    if not rows:
        content = [html.P(tr("No value is kept in the list either."), className="ls-dim")]
    else:
        content = [
            html.P(
                tr(
                    "They were kept when the session was stored. Trend, interval and left against "
                    "right are not known without the strides."
                ),
                className="ls-dim ls-small",
            ),
            html.Table(
                [
                    html.Thead(html.Tr([html.Th(words, scope="col") for words in headings])),
                    html.Tbody(
                        [
                            html.Tr(
                                [
                                    html.Th(row[0], scope="row"),
                                    *[
                                        html.Td(html.Span(cell), **attributes(data_label=heading))
                                        for cell, heading in zip(row[1:], headings[1:], strict=True)
                                    ],
                                ]
                            )
                            for row in rows
                        ]
                    ),
                ],
                className="ls-table ls-cards",
                id="kept-medians",
            ),
        ]
    return html.Section(
        [html.H2(title), *content], className="ls-card", **attributes(aria_label=title)
    )
