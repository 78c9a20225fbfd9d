"""The list of sessions as a table; on a phone each row becomes a card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from dashboard.condition_words import condition_text
from dashboard.language import tr
from dashboard.number_text import MISSING, clock_text, date_text, shown_text
from dashboard.parts.attributes import attributes
from dashboard.routes import runner_url, session_url
from dashboard.sides import Side
from dashboard.text import GAIT_WORDS
from pipeline.stored_session import SessionSummary

_SIDES = "L\N{NO-BREAK SPACE}/\N{NO-BREAK SPACE}R"
LIBRARY_METRICS = {"cpd_peak_deg": "Pelvic drop", "tir_exc_deg": "Tibial rotation"}
"""Metrics of the list, with the headings of their columns."""


def median_text(summary: SessionSummary, side: Side, key: str) -> str:
    """Median of a metric on a side, with unit; a dash when not known."""
    known = summary.metrics.get(side, {}).get(key)
    return MISSING if known is None else shown_text(key, known.median)


def pair_text(summary: SessionSummary, key: str) -> str:
    """Medians of both legs: ``5.2° / 3.9°``."""
    return f"{median_text(summary, 'left', key)} / {median_text(summary, 'right', key)}"


def quality_text(summary: SessionSummary) -> str:
    """Quality in words: how many strides were usable, and whether there are problems."""
    if summary.strides_total == 0:
        return tr("no strides")
    valid = summary.strides_left + summary.strides_right
    share = tr("{share:.0f} % valid", share=100 * valid / summary.strides_total)
    count = len(summary.problems)
    if count == 0:
        return share
    return f"{share}, {tr('1 remark') if count == 1 else tr('{count} remarks', count=count)}"


def condition_list(summary: SessionSummary) -> Any:
    """Conditions and tags as small labels."""
    labels = [
        html.Span(condition_text(name, value), className="ls-chip")
        for name, value in summary.conditions.items()
    ]
    labels += [html.Span(tag, className="ls-chip ls-tag") for tag in summary.tags]
    return html.Span(labels, className="ls-chips", dir="auto") if labels else MISSING


def _row(summary: SessionSummary) -> Any:
    runner = dcc.Link(
        html.Span(summary.runner or tr("not given"), dir="auto"),
        href=runner_url(summary.runner_id),
    )
    cells: list[tuple[str, str, Any]] = [
        ("runner", tr("Runner"), runner),
        ("gait", tr("Gait"), tr(GAIT_WORDS.get(summary.gait or "", "not known"))),
        ("duration", tr("Duration"), clock_text(summary.duration_s)),
        ("conditions", tr("Conditions"), condition_list(summary)),
        (
            "strides",
            f"{tr('Valid strides')} {_SIDES}",
            f"{summary.strides_left} / {summary.strides_right}",
        ),
        *[
            ("value", f"{tr(heading)} {_SIDES}", pair_text(summary, key))
            for key, heading in LIBRARY_METRICS.items()
        ],
        ("quality", tr("Quality"), quality_text(summary)),
    ]
    link = dcc.Link(date_text(summary.started_utc), href=session_url(summary.session_id))
    return html.Tr(
        [
            html.Th(link, scope="row"),
            *[
                html.Td(
                    html.Span(content) if isinstance(content, str) else content,
                    className=f"ls-cell-{name}",
                    **attributes(data_label=heading),
                )
                for name, heading, content in cells
            ],
        ],
        **attributes(data_session=summary.session_id, data_doubt=str(bool(summary.problems))),
    )


def library_table(summaries: Sequence[SessionSummary]) -> Any:
    """Table of sessions.

    Args:
        summaries: sessions in the order in which they are listed.
    """
    headings = [
        tr("Date"),
        tr("Runner"),
        tr("Gait"),
        tr("Duration"),
        tr("Conditions"),
        f"{tr('Valid strides')} {_SIDES}",
        *[f"{tr(heading)} {_SIDES}" for heading in LIBRARY_METRICS.values()],
        tr("Quality"),
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
        **attributes(aria_label=tr("Library of sessions")),
    )
