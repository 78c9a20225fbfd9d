"""A chart as plain data for the chart library of the page (plotly.js)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date
from html import escape
from typing import Any

import numpy as np
import pandas as pd


def chart_text(text: str) -> str:
    """A text that people wrote, for a place in a chart: its signs stay signs.

    The chart library reads some markup (bold, links, line breaks) in names, labels and notes.
    """
    return escape(text, quote=False)


def _merge(target: dict[str, Any], changes: Mapping[str, Any]) -> None:
    for key, value in changes.items():
        if isinstance(value, Mapping) and isinstance(target.get(key), dict):
            _merge(target[key], value)
        else:
            target[key] = value


def _plain(value: Any) -> Any:
    """A value as JSON has it; what is not a finite number is null, which breaks a line."""
    if isinstance(value, pd.Series | np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items() if one is not None}
    if isinstance(value, float | np.floating):
        return round(float(value), 6) if math.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


class Chart:
    """Traces and layout, in the words of plotly.js.

    Attributes:
        data: traces, one mapping each.
        layout: axes, legend, shapes, notes.
    """

    def __init__(self, layout: Mapping[str, Any]) -> None:
        self.data: list[dict[str, Any]] = []
        self.layout: dict[str, Any] = {"shapes": [], "annotations": []}
        _merge(self.layout, layout)

    def add_line(self, **trace: Any) -> None:
        """Add a trace of points or lines (``scatter``)."""
        self.data.append({"type": "scatter", **trace})

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
        self.layout["annotations"].append({"text": chart_text(text), "showarrow": False, **place})

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

    def to_plain(self) -> dict[str, Any]:
        """The chart as JSON has it."""
        return {"data": _plain(self.data), "layout": _plain(self.layout)}

    def to_json(self, config: Mapping[str, Any]) -> str:
        """The chart as JSON that can stand in a page: it holds no ``<``."""
        whole = {**self.to_plain(), "config": dict(config)}
        text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text.replace("<", "\\u003c").replace("\u2028", " ").replace("\u2029", " ")
