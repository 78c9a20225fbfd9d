"""Runner, conditions, tags and note of a session, to be read and changed."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard import routes
from dashboard.language import tr
from dashboard.parts.attributes import attributes
from dashboard.parts.forms import form, line_field, submit, text_area
from dashboard.parts.long_text import long_text
from pipeline.journal_entry import Remark
from pipeline.stored_session import SessionSummary


def remark_section(summary: SessionSummary, remark: Remark) -> Any:
    """The note, and the form.

    Args:
        summary: the session.
        remark: its tags and note.
    """
    conditions = "\n".join(f"{name}: {value}" for name, value in summary.conditions.items())
    note = (
        long_text(remark.note, "session-note")
        if remark.note
        else [html.P(tr("No note yet."), className="ls-dim", id="session-note")]
    )
    return html.Section(
        [
            html.H2(tr("Notes")),
            *note,
            html.Details(
                [
                    html.Summary(tr("Change notes, tags, runner or conditions")),
                    form(
                        "remark-form",
                        routes.filled(routes.SESSION_DESCRIBE, session_id=summary.session_id),
                        html.Div(
                            [
                                text_area("remark-note", "note", tr("Note"), remark.note),
                                line_field(
                                    "remark-tags",
                                    "tags",
                                    tr("Tags, separated by commas"),
                                    ", ".join(remark.tags),
                                    hint=tr("baseline, new shoe"),
                                ),
                                line_field(
                                    "remark-runner",
                                    "runner",
                                    tr("Runner (name or code)"),
                                    summary.runner,
                                ),
                                text_area(
                                    "remark-conditions",
                                    "conditions",
                                    tr("Conditions, one in a line: name: value"),
                                    conditions,
                                    rows=3,
                                ),
                            ],
                            className="ls-fields",
                        ),
                        submit(tr("Keep")),
                    ),
                    html.Details(
                        [
                            html.Summary(tr("Delete this session")),
                            form(
                                "delete-session",
                                routes.filled(routes.SESSION_DELETE, session_id=summary.session_id),
                                html.P(tr("The session and its recording are removed for good.")),
                                html.Button(
                                    tr("Delete for good"), type="submit", className="ls-button"
                                ),
                                next_page=routes.SESSIONS,
                            ),
                        ],
                        className="ls-why",
                    ),
                ],
                className="ls-details",
                id="remark-edit",
            ),
        ],
        className="ls-card",
        id="notes",
        **attributes(aria_label=tr("Notes")),
    )
