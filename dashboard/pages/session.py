"""Review of one session: numbers, trend, stance curves, strides, quality, provenance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
import numpy as np
import pandas as pd
from dash import dcc, html

from dashboard import routes
from dashboard.figures.graph import figure_with_table, graph
from dashboard.figures.stance_curves import stance_curve_figure, stance_curve_rows
from dashboard.figures.trend import trend_caption, trend_figure, trend_rows
from dashboard.number_text import clock_text, date_text
from dashboard.parts.attributes import attributes
from dashboard.parts.headline_card import all_metrics_table, headline_card
from dashboard.parts.marks_section import marks_section
from dashboard.parts.metric_explanation import metric_explanation
from dashboard.parts.notice import notice
from dashboard.parts.quality_section import definition_list, quality_section
from dashboard.parts.stride_grid import flag_list, stride_grid
from dashboard.sides import SIDES
from dashboard.text import ASYMMETRY_NOTE, FEW_STRIDES, GAIT_WORDS
from pipeline.feedback_effect import CueEffect
from pipeline.metrics.registry import METRICS
from pipeline.stored_session import StoredSession
from sensors.recording_schema import Marker

CARD_METRICS = ("cpd_peak_deg", "tir_exc_deg", "cpd_exc_deg")
TREND_SELECT_ID = "trend-metric"
TREND_BOX_ID = "trend-box"
VALID_ONLY_ID = "valid-only"
SESSION_ID_STORE = "session-id"
CURVE_NAMES = {"drop": "Pelvic drop", "tibial_rotation": "Tibial rotation"}


def strides_of_gait(strides: pd.DataFrame, gait: str | None) -> pd.DataFrame:
    """Rows of one gait, in order of time; all rows when ``gait`` is None."""
    rows = strides if gait is None else strides[strides["gait"] == gait]
    return rows.sort_values("foot_strike_s")


def known_metrics(strides: pd.DataFrame) -> list[str]:
    """Metrics that some valid stride knows, in the order of the registry."""
    valid = strides[strides["valid"]]
    return [key for key in METRICS if np.isfinite(valid[key]).any()]


def trend_box(strides: pd.DataFrame, key: str) -> Any:
    """The trend chart of one metric, with caption and table.

    Args:
        strides: stride table of one gait, with at least one row.
        key: metric key.
    """
    return figure_with_table(
        graph(trend_figure(strides, key), element_id="trend-graph"),
        caption=trend_caption(strides, key),
        headings=("Time (min)", "Left", "Right"),
        rows=trend_rows(strides, key),
    )


def _curve_box(curves: pd.DataFrame, metric: str) -> Any:
    name = CURVE_NAMES[metric]
    return html.Section(
        [
            html.H2(f"{name} over stance"),
            figure_with_table(
                graph(stance_curve_figure(curves, metric), element_id=f"curve-{metric}"),
                caption=f"{name}: mean over valid strides; the band is ±1 SD between strides.",
                headings=("% of stance", "Left (°)", "Right (°)"),
                rows=stance_curve_rows(curves, metric),
            ),
        ],
        className="ls-card",
        **attributes(aria_label=f"{name} over stance"),
    )


def _heading(stored: StoredSession, shown: pd.DataFrame) -> Any:
    summary = stored.summary
    valid = {side: int((shown["valid"] & (shown["side"] == side)).sum()) for side in SIDES}
    facts = [
        ("Date", date_text(summary.started_utc)),
        ("Duration", clock_text(summary.duration_s)),
        ("Gait", GAIT_WORDS.get(summary.gait or "", "not known")),
        ("Valid strides", f"{valid['left']} left, {valid['right']} right"),
        *[(str(name).capitalize(), str(value)) for name, value in summary.conditions.items()],
    ]
    return [
        html.P(dcc.Link("← All sessions", href=routes.SESSIONS), className="ls-small"),
        html.H1(summary.runner or "No runner given", id="session-runner"),
        html.Dl(
            [html.Div([html.Dt(name), html.Dd(value)]) for name, value in facts],
            className="ls-facts ls-card",
            id="session-facts",
        ),
    ]


def _remarks(stored: StoredSession, shown: pd.DataFrame) -> list[Any]:
    remarks = []
    other = len(stored.strides) - len(shown)
    if other:
        remarks.append(
            f"{other} strides of the other gait are in the stride table, but not in the numbers."
        )
    fewest = min(int((shown["valid"] & (shown["side"] == side)).sum()) for side in SIDES)
    if fewest < FEW_STRIDES:
        remarks.append(
            f"A leg has only {fewest} valid strides. Medians are unsteady below {FEW_STRIDES}."
        )
    if stored.problems:
        remarks.append("The data have gaps or doubts: see Quality below.")
    return [html.P(text, className="ls-remark") for text in remarks]


def _numbers(shown: pd.DataFrame, keys: list[str]) -> list[Any]:
    cards = [headline_card(shown, key) for key in CARD_METRICS if key in keys]
    selected = "cpd_peak_deg" if "cpd_peak_deg" in keys else keys[0]
    return [
        html.Div(cards, className="ls-columns ls-columns-3"),
        html.P(ASYMMETRY_NOTE, className="ls-dim ls-small"),
        html.Section(
            [
                html.H2("Over the session"),
                dmc.Select(
                    id=TREND_SELECT_ID,
                    label="Metric",
                    data=[{"value": key, "label": METRICS[key].name} for key in keys],
                    value=selected,
                    allowDeselect=False,
                    maw=420,
                    mb="sm",
                ),
                html.Div(trend_box(shown, selected), id=TREND_BOX_ID),
            ],
            className="ls-card",
            **attributes(aria_label="Over the session"),
        ),
    ]


def _details(summary: str, *content: Any, element_id: str) -> Any:
    return html.Details(
        [html.Summary(summary), *content], id=element_id, className="ls-card ls-details"
    )


def session_page(
    stored: StoredSession, marks: Sequence[Marker] = (), effects: Sequence[CueEffect] = ()
) -> Any:
    """The review page.

    Args:
        stored: session out of the library.
        marks: marks that people set in it.
        effects: its cues, with the strides around them.
    """
    strides = stored.strides
    shown = strides_of_gait(strides, stored.summary.gait)
    keys = known_metrics(shown)
    parts: list[Any] = [
        dcc.Store(id=SESSION_ID_STORE, data=stored.summary.session_id),
        *_heading(stored, shown),
    ]
    if not keys:
        parts.append(
            notice(
                "No valid stride",
                "The session has no stride whose metrics are known. The quality section below "
                "tells what was received.",
            )
        )
    else:
        parts += [*_remarks(stored, shown), *_numbers(shown, keys)]
        parts.append(
            html.Div(
                [_curve_box(stored.curves, name) for name in CURVE_NAMES], className="ls-columns"
            )
        )
        parts.append(marks_section(marks, effects))
        parts.append(
            html.Section(
                [html.H2("All metrics"), all_metrics_table(shown)],
                className="ls-card",
                **attributes(aria_label="All metrics of the session"),
            )
        )
    if len(strides):
        parts.append(
            html.Section(
                [
                    html.H2("Strides"),
                    dmc.Switch(
                        id=VALID_ONLY_ID, label="Valid strides only", checked=False, mb="sm"
                    ),
                    stride_grid(strides.sort_values("foot_strike_s")),
                    html.P(
                        html.A(
                            "Download all columns as CSV",
                            href=routes.strides_csv_url(stored.summary.session_id),
                            id="strides-csv",
                        ),
                        className="ls-small ls-below",
                    ),
                    html.H3("Flags"),
                    flag_list(strides),
                ],
                className="ls-card",
                **attributes(aria_label="Strides"),
            )
        )
    parts += [
        html.Section(
            [html.H2("Quality"), quality_section(stored.quality, stored.problems, stored.notes)],
            className="ls-card",
            id="quality",
            **attributes(aria_label="Quality"),
        ),
        *[
            _details(
                f"What is “{METRICS[key].name}”?",
                metric_explanation(METRICS[key]),
                element_id=f"explain-{key}",
            )
            for key in CARD_METRICS
        ],
        _details(
            "Where these numbers come from",
            definition_list(stored.provenance, "session-provenance"),
            element_id="provenance",
        ),
    ]
    return html.Div([part for part in parts if part is not None], id="session-page")


def unknown_session_page() -> Any:
    """What an address of no stored session says."""
    return notice(
        "No such session",
        "The library has no session under this address. It may have been deleted, or it belongs "
        "to another library.",
        links=(("All sessions", routes.SESSIONS),),
    )
