"""What a live session keeps of the samples that have gone by."""

from __future__ import annotations

import numpy as np

from pipeline.analysis import Mode, analyse_blocks
from pipeline.engine import StrideEngine
from pipeline.track_set import TrackSet
from sensors.placement import Placement
from sensors.sample_block import SampleBlock
from tests.simulated import simulated

MODES: tuple[Mode, ...] = ("online", "offline")


def in_order(blocks: tuple[SampleBlock, ...]) -> list[SampleBlock]:
    pieces = [b.slice(at, min(at + 40, len(b))) for b in blocks for at in range(0, len(b), 40)]
    return sorted(pieces, key=lambda piece: float(piece.time_s[0]))


def test_a_session_is_as_long_live_as_it_is_afterwards() -> None:
    """Although its first samples are forgotten by then."""
    session = simulated(75.0, 101)
    live, whole = (analyse_blocks(session.blocks, tuple(Placement), mode=mode) for mode in MODES)
    assert live.first_s == whole.first_s < 1.0
    assert live.last_s == whole.last_s > 74.0
    engine = StrideEngine(Placement)
    engine.push_all(in_order(session.blocks))
    engine.finish()
    assert all(
        track.time_s.row(track.time_s.start) > 5.0 for track in engine.samples.tracks.values()
    )


def test_windows_of_stillness_from_before_the_last_strides_are_forgotten() -> None:
    """However long the run, only what a later calibration may still ask for is kept."""
    engine = StrideEngine(Placement)
    kept = []
    for block in in_order(simulated(40, 3).blocks):
        if engine.push(block):
            windows = engine.samples.stillness.windows(Placement.PELVIS.value, range(400))
            kept.append(len(windows))
    assert len(kept) > 20
    assert max(kept) < 24  # six seconds
    assert engine.calibration.worn.kind == "functional"


def test_windows_that_are_cut_late_are_those_of_a_whole_session() -> None:
    """Live, nobody asks in the midst of gait: forgotten ones are left out, the others stay the same."""
    live, whole = TrackSet(Placement), TrackSet(Placement, live=False)
    for block in in_order(simulated(40, 3).blocks):
        live.push(block)
        whole.push(block)
        if 15.0 < block.time_s[-1] < 20.0:
            live.forget_stillness(15.0)
        live.trim(float(block.time_s[-1]) - 3.0)
    for placement in Placement:
        name = placement.value
        late, early = (
            live.stillness.windows(name, range(400)),
            whole.stillness.windows(name, range(400)),
        )
        assert 60 < len(late) < len(early)
        for mine, its in zip(late, early[len(early) - len(late) :], strict=True):
            assert mine.still == its.still
            assert np.array_equal(mine.mean_acc, its.mean_acc)
            assert np.array_equal(mine.rate_products, its.rate_products)
