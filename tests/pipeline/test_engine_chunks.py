"""The same samples give the same strides, however they are cut and interleaved."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware_sim.body.script import Script
from pipeline.engine import StrideEngine
from pipeline.stride import Stride
from sensors.placement import Placement
from sensors.sample_block import SampleBlock
from tests.simulated import joined, simulated

SECONDS, SEED = 34.0, 3


def fingerprint(stride: Stride) -> tuple[object, ...]:
    """Everything of a stride, to the bit."""
    return (
        stride.side,
        stride.gait,
        stride.foot_strike_s,
        stride.toe_off_s,
        stride.next_foot_strike_s,
        tuple(sorted(stride.metrics.items())),
        tuple(sorted(stride.standard_errors.items())),
        stride.flags,
        stride.drop_curve_deg.tobytes(),
        stride.tibial_rotation_curve_deg.tobytes(),
    )


def strides_of(blocks: list[SampleBlock]) -> list[Stride]:
    engine = StrideEngine(Placement)
    strides = [stride for block in blocks for stride in engine.push(block)]
    return strides + engine.finish()


def run(blocks: list[SampleBlock]) -> list[tuple[object, ...]]:
    return [fingerprint(stride) for stride in strides_of(blocks)]


def with_gaps() -> dict[Placement, list[SampleBlock]]:
    """The session with a bridged, a long and a track-breaking gap in each sensor."""
    cuts = {
        Placement.PELVIS: ((5200, 5205), (5600, 5640)),
        Placement.SHANK_LEFT: ((5100, 5104), (5900, 6400)),
        Placement.SHANK_RIGHT: ((5300, 5350),),
    }
    parts: dict[Placement, list[SampleBlock]] = {}
    for placement, whole in joined(simulated(SECONDS, SEED).blocks).items():
        start = 0
        parts[placement] = []
        for low, high in (*cuts[placement], (len(whole), len(whole))):
            parts[placement].append(whole.slice(start, low))
            start = high
    return parts


@st.composite
def cuttings(draw: st.DrawFn, parts: dict[Placement, list[SampleBlock]]) -> list[SampleBlock]:
    """The parts in random chunks, the sensors in random order."""
    queues: dict[Placement, list[SampleBlock]] = {}
    for placement, blocks in parts.items():
        sizes = draw(st.lists(st.sampled_from((1, 3, 10, 57, 400, 2500)), min_size=4, max_size=12))
        queues[placement] = []
        for block in blocks:
            start, n = 0, 0
            while start < len(block):
                stop = min(len(block), start + sizes[n % len(sizes)] * (1 if n < 40 else 20))
                queues[placement].append(block.slice(start, stop))
                start, n = stop, n + 1
    order = draw(st.randoms(use_true_random=False))
    cut: list[SampleBlock] = []
    while any(queues.values()):
        placement = order.choice([p for p, queue in queues.items() if queue])
        cut.append(queues[placement].pop(0))
    return cut


def test_any_chunking_and_interleaving_gives_identical_strides() -> None:
    """Whole session: chunks of 1 to 2500 samples, sensors in any order."""
    parts = {p: [block] for p, block in joined(simulated(SECONDS, SEED).blocks).items()}
    expected = run([block for blocks in parts.values() for block in blocks])
    assert len(expected) > 20

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(cuttings(parts))
    def same(cut: list[SampleBlock]) -> None:
        assert run(cut) == expected

    same()


def test_any_chunking_gives_identical_strides_around_gaps() -> None:
    """Gaps that are bridged, gaps that invalidate, and gaps that break a track."""
    parts = with_gaps()
    whole = strides_of([block for blocks in parts.values() for block in blocks])
    assert {"filled", "gap"} <= {flag for stride in whole for flag in stride.flags}
    expected = [fingerprint(stride) for stride in whole]

    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
    @given(cuttings(parts))
    def same(cut: list[SampleBlock]) -> None:
        assert run(cut) == expected

    same()


def test_any_chunking_gives_identical_strides_in_a_bend() -> None:
    """Into a bend, through it and out of it: what is taken off does not depend on the chunks."""
    rows = [
        {"activity": "stand", "seconds": 7.0},
        {"activity": "run", "seconds": 6.0},
        {"activity": "run", "seconds": 14.0, "bend_radius_m": 25.0, "bend": "right"},
        {"activity": "run", "seconds": 8.0},
    ]
    session = simulated(34.0, SEED, speed_m_s=3.2, script=Script.from_rows(rows, 1.0))
    parts = {p: [block] for p, block in joined(session.blocks).items()}
    blocks = [block for blocks in parts.values() for block in blocks]
    whole = strides_of(blocks)
    assert sum("turning" in stride.flags for stride in whole) > 10
    expected = [fingerprint(stride) for stride in whole]

    @settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
    @given(cuttings(parts))
    def same(cut: list[SampleBlock]) -> None:
        assert run(cut) == expected

    same()


def test_strides_come_in_order_and_without_waiting_for_the_end() -> None:
    """Fed in real order, all but the last few strides are out before ``finish``."""
    engine = StrideEngine(Placement)
    early = [s for block in simulated(SECONDS, SEED).blocks for s in engine.push(block)]
    late = engine.finish()
    ends = [s.next_foot_strike_s for s in early + late]
    assert ends == sorted(ends)
    assert len(early) > 20
    assert len(late) <= 4


def test_an_absent_sensor_does_not_hold_up_the_others() -> None:
    """Without its pelvis sensor a session still gives tibial rotation, flagged, as it runs."""
    engine = StrideEngine(Placement)
    engine.set_absent(Placement.PELVIS)
    blocks = simulated(SECONDS, SEED).blocks
    strides = [s for b in blocks if b.placement is not Placement.PELVIS for s in engine.push(b)]
    assert len(strides) > 20
    assert all("no_pelvis" in s.flags for s in strides)
    assert all("tir_exc_deg" in s.metrics and "cpd_exc_deg" not in s.metrics for s in strides)


@pytest.mark.parametrize("behind", [Placement.PELVIS, Placement.SHANK_LEFT])
def test_strides_that_waited_are_measured_when_their_own_sensor_is_lost(behind: Placement) -> None:
    """Another sensor is 3 s behind when the link of the right shank ends: its strides wait for it."""
    lost_s, lag_s = 27.0, 3.0
    parts = [
        block.slice(start, start + 20)
        for block in simulated(SECONDS, SEED).blocks
        for start in range(0, len(block), 20)
    ]
    parts.sort(key=lambda p: float(p.time_s[0]) + (lag_s if p.placement is behind else 0.0))
    engine = StrideEngine(Placement)
    strides: list[Stride] = []
    lost = False
    for part in parts:
        if part.placement is Placement.SHANK_RIGHT and float(part.time_s[0]) > lost_s:
            if not lost:
                strides += engine.set_absent(Placement.SHANK_RIGHT)
            lost = True
            continue
        strides += engine.push(part)
    strides += engine.finish()
    last_s = {
        side: max(s.next_foot_strike_s for s in strides if s.side == side)
        for side in ("left", "right")
    }
    assert lost_s - 2.0 < last_s["right"] <= lost_s
    assert last_s["left"] > lost_s + 1.0
    assert all("tir_exc_deg" in s.metrics for s in strides if s.side == "right" and s.valid)


def test_a_sensor_that_is_lost_and_returns_is_measured_again() -> None:
    """The right shank is away for 6 s: the left goes on meanwhile, the right comes back."""
    away = (22.0, 28.0)
    engine = StrideEngine(Placement)
    strides: list[Stride] = []
    lost = False
    for block in simulated(SECONDS, SEED).blocks:
        for start in range(0, len(block), 20):
            part = block.slice(start, start + 20)
            now_s = float(part.time_s[0])
            if part.placement is Placement.SHANK_RIGHT and away[0] < now_s < away[1]:
                if not lost:
                    strides += engine.set_absent(Placement.SHANK_RIGHT)
                    lost = True
                continue
            strides += engine.push(part)
    strides += engine.finish()
    meanwhile = [s for s in strides if away[0] < s.foot_strike_s and s.next_foot_strike_s < away[1]]
    assert len(meanwhile) > 5
    assert {s.side for s in meanwhile} == {"left"}
    after = [s for s in strides if s.side == "right" and s.foot_strike_s > away[1]]
    assert len(after) > 3
    assert all("settling" in s.flags for s in after if s.foot_strike_s < away[1] + 4.0)


def test_strides_of_a_live_session_are_known_within_a_step() -> None:
    """Packets of four samples: a stride is returned before the next foot strike of the other leg."""
    engine = StrideEngine(Placement)
    packets = [
        b.slice(a, a + 4) for b in simulated(SECONDS, SEED).blocks for a in range(0, len(b), 4)
    ]
    late_s = []
    for packet in sorted(packets, key=lambda p: float(p.time_s[-1])):
        known_s = float(packet.time_s[-1])
        late_s += [known_s - s.next_foot_strike_s for s in engine.push(packet)]
    steady = sorted(late_s[6:])
    assert len(steady) > 15
    assert steady[len(steady) // 2] < 0.25
    assert steady[-1] < 0.40
