"""Raw signals: asked for when they are wanted."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from dashboard.figures.raw_signal import QUANTITIES
from dashboard.language import tr
from dashboard.parts.attributes import attributes
from dashboard.parts.forms import choice_field
from sensors.placement import Placement

RAW_BUTTON_ID = "raw-show"
RAW_QUERY_ID = "raw-query"
RAW_SENSOR_ID = "raw-sensor"
RAW_QUANTITY_ID = "raw-quantity"
RAW_BOX_ID = "raw-box"
RAW_GRAPH_ID = "raw-graph"
RAW_WINDOW_ID = "raw-window"
"""Store of the stretch that is zoomed into."""
FIRST_RAW = {"sensor": Placement.PELVIS.value, "quantity": "gyr"}
"""What is chosen at the beginning."""


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
                    dcc.Store(id=RAW_QUERY_ID, data=dict(FIRST_RAW)),
                    dcc.Store(id=RAW_WINDOW_ID),
                    choice_field(
                        RAW_SENSOR_ID,
                        "sensor",
                        tr("Sensor"),
                        [(place.value, tr(place.label)) for place in Placement],
                        chosen=FIRST_RAW["sensor"],
                    ),
                    choice_field(
                        RAW_QUANTITY_ID,
                        "quantity",
                        tr("Quantity"),
                        [(key, tr(words)) for key, words in QUANTITIES.items()],
                        chosen=FIRST_RAW["quantity"],
                    ),
                    html.Button(
                        tr("Show raw signals"),
                        id=RAW_BUTTON_ID,
                        type="button",
                        className="ls-button",
                    ),
                ],
                className="ls-controls",
                **attributes(data_query=RAW_QUERY_ID),
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
