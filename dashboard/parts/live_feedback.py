"""The live page's feedback panel: what is cued, against which target, and how it sounds."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.language import decimal, tr
from dashboard.parts.attributes import attributes
from dashboard.parts.live_controls import button, text_field
from pipeline.feedback_request import CUE_METRICS
from pipeline.metrics.registry import METRICS


def _select(element_id: str, label: str, options: dict[str, str]) -> Any:
    return html.Div(
        [
            html.Label(tr(label), htmlFor=element_id, className="ls-label"),
            html.Select(
                [html.Option(tr(words), value=value) for value, words in options.items()],
                id=element_id,
                className="ls-select",
            ),
        ]
    )


def _number(element_id: str, label: str, value: str, placeholder: str = "") -> Any:
    return text_field(
        element_id,
        tr(label),
        value=value,
        inputMode="decimal",
        maxLength=8,
        placeholder=tr(placeholder) if placeholder else "",
        className="ls-input ls-short",
    )


def feedback_panel() -> Any:
    """The panel; ``assets/live_feedback.js`` gives it life."""
    return html.Details(
        [
            html.Summary(
                [
                    html.Span(tr("Feedback"), className="ls-summary"),
                    html.Span(id="live-feedback-words", className="ls-dim ls-small"),
                ]
            ),
            html.P(
                tr(
                    "A cue comes when the median of the last 3 to 5 strides leaves the target zone, "
                    "at most once per two strides, and only when that median is certain enough. "
                    "Every cue is written into the recording."
                ),
                className="ls-dim ls-small",
            ),
            html.Div(
                [
                    _select(
                        "feedback-metric",
                        "Cue",
                        {key: METRICS[key].name for key in CUE_METRICS},
                    ),
                    _select(
                        "feedback-basis",
                        "Target from",
                        {
                            "session": "own baseline: the last 20 strides",
                            "earlier": "own earlier session",
                            "reference": "named reference group",
                            "fixed": "two numbers",
                        },
                    ),
                    _select(
                        "feedback-percent",
                        "Cadence against the baseline",
                        {"5": "+5 %", "7.5": decimal("+7.5 %"), "10": "+10 %", "0": "as it is"},
                    ),
                    _select(
                        "feedback-sd",
                        "Below the baseline by",
                        {
                            "1": "1 SD",
                            "0.5": decimal("0.5 SD"),
                            "1.5": decimal("1.5 SD"),
                            "0": "nothing",
                        },
                    ),
                    _number("feedback-low", "Zone from", ""),
                    _number("feedback-high", "Zone to", ""),
                    _select("feedback-gait", "In", {"run": "running", "walk": "walking"}),
                    _number("feedback-session", "Session", "", placeholder="the next"),
                    _number("feedback-sessions", "of", "8"),
                ],
                className="ls-controls",
                id="feedback-form",
            ),
            html.Div(
                [
                    button("feedback-on", tr("Give cues"), primary=True),
                    button("feedback-off", tr("End cues")),
                    button("feedback-sound", tr("Sound"), **attributes(aria_pressed="false")),
                    html.Span(id="feedback-result", role="status", className="ls-dim"),
                ],
                className="ls-controls ls-below",
            ),
            html.Dl(
                [
                    html.Div([html.Dt(tr("State")), html.Dd(id="feedback-state")]),
                    html.Div([html.Dt(tr("Target")), html.Dd(id="feedback-zone")]),
                    html.Div([html.Dt(tr("Rests on")), html.Dd(id="feedback-source")]),
                    html.Div([html.Dt(tr("Cues so far")), html.Dd(id="feedback-count")]),
                ],
                className="ls-facts ls-below",
                id="feedback-facts",
                hidden=True,
            ),
        ],
        id="live-feedback",
        className="ls-card ls-details",
    )


def cue_line() -> Any:
    """The last cue in words, shown for a few seconds."""
    return html.P(id="live-cue", className="ls-cue", hidden=True)
