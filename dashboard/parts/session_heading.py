"""The parts of a session's page that hold what people wrote: cheap, and made for each showing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from dash import dcc, html

from dashboard import routes
from dashboard.condition_words import condition_name, condition_value
from dashboard.language import capital, tr
from dashboard.number_text import clock_text, date_text
from dashboard.parts.remark_section import remark_section
from dashboard.sides import SIDES, Side
from dashboard.text import GAIT_WORDS
from pipeline.journal_entry import Remark
from pipeline.stored_session import SessionSummary


def valid_counts(summary: SessionSummary, shown: pd.DataFrame, unread: bool) -> dict[Side, int]:
    """Valid strides of each leg that the page is about.

    Args:
        summary: the session.
        shown: its strides of one gait.
        unread: whether there are strides that cannot be read.
    """
    if unread:
        return {"left": summary.strides_left, "right": summary.strides_right}
    return {side: int((shown["valid"] & (shown["side"] == side)).sum()) for side in SIDES}


def written_parts(
    summary: SessionSummary, remark: Remark, valid: Mapping[Side, int]
) -> dict[str, Any]:
    """The parts, by id; never kept in a file.

    Args:
        summary: the session.
        remark: its tags and note.
        valid: ``valid_counts``.
    """
    facts = [
        (tr("Date"), date_text(summary.started_utc)),
        (tr("Duration"), clock_text(summary.duration_s)),
        (tr("Gait"), tr(GAIT_WORDS.get(summary.gait or "", "not known"))),
        (
            tr("Valid strides"),
            tr("{left} left, {right} right", left=valid["left"], right=valid["right"]),
        ),
        *[
            (capital(condition_name(name)), condition_value(name, value))
            for name, value in summary.conditions.items()
        ],
    ]
    if remark.tags:
        facts.append((tr("Tags"), ", ".join(remark.tags)))
    parts: list[Any] = [
        html.H1(summary.runner or tr("No runner given"), id="session-runner", dir="auto"),
        html.Dl(
            [html.Div([html.Dt(name), html.Dd(value, dir="auto")]) for name, value in facts],
            className="ls-facts ls-card",
            id="session-facts",
        ),
        remark_section(summary, remark),
        _actions(summary),
    ]
    return {part.id: part for part in parts}


def _actions(summary: SessionSummary) -> Any:
    return html.Div(
        [
            *[
                html.A(
                    label,
                    href=routes.filled(
                        routes.SESSION_REPORT, kind=kind, session_id=summary.session_id
                    ),
                    className="ls-button",
                    id=f"report-{kind}",
                    target="_blank",
                )
                for kind, label in (("pdf", tr("Report (PDF)")), ("html", tr("Report (HTML)")))
            ],
            dcc.Link(
                tr("Compare"),
                href=routes.compare_url(summary.session_id),
                className="ls-button",
            ),
            dcc.Link(
                tr("Runner and journal"),
                href=routes.runner_url(summary.runner_id),
                className="ls-button",
                id="to-runner",
            ),
        ],
        className="ls-actions",
        id="session-actions",
    )
