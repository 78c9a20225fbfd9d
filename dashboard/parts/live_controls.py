"""The live page's controls: start, stop, marks, laps, notes, conditions."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from dashboard.language import tr
from dashboard.parts.attributes import attributes


def text_field(element_id: str, label: str, **more: Any) -> Any:
    """A field for up to 200 characters."""
    return html.Div(
        [
            html.Label(label, htmlFor=element_id, className="ls-label"),
            dcc.Input(
                **{
                    "id": element_id,
                    "type": "text",
                    "autoComplete": "off",
                    "maxLength": 200,
                    "className": "ls-input",
                    **more,
                }
            ),
        ],
        className="ls-field",
    )


def button(element_id: str, words: str, *, primary: bool = False, **more: Any) -> Any:
    """A button."""
    return html.Button(
        words,
        id=element_id,
        type="button",
        className="ls-button ls-primary" if primary else "ls-button",
        **more,
    )


def live_controls() -> Any:
    """All controls of a session."""
    return html.Div(
        [
            html.Div(
                [
                    html.Div(
                        text_field("live-runner", tr("Runner (name or code)")), id="live-runner-box"
                    ),
                    button("live-start", tr("Start"), primary=True),
                    button("live-stop", tr("Stop and store")),
                    button("live-glance-open", tr("Glance view")),
                ],
                className="ls-controls",
            ),
            html.Div(
                [
                    html.Div(
                        [
                            text_field("live-mark-text", tr("Note for a mark")),
                            button("live-mark", tr("Mark")),
                            button("live-lap", tr("Lap")),
                        ],
                        className="ls-controls",
                    ),
                    html.Div(
                        [
                            text_field(
                                "live-condition-text", tr("Condition"), placeholder=tr("insole on")
                            ),
                            button("live-condition-set", tr("Set condition")),
                        ],
                        className="ls-controls",
                    ),
                ],
                className="ls-controls",
            ),
            html.P(id="live-command-result", role="status", className="ls-dim ls-result"),
        ],
        id="live-controls",
    )


def marks() -> Any:
    """The last marks, and the condition that holds."""
    return html.Div(
        [
            html.P(
                [
                    tr("Condition:"),
                    " ",
                    html.Strong(id="live-condition", **attributes(data_live="condition")),
                ],
                hidden=True,
                className="ls-small",
                **attributes(data_show="condition"),
            ),
            html.Ul(id="live-marks", className="ls-marks ls-small"),
        ]
    )
