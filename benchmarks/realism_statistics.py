"""Statistics of real recordings and of simulated runners, computed alike.

Quantities that do not depend on how a sensor sits: spectra summed over axes, magnitudes, durations. Mean
waveforms are in segment axes, which the real set gives.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.signal import welch

from firmware_sim import SimulatedSession
from firmware_sim.body.script import Script

Array = NDArray[np.float64]
BANDS_HZ = ((0.5, 3.0), (3.0, 8.0), (8.0, 20.0), (20.0, 45.0))
WALK_SEEDS = (201, 202, 203, 204, 205, 206)
RUN_SEEDS = (211, 212, 213, 214, 215, 216, 217, 218)
_AXES = "xyz"


@dataclass(frozen=True)
class Recording:
    """Acc [m/s^2] and gyr [rad/s], (n, 3), of one sensor on ``pelvis`` or ``shank``."""

    name: str
    segment: str
    rate_hz: float
    acc: Array
    gyr: Array


def _columns(frame: pd.DataFrame, sensor: str, quantity: str) -> Array:
    return frame[[f"{sensor}_{quantity}_{a}" for a in _AXES]].to_numpy(np.float64)


def real_walking(data: Path) -> Iterator[Recording]:
    """Treadmill walking: four people (100 Hz) and one at three speeds (128 Hz)."""
    folders = (
        ("cmu_xsens_treadmill_walk", "*Baseline_imu.parquet"),
        ("tripod_treadmill_walk", "PWS*.parquet"),
    )
    for folder, pattern in folders:
        for path in sorted((data / folder).glob(pattern)):
            frame = pd.read_parquet(path)
            rate = 1.0 / float(np.median(np.diff(frame["t_s"])))
            middle = frame.iloc[len(frame) // 4 : len(frame) * 3 // 4]
            for sensor in ("pelvis", "sacrum", "shank_l", "shank_r"):
                if f"{sensor}_gyr_x" in frame:
                    segment = "shank" if "shank" in sensor else "pelvis"
                    acc, gyr = (_columns(middle, sensor, q) for q in ("acc", "gyr"))
                    keep = np.isfinite(acc).all(axis=1) & np.isfinite(gyr).all(axis=1)
                    yield Recording(path.stem, segment, rate, acc[keep], gyr[keep])


def _gait_session(gait: str, seed: int, speed_m_s: float, seconds: float) -> SimulatedSession:
    rows = [
        {"activity": "stand", "seconds": 5},
        {"activity": gait, "seconds": seconds, "speed_m_s": speed_m_s},
    ]
    return SimulatedSession(
        seconds + 5.0, seed=seed, faults="field", script=Script.from_rows(rows, 1.0)
    )


def simulated(
    gait: str, speed_m_s: float, seeds: tuple[int, ...], rate_hz: float
) -> Iterator[Recording]:
    """What faultless sensors on soft tissue measure in 30 s of one gait."""
    for seed in seeds:
        session = _gait_session(gait, seed, speed_m_s, 38.0)
        for sensor in session.sensors:
            gyr_dps, acc = sensor.sampler().ideal(np.arange(10.0, 40.0, 1.0 / rate_hz))
            segment = "pelvis" if sensor.placement == "pelvis" else "shank"
            yield Recording(f"seed {seed}", segment, rate_hz, acc, np.radians(gyr_dps))


def spectrum(signal: Array, rate_hz: float) -> tuple[Array, Array]:
    """Frequencies and amplitude density (root of power density), summed over axes; 4 s windows."""
    f, p = welch(signal, rate_hz, nperseg=int(4 * rate_hz), axis=0, detrend="constant")
    return f, np.sqrt(p.sum(axis=1))


def band_rms(signal: Array, rate_hz: float) -> list[float]:
    """Root mean square over axes in each of ``BANDS_HZ``; NaN above 45 % of the rate."""
    f, amplitude = spectrum(signal, rate_hz)
    found = []
    for low, high in BANDS_HZ:
        inside = (f >= low) & (f < high)
        known = high <= 0.45 * rate_hz
        found.append(float(np.sqrt(np.sum(amplitude[inside] ** 2) * f[1])) if known else np.nan)
    return found


def peaks_per_stride(r: Recording, stride_s: float = 1.2) -> Array:
    """Largest |acc| of each stretch of one stride, g."""
    n = int(stride_s * r.rate_hz)
    size = np.linalg.norm(r.acc, axis=1)
    return np.asarray(size[: len(size) // n * n].reshape(-1, n).max(axis=1) / 9.80665)


def shock_shape(r: Recording, reach_s: float = 0.12) -> tuple[Array, Array]:
    """|acc| of a shank about the largest peak of each stride: mean over strides, g; time from the peak."""
    n = int(1.2 * r.rate_hz)
    k = int(reach_s * r.rate_hz)
    size = np.linalg.norm(r.acc, axis=1) / 9.80665
    found = []
    for start in range(n, len(size) - 2 * n, n):
        peak = start + int(np.argmax(size[start : start + n]))
        found.append(size[peak - k : peak + k + 1])
    return np.arange(-k, k + 1) / r.rate_hz, np.mean(found, axis=0)


def real_stride_times(data: Path) -> dict[str, list[Array]]:
    """Stride times by gait, one series per trial and side, s; longer gaps leave strides out."""
    walk = []
    for folder in ("cmu_xsens_treadmill_walk", "tripod_treadmill_walk"):
        table = pd.read_csv(data / folder / "strides.csv")
        table = table[~table["trial"].str.contains("Stiff")]
        for _, rows in table.groupby(["trial", "side"]):
            stride = rows["stride_s"].dropna().to_numpy(np.float64)
            walk.append(stride[np.abs(stride / np.median(stride) - 1.0) < 0.25])
    run = []
    events = pd.read_csv(data / "alcantara_sacral_acc_run" / "events.csv")
    for _, rows in events[events["slope_deg"] == 0].groupby("trial"):
        strikes = rows["t_fs"].to_numpy(np.float64)
        stride = strikes[2:] - strikes[:-2]
        run.append(stride[np.abs(stride / np.median(stride) - 1.0) < 0.25])
    return {"walk": walk, "run": run}


def simulated_stride_times(
    gait: str, speed_m_s: float, seeds: tuple[int, ...], seconds: float
) -> list[Array]:
    """The same of simulated people, from their truth."""
    found = []
    for seed in seeds:
        events = _gait_session(gait, seed, speed_m_s, seconds).truth_events()
        strikes = events[
            (events.event == "foot_strike") & (events.side == "right")
        ].time_s.to_numpy()
        found.append(np.diff(strikes[3:]))
    return found


def variation(stride: Array) -> float:
    """Coefficient of variation about a slow trend (line), per cent."""
    k = np.arange(len(stride))
    rest = stride - np.polyval(np.polyfit(k, stride, 1), k)
    return float(100.0 * rest.std(ddof=2) / stride.mean())


def fluctuation_exponent(x: Array) -> float:
    """Detrended fluctuation analysis with lines, windows of 6 to a quarter of the series."""
    profile = np.cumsum(x - x.mean())
    spread, sizes = [], np.unique(np.geomspace(6, len(x) / 4, 12).astype(int))
    for n in sizes:
        parts = profile[: len(x) // n * n].reshape(-1, n)
        k = np.arange(n)
        a, b = np.polynomial.polynomial.polyfit(k, parts.T, 1)
        spread.append(np.sqrt(np.mean((parts - a[:, None] - b[:, None] * k) ** 2)))
    return float(np.polyfit(np.log(sizes), np.log(spread), 1)[0])


WAVES = tuple(f"{s}_{q}_{a}" for s in ("pelvis", "tibia_r") for q in ("gyr", "acc") for a in _AXES)
PHASE = np.arange(100) / 100.0


def real_waves(data: Path, trial: str) -> dict[str, Array]:
    """Mean stride of one person (10 trials) in segment axes from right foot strike, (100,) per signal."""
    folder = data / "biomac_p01_stride_mean"
    frame = pd.read_parquet(folder / f"{trial}.parquet")
    info = json.loads((folder / "info.json").read_text("utf-8"))[trial]
    on = info["right_contact_on_phase"] or [0.0]
    shift = round(on[0] * 100)
    return {w: np.roll(frame[w].to_numpy(np.float64), -shift) for w in WAVES}


def simulated_waves(gait: str, speed_m_s: float, seeds: tuple[int, ...]) -> dict[str, Array]:
    """Mean strides of simulated people at the sensors' places, (people, 100) per signal."""
    found: dict[str, list[Array]] = {w: [] for w in WAVES}
    for seed in seeds:
        session = _gait_session(gait, seed, speed_m_s, 26.0)
        events = session.truth_events()
        right = events[(events.event == "foot_strike") & (events.side == "right")]
        strikes = right.time_s.to_numpy()[6:18]
        t = np.arange(strikes[0] - 0.1, strikes[-1] + 0.1, 0.002)
        for name, motion in (
            ("pelvis", session.body().pelvis(t)),
            ("tibia_r", session.body().shank(t, 0)),
        ):
            lever = (-0.15, 0.0, 0.0) if name == "pelvis" else (0.04, 0.25, 0.02)
            for q, values in zip(("gyr", "acc"), motion.sensor_signals(lever), strict=True):
                for a, v in zip(_AXES, values, strict=True):
                    strides = [
                        np.interp(s + PHASE * (e - s), t, v) for s, e in itertools.pairwise(strikes)
                    ]
                    found[f"{name}_{q}_{a}"].append(np.mean(strides, axis=0))
    return {w: np.stack(v) for w, v in found.items()}


