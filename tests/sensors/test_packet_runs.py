"""Packets taken many at once give the same, bit for bit, as packets taken one by one."""

from __future__ import annotations

from dataclasses import astuple
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors import packet_sequencer
from sensors.clock import ClockFitter
from sensors.live_clock import LiveClock
from sensors.lower_envelope import Minima
from sensors.packet_batch import PacketBatch, SyncPoint
from sensors.packet_sequencer import PacketSequencer, Placed, Run
from sensors.placement import Placement
from sensors.sample_assembler import SampleAssembler
from sensors.sample_block import SampleBlock
from sensors.session_clock import SessionClock

Part = PacketBatch | SyncPoint
FAULTS = ("lost", "repeated", "late", "restart", "reboot", "jump", "short", "stall")


def one_batch(rows: list[tuple[int, float, int, float]], seed: int) -> PacketBatch:
    """Packets from (first index, device time, samples, arrival), with random samples."""
    rng = np.random.default_rng(seed)
    count = np.array([row[2] for row in rows], dtype=np.int64)
    total = int(count.sum())
    return PacketBatch(
        arrival_s=np.array([row[3] for row in rows]),
        first_index=np.array([row[0] for row in rows], dtype=np.int64),
        device_s=np.array([row[1] for row in rows]),
        count=count,
        flags=rng.integers(0, 2, len(rows), dtype=np.uint8) * 8,
        acc=rng.normal(size=(total, 3)),
        gyr=rng.normal(size=(total, 3)),
        sample_flags=rng.integers(0, 4, total, dtype=np.uint8),
    )


@st.composite
def recordings(draw: st.DrawFn) -> list[Part]:
    """A sensor's packets and time exchanges, mostly regular, with faults between, in batches."""
    seed = draw(st.integers(0, 2**20))
    rng = np.random.default_rng(seed)
    faults = draw(st.dictionaries(st.integers(0, 199), st.sampled_from(FAULTS), max_size=12))
    raw = draw(st.sampled_from([0, 77, 2**32 - 600]))
    rate = draw(st.sampled_from([200.0, 200.6, 99.9]))
    every = draw(st.sampled_from([10, 4]))
    device, session = draw(st.sampled_from([3.0, 5000.0])), 0.5
    rows: list[tuple[int, float, int, float]] = []
    held: tuple[int, float, int] | None = None
    for number in range(200):
        fault = faults.get(number)
        count = every - 3 if fault == "short" else every
        session += 30.0 if fault == "stall" else 0.0
        if fault in ("restart", "reboot"):
            raw, session = 0, session + 2.0
            device = device + 2.0 if fault == "restart" else 1.0
        if fault == "jump":
            device += 0.7
        packet = (raw % 2**32, round(device, 6), count)
        arrival = session + count / rate + float(rng.exponential(0.006))
        if fault == "late":
            held = packet
        elif fault != "lost":
            rows.append((*packet, arrival))
        if fault == "repeated" and rows:
            rows.append((*rows[-1][:3], arrival))
        if held is not None and fault is None:
            rows.append((*held, arrival))
            held = None
        raw, device, session = raw + count, device + count / rate, session + count / rate
    arrivals = np.maximum.accumulate([row[3] for row in rows]).tolist()
    rows = [(*row[:3], arrival) for row, arrival in zip(rows, arrivals, strict=True)]
    cuts = sorted(draw(st.sets(st.integers(1, len(rows) - 1), max_size=5)))
    parts: list[Part] = []
    for start, stop in zip([0, *cuts], [*cuts, len(rows)], strict=True):
        parts.append(one_batch(rows[start:stop], seed + start))
        if draw(st.booleans()):
            _, at, _, arrival = rows[stop - 1]
            parts.append(SyncPoint(at, arrival - at - 0.02, arrival - at - 0.01))
    return parts


def push(parts: list[Part], taker: SampleAssembler | SessionClock) -> list[SampleBlock]:
    blocks: list[SampleBlock] = []
    for part in parts:
        if isinstance(part, SyncPoint):
            taker.push_sync(part)
        else:
            blocks += taker.push(part) or []
    return blocks


def outcome(parts: list[Part]) -> list[object]:
    """All that comes of the packets, live and offline, as bytes."""
    found: list[object] = []
    first = SessionClock(200.0)
    push(parts, first)
    fits = first.finish()
    found += [(fit.knots_device_s.tobytes(), fit.knots_offset_s.tobytes()) for fit in fits]
    found += [
        (one.index, one.clock, one.device_s, one.period_s, one.acc.tobytes(), one.flags.tobytes())
        for one in first.late
    ]
    for taker in (
        SampleAssembler(Placement.PELVIS, 200.0),
        SampleAssembler(
            Placement.PELVIS, 200.0, fits=fits, late=first.late, block_rate_hz=first.rate_hz
        ),
    ):
        blocks = push(parts, taker) + taker.finish()
        found += [
            (
                block.first_index,
                block.rate_hz,
                block.time_s.tobytes(),
                block.acc.tobytes(),
                block.gyr.tobytes(),
                block.flags.tobytes(),
            )
            for block in blocks
        ]
        found.append(astuple(taker.counts))
    return found


@settings(max_examples=100, deadline=None)
@given(parts=recordings())
def test_runs_and_single_packets_give_the_same_blocks(parts: list[Part]) -> None:
    """Through losses, repeats, late packets, restarts, reboots, clock jumps, wraps and stalls."""
    with pytest.MonkeyPatch.context() as patch:
        usual = outcome(parts)
        patch.setattr(packet_sequencer, "_FEWEST_TOGETHER", 10**9)
        singly = outcome(parts)
        patch.setattr(packet_sequencer, "_FEWEST_TOGETHER", 1)
        patch.setattr(packet_sequencer, "_WINDOW_PACKETS", 13)
        short_runs = outcome(parts)
    assert usual == singly
    assert short_runs == singly


