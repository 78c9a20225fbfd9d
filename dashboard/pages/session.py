"""Review of one session, from the headline to where the numbers come from."""

from __future__ import annotations

from typing import Any

import pandas as pd
from dash import dcc, html

from dashboard import routes
from dashboard.figures.graph import figure_with_table, graph
from dashboard.figures.stance_curves import stance_curve_figure, stance_curve_rows
from dashboard.language import tr
from dashboard.parts.attributes import attributes
from dashboard.parts.condition_section import condition_section
from dashboard.parts.forms import choice_field
from dashboard.parts.headline_card import all_metrics_table, headline_card
from dashboard.parts.marks_section import marks_section
from dashboard.parts.notice import notice
from dashboard.parts.quality_section import definition_list, quality_section
from dashboard.parts.quality_story import quality_story
from dashboard.parts.raw_section import RAW_BOX_ID, RAW_BUTTON_ID, raw_section
from dashboard.parts.session_heading import valid_counts, written_parts
from dashboard.parts.side_section import side_section
from dashboard.parts.stride_grid import GRID_ID, flag_list, stride_table
from dashboard.parts.task_section import task_section
from dashboard.parts.trend_section import trend_box
from dashboard.parts.unread_section import kept_medians, unread_notice
from dashboard.recorded_marks import Recorded
from dashboard.said import said
from dashboard.session_view import SessionView, known_metrics
from dashboard.sides import SIDES
from dashboard.text import FEW_STRIDES
from pipeline.metrics.bramah_2018 import bramah_2018_bands
from pipeline.metrics.registry import METRICS

CARD_METRICS = ("cpd_peak_deg", "tir_exc_deg", "cpd_exc_deg")
TREND_SELECT_ID = "trend-metric"
TREND_QUERY_ID = "trend-query"
TREND_BOX_ID = "trend-box"
SESSION_ID_STORE = "session-id"
RECORDED_BOX_ID = "recorded-box"
ANSWERED_IDS = frozenset({RECORDED_BOX_ID, TREND_BOX_ID, GRID_ID, RAW_BUTTON_ID, RAW_BOX_ID})
"""Elements that callbacks read or fill."""
CURVE_NAMES = {"drop": "Pelvic drop", "tibial_rotation": "Tibial rotation"}


def _card(title: str, *content: Any, **more: Any) -> Any:
    return html.Section(
        [html.H2(title), *content], className="ls-card", **attributes(aria_label=title), **more
    )


def _curve_box(curves: pd.DataFrame, metric: str) -> Any:
    name = tr(CURVE_NAMES[metric])
    title = tr("{name} over stance", name=name)
    caption = tr("{name}: mean over valid strides; the band is ±1 SD between strides.", name=name)
    if metric == "drop":
        band = bramah_2018_bands("")[0]
        caption += " " + tr(
            "Grey: peak of {population} (n = {count}, {speed}), mean ± SD, {source}; measured "
            "against the laboratory, not against standing. Where a group lay, not where a runner "
            "ought to be.",
            population=tr(band.population),
            count=band.n,
            speed=tr(band.speed),
            source=band.source,
        )
    else:
        caption += " " + tr("No accepted reference for a shank sensor in running is known.")
    return _card(
        title,
        figure_with_table(
            graph(stance_curve_figure(curves, metric), element_id=f"curve-{metric}"),
            caption=caption,
            headings=(tr("% of stance"), f"{tr('Left')} (°)", f"{tr('Right')} (°)"),
            rows=stance_curve_rows(curves, metric),
        ),
    )


def _remarks(view: SessionView, shown: pd.DataFrame) -> list[Any]:
    remarks = []
    other = len(view.stored.strides) - len(shown)
    if other:
        remarks.append(
            tr(
                "{count} strides of the other gait are in the stride table, but not in the "
                "numbers.",
                count=other,
            )
        )
    fewest = min(int((shown["valid"] & (shown["side"] == side)).sum()) for side in SIDES)
    if fewest < FEW_STRIDES:
        remarks.append(
            tr(
                "A leg has only {fewest} valid strides. Medians are unsteady below {least}.",
                fewest=fewest,
                least=FEW_STRIDES,
            )
        )
    if view.stored.problems:
        remarks.append(tr("The data have gaps or doubts: see Quality below."))
    return [html.P(text, className="ls-remark") for text in remarks]


