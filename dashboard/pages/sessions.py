"""The library: all sessions, newest first, with their main numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard import routes
from dashboard.parts.library_table import MAX_ROWS, library_table
from dashboard.parts.notice import notice
from dashboard.text import EMPTY_LIBRARY, EMPTY_LIBRARY_TITLE
from pipeline.stored_session import SessionSummary


def sessions_page(summaries: Sequence[SessionSummary], *, live: bool) -> Any:
    """The list, or what to do when it is empty.

    Args:
        summaries: sessions of the library, newest first.
        live: whether the live page can make a session.
    """
    if not summaries:
        commands = html.Ul(
            [
                html.Li([html.Code("levelstride demo"), " shows a simulated runner."]),
                html.Li(
                    [
                        html.Code("levelstride live"),
                        " measures with sensors and stores the session.",
                    ]
                ),
            ]
        )
        links = (("Go to the live page", routes.LIVE),) if live else ()
        return html.Div(
            [
                html.H1("Sessions"),
                notice(EMPTY_LIBRARY_TITLE, EMPTY_LIBRARY, commands, links=links),
            ]
        )
    shown = summaries[:MAX_ROWS]
    count = f"{len(summaries)} session" + ("s" if len(summaries) != 1 else "")
    if len(shown) < len(summaries):
        count += f", the newest {MAX_ROWS} are listed"
    return html.Div(
        [
            html.H1("Sessions"),
            html.P(count, id="library-count", className="ls-dim"),
            library_table(shown),
            html.P(
                "Values are medians over valid strides. They describe sessions; they do not rate "
                "runners.",
                className="ls-dim ls-small",
            ),
        ]
    )
