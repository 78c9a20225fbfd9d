"""The live page's numbers: per metric two read-outs with gauges, dots, stance curves, facts."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.language import tr
from dashboard.live_readout import CURVE_STRIDES, LIVE_METRICS, PLOT_STRIDES
from dashboard.number_text import MISSING, unit_text
from dashboard.parts.attributes import attributes
from dashboard.sides import SIDE_STYLES, SIDES, Side
from pipeline.metrics.registry import METRICS

CURVES = {"drop": "Pelvic drop over stance", "tibial_rotation": "Tibial rotation over stance"}
"""Curve names of a frame, and their captions."""


def live_value(element_id: str, path: str, class_name: str = "") -> Any:
    """A value of the frame; ``path`` names its place."""
    return html.Span(MISSING, id=element_id, className=class_name, **attributes(data_live=path))


def side_key(side: Side) -> Any:
    """The shape and colour of a side, for the eye only."""
    return html.Span(className=f"ls-key ls-key-{side}", **attributes(aria_hidden="true"))


def gauge(side: Side, key: str) -> Any:
    """Scale with median, uncertainty and zone; ``assets/live_gauge.js`` draws it."""
    return html.Div(className="ls-gauge", **attributes(data_gauge=side, data_metric=key))


def _readout(side: Side, key: str) -> Any:
    base = f"live-{side}-{key}"
    path = f"sides.{side}.readouts.{key}"
    unit = unit_text(key)
    return html.Div(
        [
            html.H3([side_key(side), tr(SIDE_STYLES[side].label)], className="ls-side"),
            html.P(
                [
                    html.Span(
                        [
                            live_value(f"{base}-median", f"{path}.median", "ls-big"),
                            html.Span(unit, className="ls-unit"),
                        ],
                        className="ls-whole",
                    ),
                    html.Span(
                        [
                            "±\N{NO-BREAK SPACE}",
                            live_value(f"{base}-uncertainty", f"{path}.uncertainty"),
                            unit,
                        ],
                        className="ls-dim ls-whole",
                        **attributes(data_show=f"{path}.uncertainty"),
                    ),
                ],
                hidden=True,
                className="ls-last",
                **attributes(data_show=f"{path}.median"),
            ),
            html.P(
                live_value(f"{base}-note", f"{path}.note"),
                className="ls-note",
                **attributes(data_show=f"{path}.note"),
            ),
            gauge(side, key),
            html.P(
                [
                    html.Span(className="ls-zone-words", id=f"{base}-zone"),
                    html.Span(
                        [
                            f"{tr('last stride')} ",
                            html.Strong([live_value(base, f"{path}.last"), unit]),
                            html.Span(
                                [
                                    " ±\N{NO-BREAK SPACE}",
                                    live_value(f"{base}-se", f"{path}.last_se"),
                                    unit,
                                ],
                                **attributes(data_show=f"{path}.last_se"),
                            ),
                        ],
                        className="ls-whole",
                    ),
                    html.Span(
                        [
                            f"{tr('between strides')} ±\N{NO-BREAK SPACE}",
                            live_value(f"{base}-spread", f"{path}.spread"),
                            unit,
                            ", ",
                            live_value(f"{base}-n", f"{path}.n"),
                            f" {tr('strides')}",
                        ],
                        className="ls-whole ls-dim",
                        **attributes(data_show=f"{path}.spread"),
                    ),
                ],
                className="ls-spread ls-small",
            ),
        ],
        className=f"ls-readout ls-readout-{side}",
    )


def metric_block(key: str) -> Any:
    """Read-outs and dots of one metric."""
    metric = METRICS[key]
    return html.Section(
        [
            html.H2(tr(metric.name)),
            html.P(tr(metric.sign), className="ls-dim ls-small ls-sign"),
            html.Div([_readout(side, key) for side in SIDES], className="ls-pair"),
            html.P(
                tr(
                    "Large: median of the last strides ± its standard error, which is the width of "
                    "the bar."
                ),
                className="ls-dim ls-small",
            ),
            html.Figure(
                [
                    html.Div(
                        className="ls-chart",
                        id=f"live-plot-{key}",
                        **attributes(data_chart="trend", data_metric=key),
                    ),
                    html.Figcaption(
                        tr(
                            "Last {count} valid strides of each leg, newest on the right.",
                            count=PLOT_STRIDES,
                        )
                    ),
                ]
            ),
        ],
        className="ls-card",
        **attributes(aria_label=tr(metric.name)),
    )


def metric_blocks() -> Any:
    """All metrics with a large read-out."""
    return html.Div([metric_block(key) for key in LIVE_METRICS], className="ls-columns")


def _legend() -> Any:
    return html.P(
        [
            html.Span([side_key(side), tr(SIDE_STYLES[side].label)], className="ls-side")
            for side in SIDES
        ],
        className="ls-legend ls-small",
    )


def _curve_block(name: str, caption: str) -> Any:
    return html.Figure(
        [
            html.H2(tr(caption)),
            _legend(),
            html.Div(
                className="ls-chart",
                id=f"live-curve-{name}",
                **attributes(data_chart="curve", data_curve=name),
            ),
            html.Figcaption(
                [
                    tr(
                        "Mean ± 1 SD of the last {count} valid strides. Strides: left",
                        count=CURVE_STRIDES,
                    ),
                    " ",
                    live_value(f"live-curve-{name}-n-left", f"sides.left.curves.{name}.n"),
                    f", {tr('right')} ",
                    live_value(f"live-curve-{name}-n-right", f"sides.right.curves.{name}.n"),
                    ".",
                ]
            ),
        ],
        className="ls-card",
    )


def curve_blocks() -> Any:
    """Mean stance curves as they form."""
    return html.Div(
        [_curve_block(name, caption) for name, caption in CURVES.items()], className="ls-columns"
    )


def _fact(name: str, *value: Any) -> Any:
    return html.Div([html.Dt(tr(name)), html.Dd(list(value))])


def facts() -> Any:
    """Gait, cadence, contact times, counts of strides."""
    rows = [
        _fact("Gait", live_value("live-gait", "gait")),
        _fact(
            "Cadence",
            live_value("live-cadence_spm", "cadence", "ls-mid"),
            f" {tr('steps/min')} ",
            html.Span(id="live-cadence-zone", className="ls-small"),
        ),
    ]
    for side in SIDES:
        value = live_value(f"live-{side}-contact_time_ms", f"sides.{side}.contact_ms", "ls-mid")
        rows.append(_fact(f"Contact {side}", value, " ms"))
    for side in SIDES:
        unused = live_value(f"live-{side}-unused", f"sides.{side}.unused")
        rows.append(
            _fact(
                f"Strides {side}",
                live_value(f"live-{side}-valid", f"sides.{side}.valid"),
                html.Span([" (", unused, f" {tr('not used')})"], className="ls-dim"),
            )
        )
    unseen = html.P(
        [
            tr("Counts leave out"),
            " ",
            live_value("live-unseen", "unseen"),
            f" {tr('strides that came while no page was open.')}",
        ],
        hidden=True,
        className="ls-dim ls-small",
        **attributes(data_show="unseen"),
    )
    return html.Div([html.Dl(rows, className="ls-facts"), unseen], className="ls-card")
