"""Gaps: filled from the stride before, levelled by gravity, in doubt only where it is said."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from pipeline.analysis import analyse_blocks
from pipeline.gap_filling import FILL_S, fill_gap
from pipeline.gap_tilt import GapRecord, level_fills, turn_se_deg
from pipeline.offline_orientation import strapdown
from pipeline.orientation import to_earth
from pipeline.stride import Stride
from tests.pipeline.virtual_sensors import RATE_HZ, RUNS, analysed, recorded, with_gaps

COLUMNS = ("cpd_peak_deg", "cpd_exc_deg", "tir_exc_deg")


def periodic(n: int, period: int) -> np.ndarray:
    phase = 2.0 * np.pi * np.arange(n) / period
    return np.stack([np.sin(phase), np.cos(2.0 * phase), 0.5 * np.sin(3.0 * phase + 1.0)], axis=1)


@pytest.mark.parametrize("missing", [1, 8, 20, 50])
def test_a_periodic_signal_is_filled_as_it_would_have_gone_on(missing: int) -> None:
    """The fill lies on the signal within a fiftieth of its size; the doubt is as small."""
    gyr, acc = 5.0 * periodic(1000, 140), 9.0 * periodic(1000, 140)
    rate = np.concatenate([gyr[:1], 0.5 * (gyr[1:] + gyr[:-1])])
    end = 600
    after = end + missing
    fill = fill_gap(
        rate[end - 400 : end],
        acc[end - 400 : end],
        gyr[end - 1],
        gyr[after],
        acc[after],
        missing,
        RATE_HZ,
    )
    assert fill is not None
    assert fill.stride % 140 == 0
    assert np.abs(fill.gyr - gyr[end:after]).max() < 0.1
    assert np.abs(fill.acc - acc[end:after]).max() < 0.2
    assert turn_se_deg(fill.mismatch_rad_s, missing, RATE_HZ) < 0.5


def test_without_a_stride_before_only_short_gaps_are_filled() -> None:
    """A line over 50 ms at most; nothing is invented over more, nor over more than a quarter second."""
    gyr = periodic(60, 140)
    for missing, filled in ((10, True), (11, False)):
        fill = fill_gap(gyr, gyr, gyr[-1], gyr[0], gyr[0], missing, RATE_HZ)
        assert (fill is not None) is filled
    long = periodic(500, 140)
    missing = round(FILL_S * RATE_HZ) + 1
    assert fill_gap(long, long, long[-1], long[0], long[0], missing, RATE_HZ) is None


def test_gravity_takes_back_a_wrong_turn_over_a_gap(shared_data: Path) -> None:
    """A turn of 3 degrees put into a gap of the pelvis in running is found to 0.8 degrees."""
    samples = recorded(shared_data / "running_motion" / "r001_T35", "clean")
    _, acc, gyr = next(s for p, s in samples.items() if p.value == "pelvis")
    rate = np.concatenate([gyr[:1], 0.5 * (gyr[1:] + gyr[:-1])])
    bias = np.zeros_like(rate)
    for first in (3000, 4111, 5222):
        wrong = rate.copy()
        wrong[first : first + 20, 0] += np.radians(3.0) * RATE_HZ / 20
        gap = GapRecord(first, 20, 147, 3.0, 3.0)
        left = level_fills(wrong, acc, bias, [gap], RATE_HZ)
        around = slice(first - 50, first + 80)
        turned, true = (strapdown(r[around], RATE_HZ)[-1:] for r in (wrong, rate))
        up = to_earth(true, np.mean(acc[first - 300 : first], axis=0)[None])
        difference = to_earth(turned, np.mean(acc[first - 300 : first], axis=0)[None]) - up
        size = np.degrees(np.linalg.norm(difference) / np.linalg.norm(up))
        assert size < 0.8
        assert left[0].tilt_se_deg < 0.5


@pytest.mark.parametrize(
    ("gap_s", "elsewhere_deg", "filled_deg", "fewest_valid"),
    [(0.04, 0.35, 0.55, 0.85), (0.10, 0.4, 0.5, 0.8)],
)
def test_real_running_with_gaps(
    shared_data: Path, gap_s: float, elsewhere_deg: float, filled_deg: float, fewest_valid: float
) -> None:
    """2 % of the samples of each sensor missing: what it changes, against the same without gaps.

    RMS over the valid strides without and with a filled gap. Gaps soon after standing leave less known of how
    gravity leans in running, which moves the tibial rotation of all strides by a little.
    """
    changes: dict[bool, list[list[float]]] = {True: [], False: []}
    valid = total = 0
    for seed, trial in enumerate(RUNS):
        worn = recorded(shared_data / "running_motion" / trial, "field")
        whole = analysed(worn).strides
        cut = analyse_blocks(
            list(with_gaps(worn, seed, gap_s, 0.02)), tuple(worn), mode="offline"
        ).strides
        for stride in cut:
            same = _same(stride, whole)
            if same is None:
                continue
            total += 1
            valid += stride.valid
            if stride.valid:
                changes["filled" in stride.flags].append(
                    [stride.metrics[c] - same.metrics[c] for c in COLUMNS]
                )
    assert valid >= fewest_valid * total
    elsewhere, filled = (np.sqrt(np.mean(np.square(changes[f]), axis=0)) for f in (False, True))
    print(gap_s, f"elsewhere {elsewhere.round(2)}, filled {filled.round(2)}, {valid}/{total}")
    assert elsewhere.max() <= elsewhere_deg
    assert filled.max() <= filled_deg


def _same(stride: Stride, others: Sequence[Stride]) -> Stride | None:
    near = [
        o
        for o in others
        if o.side == stride.side and abs(o.foot_strike_s - stride.foot_strike_s) < 0.08
    ]
    return near[0] if near else None


def test_a_gap_that_begins_at_an_impact_does_not_pull_gravity_aside() -> None:
    """The last sample before the gap is 10 g off the stride before; the fill's mean force is within 0.1 g."""
    rate_hz, stride, missing = 200.0, 140, 20
    n = np.arange(4 * stride + 60)
    phase = 2.0 * np.pi * n / stride
    gyr = np.stack([np.sin(phase), np.cos(2.0 * phase), 0.3 * np.sin(3.0 * phase)], axis=1)
    acc = np.stack([np.zeros(len(n)), 9.81 + 8.0 * np.cos(2.0 * phase), np.sin(phase)], axis=1)
    true = acc[-missing - 1 : -1].copy()
    acc[-missing - 2, 2] += 98.1
    rate = 0.5 * (gyr[1:] + gyr[:-1])
    last = len(rate) - missing - 1
    fill = fill_gap(rate[:last], acc[1 : last + 1], gyr[last], gyr[-1], acc[-1], missing, rate_hz)
    assert fill is not None
    assert fill.stride % stride in (0, 1, stride - 1)
    assert np.abs(fill.acc.mean(axis=0) - true.mean(axis=0)).max() < 0.981
