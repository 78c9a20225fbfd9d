"""The live page's skeleton; ``assets/live.js`` fills it from the frames of ``LiveView``.

Every value has an element of its own whose ``data-live`` names its place in the frame.
"""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from dashboard import routes
from dashboard.client_words import client_words
from dashboard.language import tr
from dashboard.parts.attributes import attributes
from dashboard.parts.live_controls import live_controls, marks
from dashboard.parts.live_feedback import cue_line, feedback_panel
from dashboard.parts.live_glance import glance_view
from dashboard.parts.live_readouts import curve_blocks, facts, live_value, metric_blocks
from dashboard.parts.notice import notice
from dashboard.parts.preparation import preparation_box
from dashboard.text import LIVE_HINT


def _status(*, setup: bool) -> Any:
    first_time = html.P(
        dcc.Link(tr("Set up sensors step by step"), href=routes.SETUP, id="live-to-setup"),
        className="ls-small",
        id="live-setup-hint",
    )
    return html.Div(
        [
            html.Div(
                [
                    html.Strong(
                        tr("Connecting"), id="live-phase", **attributes(data_live="phase_words")
                    ),
                    live_value("live-elapsed", "elapsed", "ls-elapsed"),
                    html.Span(id="live-stale", className="ls-stale", hidden=True, role="status"),
                ],
                className="ls-phase",
            ),
            html.P(tr(LIVE_HINT), id="live-message", **attributes(data_live="message")),
            preparation_box("live-preparation"),
            html.Div(
                html.Ul(id="live-notices", className="ls-notices", hidden=True), role="status"
            ),
            html.P(
                html.A(tr("Review the stored session"), id="live-review-link", href="/sessions"),
                id="live-stored",
                hidden=True,
            ),
            *([first_time] if setup else []),
            live_controls(),
            marks(),
        ],
        className="ls-card ls-status",
        id="live-status",
    )


def _sensors() -> Any:
    return html.Section(
        [
            html.H2(tr("Sensors")),
            html.Ul(id="live-sensors", className="ls-sensors"),
            html.P(
                [
                    tr("Sensors to body:"),
                    " ",
                    live_value("live-calibration", "calibration_words"),
                    ".",
                ],
                className="ls-dim ls-small",
            ),
        ],
        className="ls-card",
        **attributes(aria_label=tr("Sensors")),
    )


def live_page(*, setup: bool = False) -> Any:
    """The live page before its first frame.

    Args:
        setup: whether there is a set-up to link to.
    """
    return html.Div(
        [
            html.H1(tr("Live session")),
            _status(setup=setup),
            cue_line(),
            metric_blocks(),
            facts(),
            feedback_panel(),
            _sensors(),
            curve_blocks(),
            html.P(id="live-summary", className="ls-hidden-text", **attributes(aria_live="polite")),
            glance_view(),
        ],
        id="live-root",
        **attributes(
            data_socket=routes.LIVE_SOCKET,
            data_poll=routes.LIVE_SNAPSHOT,
            data_start=routes.LIVE_START,
            data_stop=routes.LIVE_STOP,
            data_mark=routes.LIVE_MARK,
            data_feedback=routes.LIVE_FEEDBACK,
            data_sessions=routes.SESSIONS,
            data_transport="none",
            data_words=client_words(),
        ),
    )


def no_live_page() -> Any:
    """What ``/live`` says when the dashboard was started for review only."""
    return notice(
        tr("No live session here"),
        tr(
            "This dashboard was started for review. To measure, run “levelstride live” with "
            "sensors, or “levelstride demo” without."
        ),
        links=((tr("Go to the sessions"), routes.SESSIONS),),
    )
