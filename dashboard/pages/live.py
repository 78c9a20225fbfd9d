"""The live page's skeleton; ``assets/live.js`` fills it from the frames of ``LiveView``.

Every value has an element of its own whose ``data-live`` names its place in the frame.
"""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard import routes
from dashboard.live_view import CURVE_STRIDES, LIVE_METRICS, PLOT_STRIDES
from dashboard.number_text import MISSING, unit_text
from dashboard.parts.attributes import attributes
from dashboard.parts.notice import notice
from dashboard.sides import SIDE_STYLES, SIDES, Side
from dashboard.text import LIVE_HINT
from pipeline.metrics.registry import METRICS

CURVES = {"drop": "Pelvic drop over stance", "tibial_rotation": "Tibial rotation over stance"}
"""Curve names of a frame, and their captions."""


def _value(element_id: str, path: str, class_name: str = "") -> Any:
    return html.Span(MISSING, id=element_id, className=class_name, **attributes(data_live=path))


def _key(side: Side) -> Any:
    return html.Span(className=f"ls-key ls-key-{side}", **attributes(aria_hidden="true"))


def _readout(side: Side, key: str) -> Any:
    base = f"live-{side}-{key}"
    path = f"sides.{side}.readouts.{key}"
    unit = unit_text(key)
    return html.Div(
        [
            html.H3([_key(side), SIDE_STYLES[side].label], className="ls-side"),
            html.P(
                [
                    _value(base, f"{path}.last", "ls-big"),
                    html.Span(unit, className="ls-unit", **attributes(data_show=f"{path}.last")),
                    html.Span(
                        ["± ", _value(f"{base}-se", f"{path}.last_se"), unit],
                        className="ls-dim",
                        **attributes(data_show=f"{path}.last_se"),
                    ),
                ],
                className="ls-last",
            ),
            html.P("last stride ± its standard error", className="ls-dim ls-small"),
            html.P(
                [
                    html.Span(
                        [
                            html.Strong([_value(f"{base}-median", f"{path}.median"), unit]),
                            " ± ",
                            _value(f"{base}-spread", f"{path}.spread"),
                            unit,
                        ],
                        className="ls-whole",
                    ),
                    html.Span(
                        ["median of last ", _value(f"{base}-n", f"{path}.n")],
                        className="ls-dim ls-small ls-whole",
                    ),
                ],
                hidden=True,
                className="ls-spread",
                **attributes(data_show=f"{path}.median"),
            ),
            html.P(
                _value(f"{base}-note", f"{path}.note"),
                className="ls-note",
                **attributes(data_show=f"{path}.note"),
            ),
        ],
        className=f"ls-readout ls-readout-{side}",
    )


def _metric_block(key: str) -> Any:
    metric = METRICS[key]
    return html.Section(
        [
            html.H2(metric.name),
            html.P(metric.sign, className="ls-dim ls-small ls-sign"),
            html.Div([_readout(side, key) for side in SIDES], className="ls-pair"),
            html.Figure(
                [
                    html.Div(
                        className="ls-chart",
                        id=f"live-plot-{key}",
                        **attributes(data_chart="trend", data_metric=key),
                    ),
                    html.Figcaption(
                        f"Last {PLOT_STRIDES} valid strides of each leg, newest on the right."
                    ),
                ]
            ),
        ],
        className="ls-card",
        **attributes(aria_label=metric.name),
    )


def _legend() -> Any:
    return html.P(
        [html.Span([_key(side), SIDE_STYLES[side].label], className="ls-side") for side in SIDES],
        className="ls-legend ls-small",
    )


def _curve_block(name: str, caption: str) -> Any:
    return html.Figure(
        [
            html.H2(caption),
            _legend(),
            html.Div(
                className="ls-chart",
                id=f"live-curve-{name}",
                **attributes(data_chart="curve", data_curve=name),
            ),
            html.Figcaption(
                [
                    f"Mean ± 1 SD of the last {CURVE_STRIDES} valid strides. Strides: left ",
                    _value(f"live-curve-{name}-n-left", f"sides.left.curves.{name}.n"),
                    ", right ",
                    _value(f"live-curve-{name}-n-right", f"sides.right.curves.{name}.n"),
                    ".",
                ]
            ),
        ],
        className="ls-card",
    )


