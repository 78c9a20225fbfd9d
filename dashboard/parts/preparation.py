"""Progress of the calibration: the same on the live page and in the set-up."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.language import tr
from dashboard.parts.attributes import attributes


def preparation_box(element_id: str) -> Any:
    """Instruction, bar and refusal; scripts fill them from the frame."""
    return html.Div(
        [
            html.P(
                className="ls-preparation-title",
                role="status",
                **attributes(data_preparation="title"),
            ),
            html.Div(
                html.Div(className="ls-bar-fill"),
                className="ls-bar",
                role="progressbar",
                **attributes(
                    data_preparation="bar",
                    aria_label=tr("Progress of this step"),
                    aria_valuemin="0",
                    aria_valuemax="100",
                    aria_valuenow="0",
                ),
            ),
            html.P(className="ls-dim ls-small", **attributes(data_preparation="still")),
            html.P(
                className="ls-remark",
                hidden=True,
                role="alert",
                **attributes(data_preparation="refusal"),
            ),
        ],
        id=element_id,
        className="ls-preparation",
        hidden=True,
    )
