"""Samples read from a foreign file, and the way from there to sample blocks."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.side_channels import SideChannels
from sensors.placement import Placement
from sensors.sample_block import FlagArray, FloatArray, SampleBlock


@dataclass(frozen=True, slots=True)
class SensorSamples:
    """All samples of one sensor.

    Attributes:
        placement: where the sensor is worn.
        sensor_id: the sensor's own id where the file tells it, else empty.
        rate_hz: sampling rate, from the time stamps or the counter.
        index: sample number on the sensor's uniform grid, shape (n,), strictly increasing; a step
            of more than 1 is a loss of samples.
        time_s: session time, shape (n,), strictly increasing.
        acc: specific force in sensor axes, shape (n, 3), m/s².
        gyr: angular rate in sensor axes, shape (n, 3), rad/s.
        flags: ``FLAG_*`` bits of ``sensors.sample_block``, shape (n,).
        lacks: ``LACKS_*`` bits: what the file does not have of the sensor; NaN stands in its place.
        computed: the same bits for what was computed from orientation and not measured.
    """

    placement: Placement
    sensor_id: str
    rate_hz: float
    index: npt.NDArray[np.int64]
    time_s: FloatArray
    acc: FloatArray
    gyr: FloatArray
    flags: FlagArray
    lacks: int = 0
    computed: int = 0

    def __len__(self) -> int:
        """Number of samples."""
        return len(self.time_s)

    @property
    def lost_samples(self) -> int:
        """Samples that are missing between the first and the last."""
        return int(self.index[-1] - self.index[0] + 1 - len(self))


@dataclass(frozen=True, slots=True)
class ImportedSamples:
    """What an importer found.

    Attributes:
        sensors: placement to its samples; at least one.
        format: kind of the files, such as ``csv`` or ``movella-dot``.
        source: the files in words, for the session's provenance.
        files: the files that were read.
        started_utc: moment of session time zero, time zone aware; None when not known.
        warnings: sentences about what is missing, mended or doubtful.
        activity: name of a watch's file that was read beside them, else empty.
        side: what it told, over session time.
    """

    sensors: Mapping[Placement, SensorSamples]
    format: str
    source: str
    files: tuple[Path, ...]
    started_utc: datetime | None = None
    warnings: tuple[str, ...] = ()
    activity: str = ""
    side: SideChannels = field(default_factory=dict)

    @property
    def duration_s(self) -> float:
        """From the first to the last sample of any sensor."""
        return max(float(s.time_s[-1]) for s in self.sensors.values()) - min(
            float(s.time_s[0]) for s in self.sensors.values()
        )


def to_blocks(imported: ImportedSamples, chunk_s: float = 10.0) -> Iterator[SampleBlock]:
    """Cut the samples into blocks, the sensors interleaved in time.

    A block holds samples without a loss between them; after a loss a new block begins, whose
    ``first_index`` jumps and whose first sample carries ``FLAG_GAP_BEFORE``. The samples are the
    same for every ``chunk_s``; the arrays of the blocks are views.

    Args:
        imported: the samples.
        chunk_s: longest duration of a block, seconds.

    Yields:
        Blocks in order of their first sample.

    Raises:
        ValueError: ``chunk_s`` is not a positive number.
    """
    if not (chunk_s > 0 and math.isfinite(chunk_s)):
        raise ValueError(f"chunk_s must be positive, not {chunk_s}")
    zero_s = min(float(sensor.time_s[0]) for sensor in imported.sensors.values())
    streams = [_cut(sensor, zero_s, chunk_s) for sensor in imported.sensors.values()]
    return heapq.merge(*streams, key=lambda block: float(block.time_s[0]))


def _cut(sensor: SensorSamples, zero_s: float, chunk_s: float) -> Iterator[SampleBlock]:
    after_loss = np.flatnonzero(np.diff(sensor.index) > 1) + 1
    chunk_number = np.floor((sensor.time_s - zero_s) / chunk_s)
    chunk_starts = np.flatnonzero(np.diff(chunk_number) > 0) + 1
    edges = np.unique(np.concatenate(([0], after_loss, chunk_starts, [len(sensor)])))
    for start, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        yield SampleBlock(
            sensor.placement,
            int(sensor.index[start]),
            sensor.rate_hz,
            sensor.time_s[start:stop],
            sensor.acc[start:stop],
            sensor.gyr[start:stop],
            sensor.flags[start:stop],
            sensor.lacks,
        )
