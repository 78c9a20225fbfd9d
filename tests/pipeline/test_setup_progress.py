"""Live progress of the calibration, on made movements and on a simulated session."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.engine import StrideEngine
from pipeline.setup_progress import PreparationStatus, PreparationWatch
from pipeline.setup_wearing import SLIP_DEG, WearingWatch
from sensors.placement import Placement
from sensors.sample_block import SampleBlock
from tests.simulated import simulated

RATE_HZ = 100.0


class Wearer:
    """Three sensors whose samples a test makes, second by second."""

    def __init__(self) -> None:
        self.engine = StrideEngine(Placement)
        self.watch = PreparationWatch()
        self.index = 0
        self.rng = np.random.default_rng(5)

    def spend(
        self,
        seconds: float,
        moving: tuple[Placement, ...] = (),
        *,
        about: tuple[tuple[float, float, float], ...] = ((0.0, 0.0, 1.0),),
        gravity: dict[Placement, float] | None = None,
        present: tuple[Placement, ...] = tuple(Placement),
    ) -> PreparationStatus:
        """Let time pass; the sensors in ``moving`` turn about the axes, one after another."""
        n = round(seconds * RATE_HZ)
        time_s = (self.index + np.arange(n)) / RATE_HZ
        for placement in present:
            acc = np.tile([0.0, (gravity or {}).get(placement, 9.81), 0.0], (n, 1))
            acc += 0.02 * self.rng.standard_normal((n, 3))
            gyr = 0.005 * self.rng.standard_normal((n, 3))
            if placement in moving:
                swing = 1.5 * np.sin(2 * np.pi * 0.5 * time_s)[:, None]
                which = np.minimum(len(about) - 1, np.arange(n) * len(about) // n)
                gyr += swing * np.asarray(about)[which]
            self.engine.push(
                SampleBlock(
                    placement,
                    self.index,
                    RATE_HZ,
                    time_s,
                    acc,
                    gyr,
                    np.zeros(n, np.uint8),
                )
            )
        self.index += n
        absent = tuple(p for p in Placement if p not in present)
        return self.watch.status(self.engine.samples, self.engine.calibration, absent)


def test_standing_is_counted_until_it_is_as_long_as_asked_for() -> None:
    wearer = Wearer()
    first = wearer.spend(1.0)
    assert first.step == "stand"
    assert first.still_s == pytest.approx(1.0, abs=0.26)
    more = wearer.spend(2.5)
    assert more.step == "stand"
    assert more.still_s == pytest.approx(3.5, abs=0.26)
    assert more.refusal == ""
    assert wearer.spend(2.0).step == "move"


def test_an_attempt_that_was_not_still_names_the_sensor_that_moved() -> None:
    wearer = Wearer()
    wearer.spend(1.5)
    status = wearer.spend(0.8, (Placement.SHANK_LEFT,))
    assert status.step == "stand"
    assert status.refusal == "not_still"
    assert status.refused == (Placement.SHANK_LEFT,)
    assert status.moving == (Placement.SHANK_LEFT,)
    assert status.still_s == 0.0
    assert wearer.spend(6.0).refusal == ""


def test_each_attempt_that_is_refused_counts_once() -> None:
    """However long the refusal is said, and however soon the next attempt fails."""
    wearer, seen = Wearer(), []
    for _ in range(3):
        for _ in range(6):
            wearer.spend(0.25)
        seen += [wearer.spend(0.25, (Placement.SHANK_LEFT,)).refusals for _ in range(4)]
    assert seen[-1] == 3
    assert sorted(set(seen[1:])) == [1, 2, 3]


def test_walking_about_before_standing_is_no_refusal() -> None:
    status = Wearer().spend(4.0, tuple(Placement))
    assert (status.step, status.refusal) == ("stand", "")


def test_a_sensor_that_reads_no_gravity_at_rest_is_named() -> None:
    status = Wearer().spend(6.0, gravity={Placement.PELVIS: 12.3})
    assert (status.step, status.refusal, status.refused) == (
        "stand",
        "gravity",
        (Placement.PELVIS,),
    )


def test_plain_bends_are_counted_and_end_the_calibration() -> None:
    wearer = Wearer()
    wearer.spend(6.0)
    shares = [wearer.spend(0.5, tuple(Placement)).movement for _ in range(4)]
    assert shares == sorted(shares)
    assert 0.0 < shares[0] < shares[-1]
    wearer.spend(4.0, tuple(Placement))
    assert wearer.spend(1.0).step == "go"


def test_bends_about_two_axes_are_refused_as_the_pipeline_refuses_them() -> None:
    wearer = Wearer()
    wearer.spend(6.0)
    wearer.spend(8.0, tuple(Placement), about=((0.0, 0.0, 1.0), (1.0, 0.0, 0.0)))
    status = wearer.spend(1.5)
    assert status.step == "move"
    assert status.movement == 1.0
    assert status.refusal == "not_one_axis"


def test_an_absent_sensor_is_not_waited_for() -> None:
    wearer = Wearer()
    two = (Placement.PELVIS, Placement.SHANK_LEFT)
    assert wearer.spend(3.0, present=two).still_s == pytest.approx(3.0, abs=0.26)


@pytest.mark.parametrize("seed", [3, 5, 8])
def test_a_simulated_session_goes_from_standing_to_moving_to_going(seed: int) -> None:
    """Every step comes once, in order; walking off does not undo what was done."""
    pieces = [
        block.slice(at, min(at + 40, len(block)))
        for block in simulated(40, seed).blocks
        for at in range(0, len(block), 40)
    ]
    engine, watch = StrideEngine(Placement), PreparationWatch()
    steps: list[str] = []
    for piece in sorted(pieces, key=lambda p: float(p.time_s[0])):
        if engine.push(piece):
            break  # strides: the calibration is over
        if len(engine.samples.tracks) < len(Placement):
            continue
        step = watch.status(engine.samples, engine.calibration).step
        if not steps or steps[-1] != step:
            steps.append(step)
    assert steps == ["stand", "move", "go"]


def test_a_sensor_that_is_turned_in_the_run_is_suspected_and_no_other() -> None:
    """Ten degrees about the forward axis, after 40 s of running."""
    session = simulated(75, 4)
    engine, watch = StrideEngine(Placement), WearingWatch()
    turn_s = 45.0
    c, s = np.cos(np.radians(10.0)), np.sin(np.radians(10.0))
    turn = np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])
    before: dict[Placement, float] = {}
    for block in sorted(session.blocks, key=lambda b: float(b.time_s[0])):
        if block.placement is Placement.PELVIS:
            late = block.time_s > turn_s
            acc, gyr = block.acc.copy(), block.gyr.copy()
            acc[late], gyr[late] = acc[late] @ turn.T, gyr[late] @ turn.T
            block = SampleBlock(
                block.placement,
                block.first_index,
                block.rate_hz,
                block.time_s,
                acc,
                gyr,
                block.flags,
            )
        strides = engine.push(block)
        watch.push(strides, engine.samples)
        if strides and strides[-1].next_foot_strike_s < turn_s:
            before = dict(watch.slips_deg())
    assert before == {}
    slips = watch.slips_deg()
    assert list(slips) == [Placement.PELVIS]
    assert slips[Placement.PELVIS] > SLIP_DEG
