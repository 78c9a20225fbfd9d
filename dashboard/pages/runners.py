"""Runners of the library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from dashboard import routes
from dashboard.language import tr
from dashboard.number_text import date_text
from dashboard.parts.attributes import attributes
from dashboard.parts.notice import notice
from pipeline.stored_session import RunnerSummary


def runners_page(runners: Sequence[RunnerSummary]) -> Any:
    """The list, or what to do when it is empty.

    Args:
        runners: by name.
    """
    if not runners:
        return html.Div(
            [
                html.H1(tr("Runners")),
                notice(
                    tr("No runners yet"),
                    tr("A runner appears here with the first session."),
                    links=((tr("Go to the sessions"), routes.SESSIONS),),
                ),
            ]
        )
    headings = (tr("Runner"), tr("Sessions"), tr("Newest"))
    rows = [
        html.Tr(
            [
                html.Th(
                    dcc.Link(
                        html.Span(runner.name or tr("No runner given"), dir="auto"),
                        href=routes.runner_url(runner.runner_id),
                    ),
                    scope="row",
                    className="ls-cell-runner",
                ),
                html.Td(html.Span(str(runner.sessions)), **attributes(data_label=headings[1])),
                html.Td(
                    html.Span(date_text(runner.last_utc)), **attributes(data_label=headings[2])
                ),
            ]
        )
        for runner in runners
    ]
    return html.Div(
        [
            html.H1(tr("Runners")),
            html.Div(
                html.Table(
                    [
                        html.Thead(html.Tr([html.Th(words, scope="col") for words in headings])),
                        html.Tbody(rows),
                    ],
                    className="ls-table ls-cards",
                    id="runners",
                ),
                className="ls-card ls-scroll",
                tabIndex=0,
                role="region",
                **attributes(aria_label=tr("Runners")),
            ),
        ]
    )
