"""Simulated sessions as recordings and blocks, made once per test run."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal
from uuid import uuid4

import numpy as np
import pandas as pd

from firmware_sim import SimulatedSession
from firmware_sim.body.script import Script
from levelstride.simulated_recording import write_recording
from sensors.placement import Placement
from sensors.recording_reader import open_recording
from sensors.sample_block import SampleBlock
from sensors.session_info import SessionInfo

_FOLDER = TemporaryDirectory(prefix="levelstride-tests-")


@dataclass(frozen=True)
class Simulated:
    """One simulated session: its recording, its truth, its blocks."""

    path: Path
    truth: pd.DataFrame
    blocks: tuple[SampleBlock, ...]


@cache
def simulated(
    seconds: float,
    seed: int,
    *,
    gait: Literal["run", "walk"] = "run",
    faults: Literal["none", "field", "harsh"] = "none",
    speed_m_s: float | None = None,
    script: Script | None = None,
) -> Simulated:
    """Simulate a session, record it, and read its offline blocks."""
    session = SimulatedSession(seconds, seed, speed_m_s, gait, faults, script=script)
    path = Path(_FOLDER.name) / f"{uuid4()}.mcap"
    write_recording(session, path, SessionInfo(source="simulated"))
    with open_recording(path) as recording:
        blocks = tuple(recording.blocks())
    return Simulated(path, session.truth_strides(), blocks)


def joined(blocks: tuple[SampleBlock, ...]) -> dict[Placement, SampleBlock]:
    """All samples of each sensor in one block; there must be no gaps."""
    whole = {}
    for placement in Placement:
        mine = [b for b in blocks if b.placement is placement]
        assert all(
            after.first_index == before.first_index + len(before)
            for before, after in itertools.pairwise(mine)
        ), "the session has gaps"
        whole[placement] = SampleBlock(
            placement,
            mine[0].first_index,
            mine[0].rate_hz,
            np.concatenate([b.time_s for b in mine]),
            np.concatenate([b.acc for b in mine]),
            np.concatenate([b.gyr for b in mine]),
            np.concatenate([b.flags for b in mine]),
        )
    return whole
