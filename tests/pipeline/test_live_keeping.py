"""What a live session keeps of the samples that have gone by."""

from __future__ import annotations

from pipeline.engine import StrideEngine
from sensors.placement import Placement
from sensors.sample_block import SampleBlock
from tests.simulated import simulated


def in_order(blocks: tuple[SampleBlock, ...]) -> list[SampleBlock]:
    pieces = [b.slice(at, min(at + 40, len(b))) for b in blocks for at in range(0, len(b), 40)]
    return sorted(pieces, key=lambda piece: float(piece.time_s[0]))


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
