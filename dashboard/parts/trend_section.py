"""A metric over the run: chart with what lies under it, and its trend in words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from dash import html

from dashboard.change_text import signed_unit
from dashboard.figures.distribution import distribution_figure, distribution_rows
from dashboard.figures.graph import figure_with_table, graph
from dashboard.figures.trend import trend_caption, trend_figure, trend_rows
from dashboard.figures.trend_axes import add_lanes, add_marks
from dashboard.language import tr
from dashboard.leg_numbers import series_of
from dashboard.number_text import shown_text, signed_text
from dashboard.parts.metric_explanation import metric_explanation
from dashboard.recorded_marks import NOTHING, Recorded
from dashboard.remembered import remembered
from dashboard.sides import SIDE_STYLES, SIDES, Side
from pipeline.metrics.registry import METRICS
from pipeline.recording_facts import RecordingFacts
from pipeline.statistics.within_run_trend import Profile, Trend, within_run_trend

COVARIATE_WORDS = {"speed_m_s": "speed", "cadence_spm": "cadence", "grade": "slope"}


def _cadence(strides: pd.DataFrame) -> Profile | None:
    known = strides[strides["valid"] & np.isfinite(strides["cadence_spm"])]
    if len(known) < 20:
        return None
    return Profile(known["foot_strike_s"].to_numpy(float), known["cadence_spm"].to_numpy(float))


def _trend_of(strides: pd.DataFrame, side: Side, key: str, facts: RecordingFacts) -> Trend | None:
    return remembered(
        strides,
        ("within run", side, key),
        lambda: within_run_trend(
            series_of(strides, side, key),
            speed=facts.profiles.get("speed_m_s"),
            grade=facts.profiles.get("grade"),
        ),
        of=facts,
    )


def trend_sentences(strides: pd.DataFrame, key: str, found: Recorded) -> list[str]:
    """The trend of each leg in words, adjusted for what is known of the run.

    Args:
        strides: stride table of one gait.
        key: metric.
        found: what the recording says.
    """
    sentences = []
    for side in SIDES:
        name = tr(SIDE_STYLES[side].label)
        trend = _trend_of(strides, side, key, found.facts)
        if trend is None or not math.isfinite(trend.per_10_min):
            sentences.append(tr("{leg}: too short or too few strides for a trend.", leg=name))
            continue
        adjusted = [tr(COVARIATE_WORDS.get(word, word)) for word in trend.adjusted_for]
        missing = [tr(COVARIATE_WORDS.get(word, word)) for word in trend.not_adjusted_for]
        words = tr(
            "{leg}: {slope} in 10 minutes (95 % interval {low} to {high}), {verdict}; first tenth "
            "{first}, last tenth {last}.",
            leg=name,
            slope=signed_unit(key, trend.per_10_min),
            low=signed_text(key, trend.low),
            high=signed_unit(key, trend.high),
            verdict=tr("beyond error") if trend.beyond_error else tr("within error"),
            first=shown_text(key, trend.first),
            last=shown_text(key, trend.last),
        )
        if adjusted:
            words += " " + tr("Adjusted for {what}.", what=", ".join(adjusted))
        if missing:
            words += " " + tr("Not known or unchanged: {what}.", what=", ".join(missing))
        sentences.append(words)
    return sentences


def trend_box(strides: pd.DataFrame, key: str, found: Recorded | None = None) -> Any:
    """The trend chart of one metric, with caption, table, trend in words and distribution.

    Args:
        strides: stride table of one gait, with at least one row.
        key: metric key.
        found: what the recording says; None while it is not read.
    """
    said = found or NOTHING
    figure = trend_figure(strides, key)
    profiles = dict(said.facts.profiles)
    cadence = _cadence(strides)
    if cadence is not None and key != "cadence_spm":
        profiles["cadence_spm"] = cadence
    add_lanes(figure, profiles)
    add_marks(figure, said.marks)
    return [
        figure_with_table(
            graph(figure, element_id="trend-graph"),
            caption=trend_caption(strides, key),
            headings=(tr("Time (min)"), tr("Left"), tr("Right")),
            rows=trend_rows(strides, key),
        ),
        html.Ul(
            [html.Li(text) for text in trend_sentences(strides, key, said)],
            id="trend-words",
            className="ls-small",
        ),
        html.H3(tr("Distribution")),
        figure_with_table(
            graph(distribution_figure(strides, key), element_id="distribution-graph"),
            caption=tr("Share of the valid strides of each leg in equal classes."),
            headings=(tr("Percentile"), tr("Left"), tr("Right")),
            rows=distribution_rows(strides, key),
        ),
        html.Details(
            [html.Summary(tr("What is this?")), metric_explanation(METRICS[key])],
            className="ls-why",
            id="explain-trend",
        ),
    ]
