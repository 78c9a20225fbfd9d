"""The glance view: a few numbers that can be read at three metres."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.language import tr
from dashboard.live_readout import LIVE_METRICS
from dashboard.number_text import MISSING
from dashboard.parts.attributes import attributes
from dashboard.parts.live_controls import button
from dashboard.parts.live_readouts import gauge, side_key
from dashboard.sides import SIDE_STYLES, SIDES, Side
from pipeline.metrics.registry import METRICS


def _half(side: Side) -> Any:
    return html.Div(
        [
            html.P([side_key(side), tr(SIDE_STYLES[side].label)], className="ls-glance-side"),
            html.P(MISSING, className="ls-glance-number", id=f"glance-{side}"),
            gauge(side, LIVE_METRICS[0]),
            html.P(className="ls-glance-words", id=f"glance-{side}-words"),
        ],
        className=f"ls-glance-half ls-readout-{side}",
    )


def glance_view() -> Any:
    """The view, as a dialogue over the whole window; Escape leaves it."""
    return html.Dialog(
        [
            html.Div(
                [
                    *[
                        html.Button(
                            tr(METRICS[key].short_name),
                            type="button",
                            className="ls-button",
                            **attributes(data_glance=key, aria_pressed="false"),
                        )
                        for key in LIVE_METRICS
                    ],
                    html.Span(className="ls-glance-state", id="glance-state"),
                    button("live-glance-close", tr("Leave")),
                ],
                className="ls-glance-bar",
            ),
            html.Div([_half(side) for side in SIDES], className="ls-glance-pair"),
            html.Div(
                [
                    html.P(
                        [
                            html.Span(
                                MISSING,
                                id="glance-cadence",
                                className="ls-glance-cadence",
                                **attributes(data_live="cadence"),
                            ),
                            f" {tr('steps/min')} ",
                            html.Span(id="glance-cadence-words", className="ls-whole"),
                        ],
                        className="ls-glance-step",
                    ),
                    html.P(id="glance-cue", className="ls-glance-cue"),
                ],
                className="ls-glance-foot",
            ),
        ],
        id="live-glance",
        className="ls-glance",
        **attributes(aria_label=tr("Glance view")),
    )