def _facts() -> Any:
    facts = [
        ("Gait", [_value("live-gait", "gait")]),
        ("Cadence", [_value("live-cadence_spm", "cadence"), " steps/min"]),
        *[
            (
                f"Contact {side}",
                [_value(f"live-{side}-contact_time_ms", f"sides.{side}.contact_ms"), " ms"],
            )
            for side in SIDES
        ],
        *[
            (
                f"Strides {side}",
                [
                    _value(f"live-{side}-valid", f"sides.{side}.valid"),
                    html.Span(
                        [" (", _value(f"live-{side}-unused", f"sides.{side}.unused"), " not used)"],
                        className="ls-dim",
                    ),
                ],
            )
            for side in SIDES
        ],
    ]
    return html.Dl(
        [html.Div([html.Dt(name), html.Dd(value)]) for name, value in facts], className="ls-facts"
    )


def _controls() -> Any:
    return html.Div(
        [
            dmc.TextInput(
                id="live-runner",
                label="Runner (name or code)",
                autoComplete="off",
                inputProps={"maxLength": 200},
            ),
            html.Button("Start", id="live-start", type="button", className="ls-button ls-primary"),
            html.Button("Stop and store", id="live-stop", type="button", className="ls-button"),
            dmc.TextInput(
                id="live-mark-text",
                label="Note for a mark",
                autoComplete="off",
                inputProps={"maxLength": 200},
            ),
            html.Button("Mark", id="live-mark", type="button", className="ls-button"),
            html.Span(id="live-command-result", role="status", className="ls-dim"),
        ],
        className="ls-controls",
        id="live-controls",
    )


def live_page() -> Any:
    """The live page before its first frame."""
    return html.Div(
        [
            html.H1("Live session"),
            html.Div(
                [
                    html.Div(
                        [
                            html.Strong(
                                "Connecting", id="live-phase", **attributes(data_live="phase_words")
                            ),
                            _value("live-elapsed", "elapsed", "ls-elapsed"),
                            html.Span(
                                id="live-stale", className="ls-stale", hidden=True, role="status"
                            ),
                        ],
                        className="ls-phase",
                    ),
                    html.P(LIVE_HINT, id="live-message", **attributes(data_live="message")),
                    html.P(
                        html.A(
                            "Review the stored session", id="live-review-link", href="/sessions"
                        ),
                        id="live-stored",
                        hidden=True,
                    ),
                    _controls(),
                ],
                className="ls-card ls-status",
                id="live-status",
            ),
            html.Section(
                [
                    html.H2("Sensors"),
                    html.Ul(id="live-sensors", className="ls-sensors"),
                    html.P(
                        ["Sensors to body: ", _value("live-calibration", "calibration_words"), "."],
                        className="ls-dim ls-small",
                    ),
                ],
                className="ls-card",
                **attributes(aria_label="Sensors"),
            ),
            html.Div([_metric_block(key) for key in LIVE_METRICS], className="ls-columns"),
            html.Div(
                [
                    _facts(),
                    html.P(
                        [
                            "Counts leave out ",
                            _value("live-unseen", "unseen"),
                            " strides that came while no page was open.",
                        ],
                        hidden=True,
                        className="ls-dim ls-small",
                        **attributes(data_show="unseen"),
                    ),
                ],
                className="ls-card",
            ),
            html.Div(
                [_curve_block(name, caption) for name, caption in CURVES.items()],
                className="ls-columns",
            ),
            html.P(id="live-summary", className="ls-hidden-text", **attributes(aria_live="polite")),
        ],
        id="live-root",
        **attributes(
            data_socket=routes.LIVE_SOCKET,
            data_poll=routes.LIVE_SNAPSHOT,
            data_start=routes.LIVE_START,
            data_stop=routes.LIVE_STOP,
            data_mark=routes.LIVE_MARK,
            data_sessions=routes.SESSIONS,
            data_transport="none",
        ),
    )


def no_live_page() -> Any:
    """What ``/live`` says when the dashboard was started for review only."""
    return notice(
        "No live session here",
        "This dashboard was started for review. To measure, run “levelstride live” with sensors, "
        "or “levelstride demo” without.",
        links=(("Go to the sessions", routes.SESSIONS),),
    )
