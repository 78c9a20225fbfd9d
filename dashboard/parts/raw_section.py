"""Raw signals: asked for when they are wanted."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboard.figures.raw_signal import QUANTITIES
from dashboard.language import tr
from dashboard.parts.attributes import attributes
from sensors.placement import Placement

RAW_BUTTON_ID = "raw-show"
RAW_SENSOR_ID = "raw-sensor"
RAW_QUANTITY_ID = "raw-quantity"
RAW_BOX_ID = "raw-box"
RAW_GRAPH_ID = "raw-graph"


def raw_section(*, has_recording: bool) -> Any:
    """The section.

    Args:
        has_recording: whether the library keeps the recording.
    """
    if not has_recording:
        content: list[Any] = [
            html.P(
                tr("The recording is not kept, so its signals cannot be drawn."),
                className="ls-dim",
            )
        ]
    else:
        content = [
            html.Div(
                [
                    dmc.Select(
                        id=RAW_SENSOR_ID,
                        label=tr("Sensor"),
                        data=[{"value": p.value, "label": tr(p.label)} for p in Placement],
                        value=Placement.PELVIS.value,
                        allowDeselect=False,
                    ),
                    dmc.Select(
                        id=RAW_QUANTITY_ID,
                        label=tr("Quantity"),
                        data=[
                            {"value": key, "label": tr(words)} for key, words in QUANTITIES.items()
                        ],
                        value="gyr",
                        allowDeselect=False,
                    ),
                    html.Button(
                        tr("Show raw signals"),
                        id=RAW_BUTTON_ID,
                        type="button",
                        className="ls-button",
                    ),
                ],
                className="ls-controls",
            ),
            dcc.Loading(
                html.Div(
                    [
                        html.P(
                            tr(
                                "In the axes of the sensor, as recorded. Drag over the chart to "
                                "zoom, double-click to see all."
                            ),
                            className="ls-dim ls-small",
                        )
                    ],
                    id=RAW_BOX_ID,
                ),
                type="default",
                delay_show=300,
            ),
        ]
    return html.Section(
        [html.H2(tr("Raw signals")), *content],
        className="ls-card",
        id="raw",
        **attributes(aria_label=tr("Raw signals")),
    )
