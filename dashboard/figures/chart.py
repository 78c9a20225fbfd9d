"""A chart as plain data, which ``assets/chart_draw.js`` draws."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd


def _merge(target: dict[str, Any], changes: Mapping[str, Any]) -> None:
    for key, value in changes.items():
        if isinstance(value, Mapping) and isinstance(target.get(key), dict):
            _merge(target[key], value)
        else:
            target[key] = value


def _plain(value: Any) -> Any:
    """A value as JSON has it; what is not a finite number is null, which breaks a line."""
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    if isinstance(value, str):
        return value
    if isinstance(value, pd.Series | np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        finite = math.isfinite
        return [
            (round(one, 6) if finite(one) else None) if type(one) is float else _plain(one)
            for one in value
        ]
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items() if one is not None}
    if isinstance(value, np.floating):
        return round(float(value), 6) if math.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    return value


def plain_json(value: Any) -> str:
    """Numbers, arrays and texts as JSON; what is not a finite number is null."""
    plain = _plain(value)
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class Chart:
    """Traces and layout. The words are those of plotly.js as far as ``chart_draw.js`` knows them.

    Attributes:
        data: traces, one mapping each: ``x``, ``y``; ``mode`` (``lines``, ``markers``, both);
            ``line``, ``marker``, ``fill`` (``toself``, ``tozeroy``) with ``fillcolor``,
            ``error_x``, ``yaxis``, ``name``, ``showlegend``, ``hovertemplate``, ``hoverinfo``,
            ``customdata``, ``text`` (heading of what stands beside the pointer).
        layout: axes (``range``, ``domain``, ``tickvals`` with ``ticktext``, ``dtick``, ``nticks``),
            ``height``, ``margin``, ``separators``, ``hovermode``, ``dragmode``, shapes, notes.
    """

    def __init__(self, layout: Mapping[str, Any]) -> None:
        self.data: list[dict[str, Any]] = []
        self.layout: dict[str, Any] = {"shapes": [], "annotations": []}
        _merge(self.layout, layout)

    def add_line(self, **trace: Any) -> None:
        """Add a trace of points or lines."""
        self.data.append({**trace})

    def update_layout(self, **changes: Any) -> None:
        """Change the layout; mappings are joined."""
        _merge(self.layout, changes)

    def update_x(self, **changes: Any) -> None:
        """Change the horizontal axis."""
        self.update_layout(xaxis=changes)

    def update_y(self, **changes: Any) -> None:
        """Change the first vertical axis."""
        self.update_layout(yaxis=changes)

    def add_shape(self, **shape: Any) -> None:
        """Add a rectangle or line."""
        self.layout["shapes"].append(shape)

    def add_note(self, text: str, **place: Any) -> None:
        """Add a text, shown as it is written."""
        self.layout["annotations"].append({"text": text, **place})

    def add_upright(self, x: float) -> None:
        """Add a thin upright line over the whole height."""
        self.add_shape(
            type="line",
            x0=x,
            x1=x,
            y0=0,
            y1=1,
            yref="paper",
            line={"width": 1, "dash": "dot", "color": "#8b949e"},
        )

    def to_json(self) -> str:
        """The chart as JSON that can stand in a page: it holds no ``<``."""
        text = plain_json({"data": self.data, "layout": self.layout})
        return text.replace("<", "\\u003c").replace("\u2028", " ").replace("\u2029", " ")
