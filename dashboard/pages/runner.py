"""A runner's page: history, pattern, journal, load, scores, goals, the therapist's text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dash import dcc, html

from dashboard import routes
from dashboard.language import tr
from dashboard.parts.attributes import attributes
from dashboard.parts.forms import form, line_field
from dashboard.parts.history_section import forest_box
from dashboard.parts.journal_forms import goal_form, journal_form, plan_form, score_form
from dashboard.parts.journal_section import (
    goal_section,
    journal_section,
    load_section,
    score_section,
)
from dashboard.parts.library_table import library_table
from dashboard.parts.notice import notice
from dashboard.parts.page_links import page_links
from dashboard.parts.pattern_section import pattern_section
from dashboard.runner_history import BASELINE_SESSIONS, BASELINE_TAG
from dashboard.sides import Side
from pipeline.journal_store import RunnerFile
from pipeline.statistics.movement_pattern import LegPattern
from pipeline.statistics.session_series import SessionSeries
from pipeline.stored_session import SessionSummary

SHOWN_SESSIONS = 20
RED_FLAGS = (
    "Locking or giving way of the joint, pain at night or at rest, an accident, fever, or much "
    "swelling: have it seen by a clinician first. This program sees none of it."
)


@dataclass(frozen=True, slots=True)
class RunnerView:
    """What a runner's page shows.

    Attributes:
        file: what was written.
        sessions: sessions, newest first.
        histories: metric to leg to the sessions against the baseline.
        patterns: per leg, newest run first.
        today: today's date.
        unread: which sessions cannot be read, in a sentence; empty if none.
    """

    file: RunnerFile
    sessions: Sequence[SessionSummary]
    histories: Mapping[str, Mapping[Side, SessionSeries]]
    patterns: Mapping[Side, Sequence[LegPattern]]
    today: date
    unread: str = ""


def section(title: str, *content: Any, element_id: str) -> Any:
    """A card with a heading."""
    return html.Section(
        [html.H2(title), *content],
        id=element_id,
        className="ls-card",
        **attributes(aria_label=title),
    )


def _actions(view: RunnerView) -> Any:
    newest = [s.session_id for s in view.sessions[:SHOWN_SESSIONS]]
    return html.Div(
        [
            dcc.Link(
                tr("Compare sessions"), href=routes.compare_url(*newest[:6]), className="ls-button"
            )
            if newest
            else None,
            html.A(
                tr("Export everything (ZIP)"),
                href=routes.filled(routes.RUNNER_EXPORT, runner_id=view.file.runner_id),
                id="runner-export",
                className="ls-button",
                download="",
            ),
        ],
        className="ls-actions",
    )


def _delete(view: RunnerView) -> Any:
    name = view.file.name or "delete"
    return html.Details(
        [
            html.Summary(tr("Delete this runner with all sessions")),
            form(
                "delete-runner",
                routes.filled(routes.RUNNER_DELETE, runner_id=view.file.runner_id),
                html.P(
                    tr(
                        "Sessions, recordings, journal and texts are removed for good; copies in "
                        "backups are not reached. Export first if they are to be kept."
                    )
                ),
                html.P([tr("Write the name to confirm:"), " ", html.Strong(name, dir="auto")]),
                html.Div(
                    [line_field("delete-confirm", "confirm", tr("Name"))], className="ls-fields"
                ),
                html.Button(tr("Delete for good"), type="submit", className="ls-button"),
                next_page=routes.RUNNERS,
            ),
        ],
        className="ls-card ls-details",
        id="delete-box",
    )


def _history(view: RunnerView) -> Any:
    shown = {
        key: legs
        for key, legs in view.histories.items()
        if any(len(one.sessions) for one in legs.values())
    }
    if not shown:
        content = [html.P(tr("No session with valid strides yet."), className="ls-dim")]
    else:
        content = [forest_box(legs, key, f"history-{key}") for key, legs in shown.items()]
        content.append(
            html.P(
                tr(
                    "Baseline: sessions with the tag “{tag}”; without such a tag the first "
                    "{count} of the same gait.",
                    tag=BASELINE_TAG,
                    count=BASELINE_SESSIONS,
                ),
                className="ls-dim ls-small",
            )
        )
    if view.unread:
        content.insert(0, html.P(view.unread, className="ls-remark", id="history-unread"))
    return section(tr("Over the sessions"), *content, element_id="history")


def runner_page(view: RunnerView) -> Any:
    """The page.

    Args:
        view: everything it shows.
    """
    key = view.file.runner_id
    return html.Div(
        [
            html.P(dcc.Link(tr("← All runners"), href=routes.RUNNERS), className="ls-small"),
            html.H1(view.file.name or tr("No runner given"), id="runner-name", dir="auto"),
            _actions(view),
            page_links(
                [
                    ("runner-sessions", tr("Sessions")),
                    ("history", tr("Over the sessions")),
                    ("pattern", tr("Movement pattern")),
                    ("journal", tr("Journal")),
                    ("load", tr("Load")),
                    ("questionnaires", tr("Questionnaires")),
                    ("goal-box", tr("Goals")),
                    ("plan", tr("Exercises and cues: the therapist's own text")),
                ],
                "runner-links",
            ),
            section(
                tr("Sessions"),
                library_table(view.sessions[:SHOWN_SESSIONS])
                if view.sessions
                else html.P(tr("No session yet."), className="ls-dim"),
                element_id="runner-sessions",
            ),
            _history(view),
            section(tr("Movement pattern"), pattern_section(view.patterns), element_id="pattern"),
            html.Div(
                [
                    section(
                        tr("Journal"),
                        html.Details(
                            [html.Summary(tr("Write")), journal_form(key, view.today)],
                            className="ls-details",
                            id="journal-write",
                            open=not view.file.entries,
                        ),
                        *journal_section(key, view.file.entries),
                        html.P(tr(RED_FLAGS), className="ls-remark ls-small"),
                        element_id="journal",
                    ),
                    html.Div(
                        [
                            section(
                                tr("Load"), *load_section(view.file.entries), element_id="load"
                            ),
                            section(
                                tr("Questionnaires"),
                                score_section(key, view.file.scores),
                                score_form(key, view.today),
                                element_id="questionnaires",
                            ),
                            section(
                                tr("Goals"),
                                goal_section(key, view.file.goals),
                                goal_form(key),
                                element_id="goal-box",
                            ),
                        ]
                    ),
                ],
                className="ls-columns",
            ),
            section(
                tr("Exercises and cues: the therapist's own text"),
                plan_form(key, view.file.plan),
                element_id="plan",
            ),
            _delete(view),
        ],
        id="runner-page",
    )


def unknown_runner_page() -> Any:
    """What an address of no runner says."""
    return notice(
        tr("No such runner"),
        tr("The library has no runner under this address; it may have been deleted."),
        links=((tr("All runners"), routes.RUNNERS),),
    )
