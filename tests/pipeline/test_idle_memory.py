"""Hours in which nobody walks take no memory to speak of, live or offline."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import analysis, long_session, sacrum_sides, sacrum_steps
from pipeline.analysis import analyse_blocks
from pipeline.engine import KEPT_S, StrideEngine
from pipeline.leg import MARGIN_S, STRIDE_S
from pipeline.pelvis_axes import functional_axis
from pipeline.spilled_series import SpilledSeries
from pipeline.stillness import WindowMeans
from pipeline.stride import Stride
from pipeline.stride_table import strides_to_frame
from pipeline.tasks import repetition_search, shank_posture
from pipeline.tasks.shank_posture import smoothed
from sensors.placement import Placement
from sensors.sample_block import SampleBlock
from tests.simulated import joined, simulated

SECONDS, SEED = 40, 3


def with_idle_hours(idle_s: float, piece_s: float, every: int = 1) -> Iterator[SampleBlock]:
    """A short session, after which the sensors lie on a table; every n-th of its samples."""
    ends = {}
    for placement, block in joined(simulated(SECONDS, SEED).blocks).items():
        thin = slice(None, None, every)
        samples = (each[thin] for each in (block.time_s, block.acc, block.gyr, block.flags))
        ends[placement] = SampleBlock(placement, 0, block.rate_hz / every, *samples)
    yield from ends.values()
    rng = np.random.default_rng(0)
    for _ in range(round(idle_s / piece_s)):
        for placement, last in ends.items():
            count = round(piece_s * last.rate_hz)
            time_s = last.time_s[-1] + np.arange(1, count + 1) / last.rate_hz
            acc = np.array([0.0, 0.0, 9.81]) + rng.normal(0.0, 0.02, (count, 3))
            gyr = rng.normal(0.0, 0.002, (count, 3))
            first = last.first_index + len(last)
            flags = np.zeros(count, np.uint8)
            ends[placement] = SampleBlock(placement, first, last.rate_hz, time_s, acc, gyr, flags)
            yield ends[placement]


def test_a_live_session_forgets_samples_while_nobody_walks() -> None:
    """The last foot strike needs no samples once no stride can begin with it any more."""
    engine = StrideEngine(Placement)
    kept_s = []
    strides = 0
    for block in with_idle_hours(120.0, 4.0, every=4):
        strides += len(engine.push(block))
        tracks = engine.samples.tracks.values()
        kept_s.append(max((t.end - t.time_s.start) / t.rate_hz for t in tracks))
    assert strides > 20
    assert max(kept_s[-20:]) < KEPT_S + STRIDE_S[1] + MARGIN_S + 10.0


def test_an_idle_hour_adds_next_to_nothing_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where columns go to files early: 22 minutes more at 50 Hz takes less than 2 MB."""
    monkeypatch.setattr(long_session, "LONGEST_S", 150.0)
    monkeypatch.setattr(long_session, "PART_S", 120.0)
    monkeypatch.setattr(long_session, "OVERLAP_S", 15.0)
    for module in (shank_posture, repetition_search):
        monkeypatch.setattr(module, "ROWS_IN_MEMORY", 1 << 10)
    monkeypatch.setattr(SpilledSeries.__init__, "__defaults__", (0, 1 << 12))
    peaks = []
    for minutes in (1, 20, 42):  # the first one loads what is loaded once
        gc.collect()
        tracemalloc.start()
        result = analyse_blocks(
            with_idle_hours(60.0 * minutes, 60.0, every=4), Placement, mode="offline"
        )
        peaks.append(tracemalloc.get_traced_memory()[1] / 1e6)
        tracemalloc.stop()
        assert len(result.strides) > 20
    assert peaks[2] - peaks[1] < 2.0


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.lists(st.integers(-50, 50), max_size=9), max_size=9),
    st.integers(1, 7),
)
def test_running_means_do_not_depend_on_how_the_values_are_parted(
    parts: list[list[int]], width: int
) -> None:
    """Each is the mean of the values at most half the width away."""
    values = [float(value) for part in parts for value in part]
    given_parts = [np.array(part, np.float64) for part in parts]
    means = np.concatenate([*smoothed(given_parts, width)])
    half = width // 2
    expected = [np.mean(values[max(0, n - half) : n + half + 1]) for n in range(len(values))]
    np.testing.assert_allclose(means, np.array(expected), atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-12, 12), max_size=80), st.integers(1, 9))
