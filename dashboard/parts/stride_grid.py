"""The stride table as a grid that can be sorted and filtered."""

from __future__ import annotations

import math
from typing import Any

import dash_ag_grid as dag
import numpy as np
import pandas as pd
from dash import html

from dashboard.number_text import MISSING
from dashboard.text import GAIT_WORDS
from pipeline.metrics.registry import METRICS
from pipeline.stride import FLAG_NAMES, INVALIDATING_FLAGS

GRID_ID = "stride-grid"
GRID_METRICS = (
    "cpd_peak_deg",
    "cpd_exc_deg",
    "tir_exc_deg",
    "tir_vel_deg_s",
    "tibial_shock_g",
    "contact_time_s",
    "cadence_spm",
)
"""Metrics shown as columns; the exported table has all of them."""


def _column(field: str, name: str, width: int, **options: object) -> dict[str, object]:
    return {"field": field, "headerName": name, "width": width, **options}


def _number_column(field: str, name: str, width: int, decimals: int) -> dict[str, object]:
    shown = f"params.value == null ? '{MISSING}' : d3.format('.{decimals}f')(params.value)"
    return _column(
        field,
        name,
        width,
        filter="agNumberColumnFilter",
        type="rightAligned",
        valueFormatter={"function": shown},
    )


def grid_columns() -> list[dict[str, object]]:
    """Column definitions of the grid."""
    columns = [
        _number_column("number", "No.", 86, 0),
        _column("side", "Side", 94, filter="agTextColumnFilter"),
        _number_column("time_s", "Foot strike (s)", 124, 2),
        _column("gait", "Gait", 104, filter="agTextColumnFilter"),
    ]
    for key in GRID_METRICS:
        metric = METRICS[key]
        heading = f"{metric.short_name} ({metric.unit})"
        columns.append(_number_column(key, heading, 132, metric.decimals))
    columns += [
        _column("valid", "Valid", 96, filter="agTextColumnFilter"),
        _column(
            "flags",
            "Flags",
            220,
            filter="agTextColumnFilter",
            tooltipField="flag_words",
        ),
    ]
    return columns


def grid_rows(strides: pd.DataFrame) -> list[dict[str, object]]:
    """Rows of the grid: plain values, None where not known.

    Args:
        strides: stride table, both legs, in order of time.
    """
    flags = [str(text) if text else "" for text in strides["flags"].tolist()]
    sentences = {text: flag_words(text) for text in set(flags)}
    # Column by column: a frame's own way to records takes seconds for a long run.
    columns: dict[str, list[Any]] = {
        "number": (
            strides["number"].tolist() if "number" in strides else list(range(1, len(strides) + 1))
        ),
        "side": strides["side"].tolist(),
        "time_s": _numbers(strides, "foot_strike_s", 3),
        "gait": [GAIT_WORDS.get(gait, "") for gait in strides["gait"].tolist()],
        **{key: _numbers(strides, key, METRICS[key].decimals) for key in GRID_METRICS},
        "valid": ["yes" if valid else "no" for valid in strides["valid"].tolist()],
        "flags": [text.replace("|", ", ") for text in flags],
        "flag_words": [sentences[text] for text in flags],
    }
    return [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]


def _numbers(strides: pd.DataFrame, column: str, decimals: int) -> list[float | None]:
    values = np.round(strides[column].to_numpy(dtype=np.float64), decimals).tolist()
    return [value if math.isfinite(value) else None for value in values]


def flag_words(flags: str) -> str:
    """Flags joined by ``|`` as sentences."""
    return "; ".join(FLAG_NAMES.get(name, name) for name in flags.split("|") if name)


def flags_in(strides: pd.DataFrame) -> dict[str, int]:
    """How many strides carry each flag, in the order of ``FLAG_NAMES``; absent ones left out."""
    counts = dict.fromkeys(FLAG_NAMES, 0)
    for flags in strides["flags"]:
        for name in str(flags or "").split("|"):
            if name:
                counts[name] = counts.get(name, 0) + 1
    return {name: count for name, count in counts.items() if count}


def flag_list(strides: pd.DataFrame) -> Any:
    """The flags that occur, what they mean, and whether they keep a stride out of summaries."""
    counts = flags_in(strides)
    if not counts:
        return html.P("No stride carries a flag.")
    return html.Dl(
        [
            html.Div(
                [
                    html.Dt([html.Code(name), f" {count} stride" + ("s" if count != 1 else "")]),
                    html.Dd(
                        f"{FLAG_NAMES.get(name, 'not described')}"
                        + ("; not in summaries" if name in INVALIDATING_FLAGS else "")
                    ),
                ]
            )
            for name, count in counts.items()
        ],
        className="ls-terms",
        id="flag-list",
    )


def stride_grid() -> Any:
    """The grid; it asks for its rows a block at a time, so that a long run costs no more."""
    return dag.AgGrid(
        id=GRID_ID,
        columnDefs=grid_columns(),
        rowModelType="infinite",
        defaultColDef={
            "sortable": True,
            "resizable": True,
            "wrapHeaderText": True,
            "autoHeaderHeight": True,
        },
        dashGridOptions={
            "theme": {"function": "themeQuartz"},
            "cacheBlockSize": 200,
            "maxBlocksInCache": 10,
            "pagination": True,
            "paginationPageSize": 50,
            "paginationPageSizeSelector": [50, 200, 1000],
            "animateRows": False,
            "tooltipShowDelay": 300,
            "ensureDomOrder": True,
        },
        style={"height": "440px", "width": "100%"},
    )
