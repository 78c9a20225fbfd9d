"""Suite on real walking: treadmill force, force plates, and sensors on their own marker clusters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from levelstride.validation import real_data as rd
from levelstride.validation.cluster_waveforms import waveform_errors
from levelstride.validation.figure import Figure
from levelstride.validation.given_events import OrientedSession
from levelstride.validation.leg_errors import rmse
from levelstride.validation.naive_angles import naive_excursions
from levelstride.validation.suite import SuiteOrder, SuiteResult, why_not
from pipeline.analysis import analyse_blocks
from pipeline.orientation import FloatArray
from pipeline.stride import SIDES, Side, Stride
from sensors.sample_block import SampleBlock

NAME = "real-walking"
SAME_EVENT_S = 0.15
CLUSTER_CASES = {
    "clusters": 0,
    "clusters, plain integration": 1,
    "clusters, the reference's events": 2,
}
"""What is compared with marker clusters, and where it stands in a row of errors."""
QUICK_SUBJECTS = ("S01", "S02")
"""Walkers over force plates of a quick run."""


def real_walking(order: SuiteOrder) -> SuiteResult:
    """Events against force, drop and tibial rotation against the sensors' own clusters."""
    result = SuiteResult(NAME)
    parts: Mapping[str, Callable[[Path, SuiteOrder], list[Figure]]] = {
        rd.TREADMILL: _treadmill,
        rd.PLATES: _plates,
        rd.CLUSTERS: _clusters,
    }
    for folder, part in parts.items():
        reason = why_not(order.data, folder)
        if order.data is None or reason is not None:
            result.not_run[folder] = reason or ""
            continue
        result.figures += part(order.data, order)
    return result


def _strides(blocks: Sequence[SampleBlock]) -> Sequence[Stride]:
    return analyse_blocks(blocks, [b.placement for b in blocks], mode="offline").strides


def _treadmill(data: Path, order: SuiteOrder) -> list[Figure]:
    """Split-belt force; time between sensors and force is known to ±20 ms."""
    figures: list[Figure] = []
    trials = rd.treadmill_trials(data)
    for done, trial in enumerate(trials):
        order.progress(rd.TREADMILL, done / len(trials))
        strides = _strides(rd.treadmill_blocks(data, trial))
        case = "treadmill, stiff knee" if "Stiff" in trial else "treadmill"
        for side in SIDES:
            reference = rd.treadmill_strides(data, trial, side)
            sure = reference[reference["valid"]]
            mine = [s for s in strides if s.side == side]
            values: dict[str, float] = {}
            strikes = nearest_errors([s.foot_strike_s for s in mine], sure["t_fs"])
            lifts = nearest_errors([s.toe_off_s for s in mine], sure["t_to"])
            values["strides_count"] = len(sure)
            values["missed_count"] = len(sure) - len(strikes)
            values["extra_count"] = _extra(mine, reference)
            values |= event_figures("foot_strike", strikes) | event_figures("toe_off", lifts)
            figures += _figures(case, trial, side, values, len(sure))
    order.progress(rd.TREADMILL, 1.0)
    return figures


def _extra(mine: Sequence[Stride], reference: pd.DataFrame) -> int:
    """Strides between the first and last strike of the force that no strike of it explains."""
    true = reference["t_fs"].to_numpy(np.float64)
    inside = [s.foot_strike_s for s in mine if true.min() < s.foot_strike_s < true.max()]
    return sum(bool(np.abs(true - t).min() > SAME_EVENT_S) for t in inside)


def _plates(data: Path, order: SuiteOrder) -> list[Figure]:
    """Force plates in a corridor, both shanks, no pelvis; events of all trials of a walker."""
    folder = data / rd.PLATES
    events = pd.read_csv(folder / "events.csv")
    steps = pd.read_csv(folder / "steps.csv")
    figures: list[Figure] = []
    files = sorted(folder.glob("imu_*.parquet"))
    if not order.full:
        files = [f for f in files if f.stem.removeprefix("imu_") in QUICK_SUBJECTS]
    for done, file in enumerate(files):
        order.progress(rd.PLATES, done / max(1, len(files)))
        subject = file.stem.removeprefix("imu_")
        found: dict[tuple[Side, str], list[float]] = {}
        wanted: dict[tuple[Side, str], int] = {}
        turns: dict[Side, list[float]] = {"left": [], "right": []}
        for trial, rows in pd.read_parquet(file).groupby("trial"):
            strides = _strides(rd.wide_blocks(rows, 100.0))
            for (letter, kind), group in events[events["trial"] == trial].groupby(
                ["side", "event"]
            ):
                side = rd.SIDE_OF[str(letter)]
                ends = [s.next_foot_strike_s for s in strides if s.side == side]
                starts = [s.foot_strike_s for s in strides if s.side == side]
                lifts = [s.toe_off_s for s in strides if s.side == side]
                times = sorted({*starts, *ends}) if kind == "FS" else lifts
                key = side, "foot_strike" if kind == "FS" else "toe_off"
                found.setdefault(key, []).extend(nearest_errors(times, group["t_s"]).tolist())
                wanted[key] = wanted.get(key, 0) + len(group)
            for row in steps[steps["trial"] == trial].to_dict("records"):
                turn = row["tibrot_peak_int_from_fs_longfunc_deg"]
                stride = nearest_stride(strides, rd.SIDE_OF[row["side"]], float(row["t_fs"]))
                if stride is not None and turn < 25.0:  # one outlier of the reference
                    turns[stride.side].append(stride.metrics.get("tir_exc_deg", np.nan) - turn)
        for (side, event), errors in found.items():
            values = event_figures(event, np.array(errors))
            if event == "foot_strike":
                values |= {
                    "strides_count": wanted[side, event],
                    "missed_count": wanted[side, event] - len(errors),
                }
            figures += _figures("force plates", subject, side, values, max(1, len(errors)))
        for side, errors in turns.items():
            figures += _figures(
                "force plates", subject, side, angle_figures("tir_exc", errors, "skin"), len(errors)
            )
    order.progress(rd.PLATES, 1.0)
    return figures