def test_hills_stand_between_valleys_whatever_lies_in_the_file(steps: list[int], kept: int) -> None:
    """The peak is the first highest value of its hill, and valleys are lower by half a repetition."""
    values = np.cumsum(np.array(steps, np.float64))
    forward = SpilledSeries(np.float64, rows_in_memory=kept)
    forward.append(values)
    hills = [*repetition_search._hills(forward)]
    for hill in hills:
        stretch = values[hill.valley : hill.following + 1]
        assert hill.peak == hill.valley + int(np.argmax(stretch))
    for hill, following in pairwise(hills):
        assert hill.following == following.valley
        lower = repetition_search.SMALLEST_DEG / 2.0
        assert values[hill.following] < values[hill.peak] - lower


def test_the_axis_of_a_movement_does_not_depend_on_the_parts_of_it() -> None:
    """Bends about one axis, two windows at a time or all together: the same to the bit."""
    rng = np.random.default_rng(4)
    rate = np.sin(np.arange(40.0))[:, None] * np.array([0.1, 1.0, 0.05]) + rng.normal(
        0.0, 0.02, (40, 3)
    )
    whole = WindowMeans(rng.normal(0.0, 1.0, (40, 3)), rate, rate[:, :, None] * rate[:, None, :])
    parts = [
        WindowMeans(whole.mean_acc[at], whole.mean_rate[at], whole.rate_products[at])
        for at in (slice(a, a + 2) for a in range(0, 40, 2))
    ]
    up, bias = np.array([0.0, 0.0, 1.0]), np.array([0.001, -0.002, 0.0])
    together, apart = functional_axis(up, bias, [whole]), functional_axis(up, bias, parts)
    assert together is not None
    assert apart is not None
    assert abs(together[0][1]) > 0.99
    np.testing.assert_array_equal(together[0], apart[0])
    np.testing.assert_array_equal(together[2], apart[2])
    assert together[1] == apart[1]


def test_steps_by_the_pelvis_alone_are_the_same_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of eight seconds in place of an hour: the same steps within 5 ms, of the same feet."""
    blocks = [b for b in simulated(75, 101).blocks if b.placement is Placement.PELVIS]

    def events_s() -> tuple[list[str], np.ndarray]:
        strides = analyse_blocks(blocks, [Placement.PELVIS], mode="offline").strides
        return [s.side for s in strides], strides.column("foot_strike_s")

    sides, strikes_s = events_s()
    assert len(sides) > 80
    monkeypatch.setattr(sacrum_sides, "PART_STEPS", 7)
    monkeypatch.setattr(sacrum_steps, "PART_HILLS", 7)
    assert events_s()[0] == sides
    np.testing.assert_array_equal(events_s()[1], strikes_s)

    def short_parts(first: int, last: int, rate_hz: float) -> list[long_session.LongPart]:
        edges = [*range(first, last, round(8.0 * rate_hz)), last]
        beside = round(4.0 * rate_hz)
        return [
            long_session.LongPart(max(first, a - beside), a, b, min(last, b + beside))
            for a, b in pairwise(edges)
        ]

    monkeypatch.setattr(sacrum_steps, "long_parts", short_parts)
    sides_in_parts, strikes_in_parts_s = events_s()
    assert sides_in_parts == sides
    np.testing.assert_allclose(strikes_in_parts_s, strikes_s, atol=0.005)


def told(
    lost: list[Placement], set_absent: Callable[[StrideEngine, Placement], list[Stride]]
) -> Callable[[StrideEngine, Placement], list[Stride]]:
    """The same, and who is absent stands in a list."""

    def call(engine: StrideEngine, place: Placement) -> list[Stride]:
        lost.append(place)
        return set_absent(engine, place)

    return call


def test_online_nobody_waits_for_a_sensor_that_is_silent_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The right shank falls silent: the same strides, and the samples of the others are let go."""
    monkeypatch.setattr(analysis, "TOGETHER_S", 2.0)
    blocks = [
        block.slice(a, a + 400)
        for block in simulated(SECONDS, SEED).blocks
        for a in range(0, len(block), 400)
        if block.placement is not Placement.SHANK_RIGHT or block.time_s[a] < 20.0
    ]
    blocks.sort(key=lambda block: float(block.time_s[0]))
    found = []
    for silent_s in (600.0, 5.0):
        monkeypatch.setattr(analysis, "SILENT_S", silent_s)
        lost = []
        with monkeypatch.context() as watched:
            watched.setattr(StrideEngine, "set_absent", told(lost, StrideEngine.set_absent))
            found.append(analyse_blocks(blocks, Placement, mode="online").strides)
        assert lost == ([Placement.SHANK_RIGHT] if silent_s < 600.0 else [])
    assert len(found[0]) > 30
    pd.testing.assert_frame_equal(*(strides_to_frame(strides) for strides in found))
