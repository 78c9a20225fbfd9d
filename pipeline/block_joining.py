"""Blocks that follow one another, as one: what is done per block is done less often."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sensors.sample_block import SampleBlock


def joined(blocks: Sequence[SampleBlock]) -> Sequence[SampleBlock]:
    """The same samples of one sensor in fewer blocks.

    Args:
        blocks: at least one, none of them empty, in order.
    """
    if len(blocks) == 1:
        return blocks
    runs: list[list[SampleBlock]] = []
    for block in blocks:
        if runs and _follows(block, runs[-1][-1]):
            runs[-1].append(block)
        else:
            runs.append([block])
    return [run[0] if len(run) == 1 else _one(run) for run in runs]


def _follows(block: SampleBlock, before: SampleBlock) -> bool:
    after_s: float = block.time_s.item(0)
    before_s: float = before.time_s.item(-1)
    return (
        block.first_index == before.first_index + len(before.time_s)
        and after_s > before_s
        and block.rate_hz == before.rate_hz
    )


def _one(run: Sequence[SampleBlock]) -> SampleBlock:
    return SampleBlock(
        run[0].placement,
        run[0].first_index,
        run[0].rate_hz,
        np.concatenate([block.time_s for block in run]),
        np.concatenate([block.acc for block in run]),
        np.concatenate([block.gyr for block in run]),
        np.concatenate([block.flags for block in run]),
        run[0].lacks,
    )