def _clusters(data: Path, order: SuiteOrder) -> list[Figure]:
    """Sensors on marker clusters, rows at 24 to 47 Hz: drop and rotation, beside naive ones.

    Once with the events found and once with the reference's, which the naive ones are given too.
    """
    folder = data / rd.CLUSTERS
    samples = pd.read_parquet(folder / "imu.parquet")
    trials = {str(r["trial"]): r for r in pd.read_csv(folder / "trials.csv").to_dict("records")}
    steps = pd.read_csv(folder / "steps.csv")
    alignment: dict[str, dict[str, dict[str, float]]] = {}
    for row in pd.read_csv(folder / "alignment.csv").to_dict("records"):
        worn = {str(key): value for key, value in row.items()}
        alignment.setdefault(str(row["participant"]), {})[str(row["sensor"])] = worn
    walks = steps[steps["imu_covers"].astype(bool) & (steps["task"] != "Running")]
    markers = dict(list(pd.read_parquet(folder / "reference.parquet").groupby("trial")))
    curves: dict[tuple[str, str, str], list[FloatArray]] = {}
    pairs: dict[tuple[str, str, str], list[tuple[float, float, float]]] = {}
    by_trial = list(walks.groupby("trial"))
    for done, (trial, rows) in enumerate(by_trial):
        order.progress(rd.CLUSTERS, done / len(by_trial))
        axes = alignment[str(trials[str(trial)]["participant"])]
        skew = {name: float(each["time_skew_s"]) for name, each in axes.items()}
        mine = samples[samples["trial"] == trial]
        blocks = rd.wide_blocks(mine, float(trials[str(trial)]["imu_fs_hz"]), skew)
        session = OrientedSession.of(blocks)
        strides = session.strides
        for row in rows.to_dict("records"):
            stride = nearest_stride(strides, rd.SIDE_OF[row["side"]], float(row["t_fs"]))
            if stride is None:
                continue
            times = {key: float(row[key]) for key in ("t_fs", "t_to")}
            for name, curve in waveform_errors(stride, markers[str(trial)], axes).items():
                curves.setdefault((str(trial), stride.side, name), []).append(curve)
            naive = naive_excursions(blocks, axes, stride.side, times)
            given = session.excursions(stride.side, times)
            for metric, reference in (
                ("cpd_exc", row["cpd_rise_from_fs_cluster_deg"]),
                ("tir_exc", row["tibrot_peak_int_from_fs_long_cluster_deg"]),
            ):
                ours = stride.metrics.get(f"{metric}_deg", np.nan) - reference
                key = str(trial), stride.side, metric
                pairs.setdefault(key, []).append(
                    (ours, naive[metric] - reference, given[metric] - reference)
                )
    figures: list[Figure] = []
    for (trial, side, metric), rows_of in pairs.items():
        errors = np.array(rows_of)
        for case, column in CLUSTER_CASES.items():
            values = angle_figures(metric, errors[:, column].tolist(), "cluster")
            figures += _figures(case, trial, side, values, len(errors))
    for (trial, side, name), each in curves.items():
        values = {f"{name}_waveform_rmse_deg": rmse(np.array(each))}
        figures += _figures("clusters", trial, side, values, len(each))
    order.progress(rd.CLUSTERS, 1.0)
    return figures


def nearest_errors(found: Sequence[float], reference: pd.Series[float]) -> FloatArray:
    """Differences of the nearest found event, seconds, of the reference events that have one."""
    times = np.array(sorted(found))
    if not len(times):
        return np.array([])
    errors = [times[np.argmin(np.abs(times - t))] - t for t in reference.dropna()]
    return np.array([e for e in errors if abs(e) < SAME_EVENT_S])


def nearest_stride(strides: Sequence[Stride], side: Side, strike_s: float) -> Stride | None:
    """The valid stride of a leg that begins within 0.15 s of a time."""
    mine = [s for s in strides if s.side == side and s.valid]
    near = min(mine, key=lambda s: abs(s.foot_strike_s - strike_s), default=None)
    if near is None or abs(near.foot_strike_s - strike_s) > SAME_EVENT_S:
        return None
    return near


def event_figures(event: str, errors_s: FloatArray) -> dict[str, float]:
    """Bias and spread of an event, ms."""
    if not len(errors_s):
        return {}
    return {
        f"{event}_bias_ms": float(errors_s.mean() * 1e3),
        f"{event}_sd_ms": float(errors_s.std() * 1e3),
    }


def angle_figures(metric: str, errors: Sequence[float], truth: str) -> dict[str, float]:
    """RMSE and mean error of an angle, degrees."""
    known = np.array([e for e in errors if np.isfinite(e)])
    if not len(known):
        return {}
    return {
        f"{metric}_rmse_{truth}_deg": rmse(known),
        f"{metric}_mean_error_{truth}_deg": float(known.mean()),
    }


def _figures(case: str, who: str, side: str, values: Mapping[str, float], n: int) -> list[Figure]:
    return [Figure(NAME, case, who, side, key, float(v), max(1, n)) for key, v in values.items()]
