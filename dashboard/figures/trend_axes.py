"""What lies under a trend: speed, slope and heart rate over the run, and marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from dashboard.figures.chart import Chart
from dashboard.language import tr
from pipeline.orientation import FloatArray
from pipeline.statistics.within_run_trend import Profile
from sensors.recording_schema import Marker

LANE_PX = 80
MAX_MARKS = 60
POINTS = 400
LEAST_GAP_S = 10.0
GAP_STEPS = 5.0
LANES = (
    ("speed_m_s", "Speed (m/s)", 1.0, 0.2),
    ("grade", "Slope (%)", 100.0, 1.0),
    ("heart_rate_bpm", "Heart rate (1/min)", 1.0, 5.0),
    ("cadence_spm", "Cadence (1/min)", 1.0, 4.0),
)
"""Profile, label of its axis, factor, least half range."""


def thinned(profile: Profile) -> Profile:
    """A line for the screen: broken at gaps, means of equal parts where points are many.

    A gap is longer than ``LEAST_GAP_S`` and than ``GAP_STEPS`` usual steps; one point that is not
    a number stands in it.

    Args:
        profile: times in order, and values.
    """
    time, values = profile.time_s, profile.values
    if len(time) < 2:
        return profile
    steps = np.diff(time)
    gaps = np.flatnonzero(steps > max(LEAST_GAP_S, GAP_STEPS * float(np.median(steps)))) + 1
    times: list[FloatArray] = []
    means: list[FloatArray] = []
    for part in np.split(np.arange(len(time)), gaps):
        points = max(1, min(len(part), round(POINTS * len(part) / len(time))))
        edges = np.linspace(0, len(part), points + 1).astype(int)[:-1]
        sizes = np.diff([*edges, len(part)])
        if times:
            times.append((times[-1][-1:] + time[part[:1]]) / 2)
            means.append(np.full(1, np.nan))
        times.append(np.add.reduceat(time[part], edges) / sizes)
        means.append(np.add.reduceat(values[part], edges) / sizes)
    return Profile(np.concatenate(times), np.concatenate(means))


def add_lanes(figure: Chart, profiles: Mapping[str, Profile]) -> None:
    """Add a narrow chart per profile below a figure, on the same time.

    Args:
        figure: figure with minutes as its horizontal axis.
        profiles: by name in ``LANES``; empty ones are left out.
    """
    lanes = [lane for lane in LANES if lane[0] in profiles and len(profiles[lane[0]].time_s) > 1]
    if not lanes:
        return
    height = float(figure.layout["height"])
    total = height + LANE_PX * len(lanes)
    share = LANE_PX / total
    figure.update_layout(height=total, yaxis={"domain": [share * len(lanes) + 0.02, 1.0]})
    for number, (name, label, factor, reach) in enumerate(lanes):
        axis = f"y{number + 2}"
        top = share * (len(lanes) - number)
        shown = thinned(profiles[name])
        # a few wild readings must not flatten all others
        low, high = (float(q) * factor for q in np.nanpercentile(shown.values, (1, 99)))
        middle, half = (low + high) / 2, max(reach, 0.6 * (high - low))
        figure.add_line(
            x=shown.time_s / 60,
            y=shown.values * factor,
            mode="lines",
            line={"color": "#6b7680", "width": 1.5},
            name=tr(label),
            yaxis=axis,
            showlegend=False,
            hovertemplate=f"%{{y:.1f}} <extra>{tr(label)}</extra>",
        )
        figure.update_layout(
            **{
                f"yaxis{number + 2}": {
                    "domain": [top - share + 0.01, top - 0.035],
                    "range": [middle - half, middle + half],
                    "nticks": 3,
                    "zeroline": False,
                }
            }
        )
        # beside the axis the labels of neighbouring lanes would run into each other
        figure.add_note(
            tr(label),
            xref="paper",
            x=0,
            xanchor="left",
            yref="paper",
            y=top - 0.03,
            yanchor="bottom",
            font={"size": 11},
        )


def add_marks(figure: Chart, marks: Sequence[Marker]) -> None:
    """Add marks as thin upright lines with their words on top.

    Args:
        figure: figure with minutes as its horizontal axis.
        marks: in order.
    """
    for mark in marks[:MAX_MARKS]:
        figure.add_upright(mark.time_s / 60)
    if 0 < len(marks) <= 12:
        for mark in marks:
            figure.add_note(
                mark.text[:24],
                x=mark.time_s / 60,
                y=1.0,
                yref="paper",
                yanchor="top",
                textangle=-90,
                xanchor="right",
                font={"size": 10},
            )