def _numbers(view: SessionView, shown: pd.DataFrame, keys: list[str]) -> list[Any]:
    cards = [
        headline_card(
            shown,
            key,
            {side: view.changes[side, key] for side in SIDES if (side, key) in view.changes},
        )
        for key in CARD_METRICS
        if key in keys
    ]
    selected = "cpd_peak_deg" if "cpd_peak_deg" in keys else keys[0]
    return [
        html.Div(cards, className="ls-columns ls-columns-3"),
        _card(
            tr("Over the session"),
            dcc.Store(id=TREND_QUERY_ID),
            html.Div(
                choice_field(
                    TREND_SELECT_ID,
                    "metric",
                    tr("Metric"),
                    [(key, tr(METRICS[key].name)) for key in keys],
                    chosen=selected,
                ),
                className="ls-narrow",
                **attributes(data_query=TREND_QUERY_ID),
            ),
            html.Div(trend_box(shown, selected, view.recorded), id=TREND_BOX_ID),
        ),
    ]


def recorded_parts(shown: pd.DataFrame, found: Recorded) -> list[Any]:
    """What comes from the recording: conditions within the run, marks and cues.

    Args:
        shown: stride table of one gait.
        found: what the recording says.
    """
    parts = [condition_section(shown, found), marks_section(found.marks, found.effects)]
    if found.problem:
        words = tr("Marks, cues and conditions within the run are not known.")
        parts.append(
            html.P(f"{said(found.problem)} {words}", className="ls-remark", id="recording-problem")
        )
    return [part for part in parts if part is not None]


def _stride_section(view: SessionView) -> Any:
    strides = view.stored.strides
    return _card(
        tr("Strides"),
        stride_table(strides),
        html.P(
            html.A(
                tr("Download all columns as CSV"),
                href=routes.strides_csv_url(view.stored.summary.session_id),
                id="strides-csv",
            ),
            className="ls-small ls-below",
        ),
        html.H3(tr("Flags")),
        flag_list(strides),
    )


def session_page(view: SessionView) -> Any:
    """The review page.

    Args:
        view: everything it shows.
    """
    stored = view.stored
    shown = view.shown
    keys = known_metrics(shown)
    written = written_parts(
        stored.summary, view.remark, valid_counts(view.stored.summary, shown, view.strides_unread)
    )
    parts: list[Any] = [
        dcc.Store(id=SESSION_ID_STORE, data=stored.summary.session_id),
        html.P(dcc.Link(tr("← All sessions"), href=routes.SESSIONS), className="ls-small"),
        written["session-runner"],
        written["session-facts"],
        written["session-actions"],
    ]
    if stored.unread:
        parts.append(unread_notice(stored.unread))
    if view.strides_unread:
        parts.append(kept_medians(stored.summary))
    elif not keys and len(stored.repetitions) and not len(stored.strides):
        words = tr("No running or walking was found. The single-leg tasks of the session follow.")
        parts.append(html.P(words, className="ls-remark"))
    elif not keys:
        parts.append(
            notice(
                tr("No valid stride"),
                tr(
                    "The session has no stride whose metrics are known. The quality section below "
                    "tells what was received."
                ),
            )
        )
    else:
        parts += [*_remarks(view, shown), *_numbers(view, shown, keys)]
    if len(stored.curves):
        parts.append(
            html.Div(
                [_curve_box(stored.curves, name) for name in CURVE_NAMES], className="ls-columns"
            )
        )
    if keys:
        parts.append(side_section(shown))
    parts.append(task_section(stored.repetitions))
    parts.append(
        html.Div(
            recorded_parts(shown, view.recorded)
            if view.recorded is not None
            else html.P(tr("The recording is being read …"), className="ls-dim", role="status"),
            id=RECORDED_BOX_ID,
            **attributes(data_read=str(view.recorded is not None).lower()),
        )
    )
    parts.append(written["notes"])
    if keys:
        parts.append(_card(tr("All metrics"), all_metrics_table(shown)))
    if len(stored.strides):
        parts.append(_stride_section(view))
    parts += [
        raw_section(has_recording=stored.summary.has_recording),
        _card(
            tr("Quality"),
            html.Ul([html.Li(text) for text in quality_story(stored)], id="quality-story"),
            quality_section(stored.quality, stored.problems, stored.notes),
            id="quality",
        ),
        html.Details(
            [
                html.Summary(tr("Where these numbers come from")),
                definition_list(stored.provenance, "session-provenance"),
            ],
            id="provenance",
            className="ls-card ls-details",
        ),
    ]
    return html.Div([part for part in parts if part is not None], id="session-page")


def unknown_session_page() -> Any:
    """What an address of no stored session says."""
    return notice(
        tr("No such session"),
        tr(
            "The library has no session under this address. It may have been deleted, or it "
            "belongs to another library."
        ),
        links=((tr("All sessions"), routes.SESSIONS),),
    )