def sacral_running(data: Path) -> tuple[Array, Array]:
    """Vertical sacral acceleration of one runner on the level: phase from foot strike, mean step, g."""
    folder = data / "alcantara_sacral_acc_run"
    trials, events = pd.read_parquet(folder / "trials.parquet"), pd.read_csv(folder / "events.csv")
    steps = []
    for trial, rows in events[events["slope_deg"] == 0].groupby("trial"):
        one = trials[trials["trial"] == trial]
        t, a = one["t_s"].to_numpy(), one["sacrum_acc_vert"].to_numpy() / 9.80665
        strikes = rows["t_fs"].to_numpy()
        for s, e in itertools.pairwise(strikes):
            if 0.2 < e - s < 0.5:
                steps.append(np.interp(s + PHASE * (e - s), t, a))
    return PHASE, np.mean(steps, axis=0)


def simulated_sacral_running(seeds: tuple[int, ...], speed_m_s: float) -> Array:
    """The same of simulated people, low-passed at 20 Hz and cut at 0 as the real one is, (people, 100)."""
    from scipy.signal import butter, sosfiltfilt

    sos = butter(2, 20.0, fs=500.0, output="sos")
    found = []
    for seed in seeds:
        session = _gait_session("run", seed, speed_m_s, 26.0)
        events = session.truth_events()
        strikes = events[events.event == "foot_strike"].time_s.to_numpy()[12:36]
        t = np.arange(strikes[0] - 0.2, strikes[-1] + 0.2, 0.002)
        force = session.body().pelvis(t).sensor_signals((-0.15, 0.0, 0.0))[1][1]
        a = np.maximum(sosfiltfilt(sos, force), 0.0) / 9.80665
        steps = [np.interp(s + PHASE * (e - s), t, a) for s, e in itertools.pairwise(strikes)]
        found.append(np.mean(steps, axis=0))
    return np.stack(found)