def test_a_regular_stream_is_taken_in_one_run() -> None:
    """The quick way is the way taken: one first packet, then everything that follows."""
    rows = [(10 * k, 7.0 + 0.05 * k, 10, 1.0 + 0.05 * k) for k in range(400)]
    steps = list(PacketSequencer(200.0).place_all(one_batch(rows, 0)))
    assert [(start, stop) for start, stop, _ in steps] == [(0, 1), (1, 400)]
    assert isinstance(steps[0][2], Placed)
    assert isinstance(steps[1][2], Run)


def test_one_lost_packet_does_not_end_the_quick_way() -> None:
    rows = [(10 * k, 7.0 + 0.05 * k, 10, 1.0 + 0.05 * k) for k in range(400) if k != 200]
    steps = list(PacketSequencer(200.0).place_all(one_batch(rows, 0)))
    assert [(start, stop) for start, stop, _ in steps] == [(0, 1), (1, 200), (200, 201), (201, 399)]
    lost = steps[2][2]
    assert isinstance(lost, Placed)
    assert lost.lost == 10


@settings(max_examples=70, deadline=None)
@given(
    seed=st.integers(0, 2**20),
    step_s=st.sampled_from([0.05, 0.3, 1.7]),
    skew=st.sampled_from([0.0, 50e-6, -280e-6]),
    cuts=st.sets(st.integers(1, 299), max_size=4),
    sync=st.booleans(),
)
def test_clocks_follow_many_packets_as_they_follow_each(
    seed: int, step_s: float, skew: float, cuts: set[int], sync: bool
) -> None:
    """Live offsets and the points of the offline fit, through refits, slews and backward times."""
    rng = np.random.default_rng(seed)
    device = 100.0 + np.cumsum(rng.uniform(-0.02, 1.0, 300)) * 2 * step_s
    arrival = device * (1 + skew) + rng.exponential(0.01, 300)
    arrival += 0.3 * (rng.random(300) < 0.02)
    edges = [0, *sorted(cuts), 300]
    singly, together = LiveClock(), LiveClock()
    one_by_one, at_once = ClockFitter(), ClockFitter()
    for start, stop in pairwise(edges):
        if sync:
            point = SyncPoint(device[start].item(), -0.01, 0.02)
            singly.observe_sync(point)
            together.observe_sync(point)
        each = []
        pairs = zip(device[start:stop].tolist(), arrival[start:stop].tolist(), strict=True)
        for at, arrived in pairs:
            singly.observe(at, arrived)
            each.append(singly.knot(at))
            one_by_one.add(at, arrived)
        assert together.follow(device[start:stop], arrival[start:stop]).tolist() == each
        at_once.add_all(device[start:stop], arrival[start:stop])
    assert singly.ready == together.ready
    one, other = one_by_one.fit(), at_once.fit()
    assert one.knots_device_s.tolist() == other.knots_device_s.tolist()
    assert one.knots_offset_s.tolist() == other.knots_offset_s.tolist()


@given(
    points=st.lists(
        st.tuples(st.floats(0, 30), st.integers(-3, 3).map(float)), min_size=1, max_size=60
    ),
    known=st.integers(0, 10),
)
def test_minima_of_many_points_are_those_of_each(
    points: list[tuple[float, float]], known: int
) -> None:
    """Ties and times that go back among them."""
    singly, together = Minima(), Minima()
    for device, offset in points[:known]:
        singly.add(device, offset)
        together.add(device, offset)
    for device, offset in points[known:]:
        singly.add(device, offset)
    if points[known:]:
        rest = np.array(points[known:])
        together.add_all(rest[:, 0], rest[:, 1])
    assert list(singly.device_s) == list(together.device_s)
    assert list(singly.offset_s) == list(together.offset_s)


def samples_of(blocks: list[SampleBlock]) -> tuple[bytes, ...]:
    """Index, time, values and flags of all samples, however they are cut into blocks."""
    index = np.concatenate([block.first_index + np.arange(len(block)) for block in blocks])
    names = ("time_s", "acc", "gyr", "flags")
    joined = [np.concatenate([getattr(block, name) for block in blocks]) for name in names]
    return (index.tobytes(), *(column.tobytes() for column in joined))


def one_by_one(batch: PacketBatch) -> list[Part]:
    ends = np.cumsum(batch.count)
    found: list[Part] = []
    for k, end in enumerate(ends.tolist()):
        rows = slice(end - int(batch.count[k]), end)
        each = slice(k, k + 1)
        found.append(
            PacketBatch(
                arrival_s=batch.arrival_s[each],
                first_index=batch.first_index[each],
                device_s=batch.device_s[each],
                count=batch.count[each],
                flags=batch.flags[each],
                acc=batch.acc[rows],
                gyr=batch.gyr[rows],
                sample_flags=batch.sample_flags[rows],
            )
        )
    return found


@settings(max_examples=60, deadline=None)
@given(parts=recordings())
def test_live_samples_do_not_depend_on_how_packets_are_grouped(parts: list[Part]) -> None:
    """One at a time, as they come live, or many at once, as a recording is read."""
    found = []
    for given_parts in (
        parts,
        [
            one
            for part in parts
            for one in (one_by_one(part) if isinstance(part, PacketBatch) else [part])
        ],
    ):
        assembler = SampleAssembler(Placement.PELVIS, 200.0)
        found.append(samples_of(push(given_parts, assembler) + assembler.finish()))
    assert found[0] == found[1]
