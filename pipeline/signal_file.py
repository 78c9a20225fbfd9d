"""Samples of a session in a form that any stretch of can be drawn at once.

``signals/<id>/<placement>.npy`` holds one row per quantity: time and the six channels, as whole
numbers of fixed size, so that two hours of three sensors stay below 90 MB and a stretch is read
without the rest. The files are made from the recording and can be made again at any time.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import numpy.typing as npt

from sensors.placement import Placement
from sensors.recording_reader import open_recording
from sensors.sample_block import LACKS_ACC, LACKS_GYR

CHANNELS = ("acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z")
"""Sensor axes: specific force in m/s², angular rate in °/s."""
ACC_STEP = 0.02
"""m/s² of one count; the range is ±655 m/s²."""
GYR_STEP = 0.1
"""°/s of one count; the range is ±3277 °/s."""
GAP_S = 0.1
"""A longer time without a sample breaks the line."""
_CHUNK_S = 60.0
_VERSION = 1

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Envelope:
    """A stretch of one channel, thinned so that no peak is lost.

    Attributes:
        time_s: session time, shape (n,).
        value: m/s² or °/s, shape (n,); NaN breaks the line at a gap.
        thinned: whether pairs of lowest and highest value stand for several samples each.
    """

    time_s: FloatArray
    value: FloatArray
    thinned: bool


class SignalFile:
    """Samples of one session.

    Args:
        folder: where the files lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._facts: dict[str, Any] = json.loads((folder / "facts.json").read_text("utf-8"))

    @property
    def placements(self) -> tuple[Placement, ...]:
        """Placements with samples, in the order of ``Placement``."""
        return tuple(p for p in Placement if p.value in self._facts["sensors"])

    @property
    def end_s(self) -> float:
        """Time of the last sample."""
        return float(self._facts["end_s"])

    def envelope(
        self, placement: Placement, channel: int, start_s: float, end_s: float, bins: int
    ) -> Envelope:
        """A stretch of one channel with at most about ``2 * bins`` points; none if there is none.

        Args:
            placement: one of ``placements``.
            channel: index in ``CHANNELS``.
            start_s: beginning, session time.
            end_s: end.
            bins: number of equal parts of which the lowest and the highest value are kept.
        """
        lacks = int(self._facts.get("lacks", {}).get(placement.value, 0))
        if lacks & (LACKS_ACC if channel < 3 else LACKS_GYR):
            return Envelope(np.empty(0), np.empty(0), thinned=False)
        time = np.load(self._folder / f"{placement.value}-time.npy", mmap_mode="r")
        values = np.load(self._folder / f"{placement.value}.npy", mmap_mode="r")
        step = ACC_STEP if channel < 3 else GYR_STEP
        # one sample more on each side, so that lines reach the edges
        first = max(0, int(np.searchsorted(time, start_s)) - 1)
        last = min(len(time), int(np.searchsorted(time, end_s, side="right")) + 1)
        part_time = np.asarray(time[first:last], np.float64)
        part = np.asarray(values[channel, first:last])
        if len(part) <= 2 * bins:
            shown_time, shown = part_time, part * step
        else:
            edges = np.linspace(0, len(part), bins + 1).astype(np.int64)[:-1]
            low = np.minimum.reduceat(part, edges) * step
            high = np.maximum.reduceat(part, edges) * step
            centre = part_time[np.minimum(edges + len(part) // (2 * bins), len(part) - 1)]
            shown_time = np.repeat(centre, 2)
            shown = np.column_stack([low, high]).ravel()
        return Envelope(*_broken_at_gaps(part_time, shown_time, shown), len(part) > 2 * bins)


def _broken_at_gaps(
    sampled: FloatArray, time: FloatArray, value: FloatArray
) -> tuple[FloatArray, FloatArray]:
    gaps = sampled[np.flatnonzero(np.diff(sampled) > GAP_S)] + GAP_S / 2
    if not len(gaps):
        return time, value
    where = np.searchsorted(time, gaps)
    return np.insert(time, where, gaps), np.insert(value, where, np.nan)


def make_signal_file(
    recording: Path, folder: Path, progress: Callable[[float], None] | None = None
) -> SignalFile:
    """Read a recording once and write its samples.

    Args:
        recording: the recording.
        folder: where the files are to lie; older ones are replaced.
        progress: told the share that is done.

    Raises:
        RecordingError: the recording cannot be read.
        OSError: the files cannot be written.
    """
    scratch = folder.with_name(f".{folder.name}-{uuid4().hex}")
    scratch.mkdir(parents=True)
    try:
        _write(recording, scratch, progress)
        folder.mkdir(parents=True, exist_ok=True)
        # facts.json last: it says that the others are whole
        for path in sorted(scratch.iterdir(), key=lambda path: path.name == "facts.json"):
            path.replace(folder / path.name)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return SignalFile(folder)


def _write(recording: Path, folder: Path, progress: Callable[[float], None] | None) -> None:
    times: dict[Placement, list[npt.NDArray[np.float32]]] = {}
    values: dict[Placement, list[npt.NDArray[np.int16]]] = {}
    lacks: dict[str, int] = {}
    end_s = 0.0
    with open_recording(recording) as reader:
        total_s = reader.end_s or 0.0
        for block in reader.blocks(chunk_s=_CHUNK_S):
            if not len(block):
                continue
            counts = np.vstack([block.acc.T / ACC_STEP, np.degrees(block.gyr.T) / GYR_STEP])
            limits = np.iinfo(np.int16)
            counts = np.clip(np.nan_to_num(np.rint(counts)), limits.min, limits.max)
            if block.lacks:
                lacks[block.placement.value] = block.lacks
            times.setdefault(block.placement, []).append(block.time_s.astype(np.float32))
            values.setdefault(block.placement, []).append(counts.astype(np.int16))
            end_s = max(end_s, float(block.time_s[-1]))
            if progress is not None and total_s > 0:
                progress(min(1.0, end_s / total_s))
    for placement, parts in times.items():
        time = np.concatenate(parts)
        order = np.argsort(time, kind="stable")
        np.save(folder / f"{placement.value}-time.npy", time[order])
        np.save(folder / f"{placement.value}.npy", np.hstack(values[placement])[:, order])
    facts: Mapping[str, object] = {
        "version": _VERSION,
        "end_s": end_s,
        "sensors": [placement.value for placement in times],
        "lacks": lacks,
    }
    (folder / "facts.json").write_text(json.dumps(facts), "utf-8")


def open_signal_file(
    recording: Path, folder: Path, progress: Callable[[float], None] | None = None
) -> SignalFile:
    """The samples of a session; made first when they are not there or are older than the recording.

    Args:
        recording: the recording.
        folder: where the files lie or are to lie.
        progress: told the share that is done while they are made.

    Raises:
        RecordingError: the recording cannot be read.
        OSError: the files cannot be written.
    """
    facts = folder / "facts.json"
    try:
        fresh = facts.stat().st_mtime_ns >= recording.stat().st_mtime_ns
        if fresh and json.loads(facts.read_text("utf-8"))["version"] == _VERSION:
            return SignalFile(folder)
    except (OSError, ValueError, KeyError, TypeError):
        pass  # not there, or not whole: made anew
    return make_signal_file(recording, folder, progress)
