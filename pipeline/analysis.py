"""From samples to a session: which sensors, which pass, what was lost, what it rests on."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import numpy as np

from pipeline.engine import StrideEngine
from pipeline.errors import InputError
from pipeline.packed_strides import PackedStrides
from pipeline.partial_sensors import NO_WHOLE_SENSOR, PartialSensors
from pipeline.refinement import refine
from pipeline.sacrum_sides import LOCK_STEPS
from pipeline.side_check import SideCheck, check_sides
from pipeline.stillness import STANDING_S
from pipeline.stride import SIDES
from pipeline.stride_measurement import SHANK_OF
from pipeline.synopsis import count_strides
from pipeline.tasks.repetition import Repetition
from pipeline.tasks.single_leg_tasks import find_repetitions
from pipeline.track_set import TrackSet
from pipeline.worn_axes import WornAxes
from sensors.placement import Placement
from sensors.placement_check import PlacementCheck, PlacementChecker
from sensors.sample_block import FLAG_CLIPPED_ACC, FLAG_CLIPPED_GYR, SampleBlock

Mode = Literal["online", "offline"]
Progress = Callable[[str, float], None]
"""Called with what is being done and the share of it that is done, 0 to 1."""

TOGETHER_S = 120.0
"""Session time that the engine is given at once: what is done for many strides costs less."""
SILENT_S = 600.0
"""Online, a sensor that was silent for longer is not waited for until it sends again."""
SUSPICIOUS_STRIDES = 8
LOST_SHARE = 0.01
"""Lost samples beyond this share are a problem, not only a figure."""
LEANING_SHARE = 0.1
"""From so many of the strides in bends on, what the lean of the body does to the legs' drop is said."""


@dataclass(frozen=True, slots=True)
class BlocksAnalysis:
    """What came out of a stream of blocks.

    Attributes:
        strides: in order of their ends.
        repetitions: single-leg squats and step-downs, in order of time; offline only.
        worn: how the sensors sat on the body.
        quality: figures per placement, and of the calibration.
        problems: sentences about lost or doubtful data.
        notes: sentences about what could not be known.
        first_s: session time of the first sample.
        last_s: session time of the last sample.
    """

    strides: PackedStrides
    repetitions: list[Repetition]
    worn: WornAxes
    quality: dict[str, object]
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    first_s: float
    last_s: float


def analyse_blocks(
    blocks: Iterable[SampleBlock],
    placements: Iterable[Placement],
    *,
    mode: Mode,
    end_s: float = 0.0,
    progress: Progress | None = None,
) -> BlocksAnalysis:
    """Find and measure the strides of a whole session.

    Args:
        blocks: samples of all sensors; those of one sensor in order. Those that lack a quantity are
            counted, and what is not known for that is said.
        placements: the sensors that send both quantities.
        mode: ``online``: what a live view would have shown; ``offline``: the session-wide pass.
        end_s: session time of the last sample, where known, for the progress.
        progress: told how far the work is.

    Returns:
        Strides, calibration and quality; no strides when there is nothing to walk or run on.
    """
    tell = progress or (lambda _what, _share: None)
    counts = _SampleCounts()
    places = PlacementChecker()
    engine = StrideEngine(placements) if mode == "online" else None
    samples = TrackSet(placements, live=False) if engine is None else engine.samples
    strides = PackedStrides()
    waiting: list[SampleBlock] = []
    silent = _Silent(samples.placements)
    repetitions: list[Repetition] = []
    undecided, tissue_scale = 0, 1.0
    partial = PartialSensors()
    for block in blocks:
        if not len(block):
            continue
        if block.lacks:
            partial.add(block)
            continue
        counts.add(block)
        places.push(block)
        if engine is None:
            samples.push(block)
        else:
            waiting.append(block)
            if block.time_s[0] > waiting[0].time_s[0] + TOGETHER_S:
                strides.extend(engine.push_all(waiting))
                for placement in silent.among(waiting):
                    strides.extend(engine.set_absent(placement))
                waiting = []
        if end_s > 0.0:
            tell("Reading and orienting", min(1.0, float(block.time_s[-1]) / end_s))
    if engine is not None:
        strides.extend(engine.push_all(waiting))
    if not samples.tracks and partial.lacks:
        return _without_strides(partial)
    if not samples.tracks:
        raise ValueError("there were no samples")
    if engine is not None:
        strides.extend(engine.finish())
        worn, tissue_scale = engine.calibration.worn, engine.tissue_scale
    else:
        refined = refine(samples, lambda share: tell("Finding and measuring strides", share))
        strides, worn, undecided = refined.strides, refined.worn, refined.undecided_steps
        tissue_scale = refined.tissue_scale
        repetitions = find_repetitions(samples, strides, worn)
    quality: dict[str, object] = {
        placement.value: {
            "rate_hz": round(track.rate_hz, 4),
            "samples": track.samples,
            "lost_samples": track.lost_samples,
            "clipped_samples": counts.clipped.get(placement, 0),
        }
        for placement, track in samples.tracks.items()
    }
    quality.update(partial.quality())
    axes = worn.pelvis_axes()
    quality["calibration"] = {
        "kind": worn.kind,
        "pelvis_axis": None if axes is None else axes.method,
        **{key: round(value, 3) for key, value in worn.residuals().items()},
    }
    place, sides = places.check(), check_sides(strides)
    quality["worn"] = {
        "pelvis_sensor": place.verdict.value,
        "left_and_right": sides.verdict.value,
        "early_fall_deg": None if math.isnan(sides.fall_deg) else round(sides.fall_deg, 2),
        "tissue_scale": round(tissue_scale, 6),
    }
    return BlocksAnalysis(
        strides=strides,
        repetitions=repetitions,
        worn=worn,
        quality=quality,
        problems=(*_problems(samples, strides, repetitions), *_exchanged(place, sides)),
        notes=(*partial.notes(), *_notes(samples, strides, worn, undecided, partial.lacks)),
        first_s=min(samples.first_s, partial.first_s),
        last_s=max(samples.last_s, partial.last_s),
    )


def _without_strides(partial: PartialSensors) -> BlocksAnalysis:
    """Of a session in which no sensor has both quantities: what there is, and no strides."""
    worn = WornAxes()
    quality = {**partial.quality(), "calibration": {"kind": worn.kind, "pelvis_axis": None}}
    return BlocksAnalysis(
        strides=PackedStrides(),
        repetitions=[],
        worn=worn,
        quality=quality,
        problems=(NO_WHOLE_SENSOR,),
        notes=partial.notes(),
        first_s=partial.first_s,
        last_s=partial.last_s,
    )


def whole_sensors(lacks: Mapping[Placement, int], path: Path, mode: Mode) -> list[Placement]:
    """Placements of the sensors that strides can be found with.

    Args:
        lacks: ``LACKS_*`` bits of the sensor at each placement.
        path: the file, for the error.
        mode: ``online`` or ``offline``.

    Returns:
        Those that lack nothing; none where every sensor lacks something, and then an analysis says
        so and has no strides.

    Raises:
        InputError: as :func:`refuse_unseen_strides`.
    """
    whole = [placement for placement, bits in lacks.items() if not bits]
    if whole or not lacks:
        refuse_unseen_strides(whole, path, mode)
    return whole


def refuse_unseen_strides(worn: Iterable[Placement], path: Path, mode: Mode) -> None:
    """Refuse placements that strides cannot be found with.

    Args:
        worn: where sensors were worn.
        path: the file, for the error.
        mode: ``online`` or ``offline``.

    Raises:
        InputError: nothing was worn that shows strides, or only the pelvis and ``online`` is wanted.
    """
    worn = set(worn)
    if {Placement.SHANK_LEFT, Placement.SHANK_RIGHT}.intersection(worn):
        return
    if Placement.PELVIS not in worn:
        raise InputError(
            "no sensor was on a shank or the pelvis, so there are no strides to find",
            path=path,
            remedy="Say where the sensors were worn, for example --place ID=shank_left",
        )
    if mode == "online":
        raise InputError(
            "with the pelvis alone, strides are found from the whole session only",
            path=path,
            remedy="Leave out --online, or say which sensor was worn on a shank",
        )


def provenance_of(mode: Mode, source: Path | None, **more: object) -> dict[str, object]:
    """What a result rests on: versions, mode, and the digest of the source file."""
    facts: dict[str, object] = {
        "mode": mode,
        "software": {name: version(name) for name in ("levelstride", "vqf", "numpy", "scipy")},
        **more,
    }
    if source is not None:
        facts["source_sha256"] = digest(source)
    return facts


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Silent:
    """Knows sensors that have sent nothing for so long that nobody should wait for them.

    While the engine waits it keeps all samples; live, the end of a link would tell it.
    """

    def __init__(self, placements: Iterable[Placement]) -> None:
        self._placements = set(placements)
        self._last_s: dict[Placement, float] = {}
        self._told: set[Placement] = set()

    def among(self, blocks: Sequence[SampleBlock]) -> list[Placement]:
        """Sensors that have become silent, as further blocks tell; at least one block."""
        if not self._last_s:
            first_s = min(float(block.time_s[0]) for block in blocks)
            self._last_s = dict.fromkeys(self._placements, first_s)
        for block in blocks:
            last_s = self._last_s[block.placement]
            self._last_s[block.placement] = max(last_s, float(block.time_s[-1]))
            self._told.discard(block.placement)
        now_s = max(self._last_s.values())
        silent = [
            placement
            for placement, last_s in self._last_s.items()
            if last_s < now_s - SILENT_S and placement not in self._told
        ]
        self._told.update(silent)
        return silent


class _SampleCounts:
    """Counts what the tracks do not keep."""

    def __init__(self) -> None:
        self.clipped: dict[Placement, int] = {}

    def add(self, block: SampleBlock) -> None:
        clipped = int(((block.flags & (FLAG_CLIPPED_ACC | FLAG_CLIPPED_GYR)) != 0).sum())
        self.clipped[block.placement] = self.clipped.get(block.placement, 0) + clipped


def _problems(
    samples: TrackSet, strides: PackedStrides, repetitions: list[Repetition]
) -> tuple[str, ...]:
    problems = []
    for placement, track in samples.tracks.items():
        share = track.lost_samples / max(1, track.samples + track.lost_samples)
        if share > LOST_SHARE:
            problems.append(f"{placement.label}: {share:.1%} of the samples are missing")
    missing = [p for p in samples.placements if p not in samples.tracks]
    problems += [f"{p.label}: the sensor sent no samples" for p in missing]
    if not strides and repetitions:
        return tuple(problems)
    if not strides:
        problems.append(
            "no stride was found; the file may end before the first steps, or hold no gait"
        )
        return tuple(problems)
    if not strides.valid.any():
        problems.append("no stride is valid")
    slipped = np.flatnonzero(strides.flagged("slipped"))
    if len(slipped):
        problems.append(
            f"a sensor sits otherwise from {strides[int(slipped[0])].foot_strike_s:.0f} s on "
            f"({len(slipped)} strides); it may have slipped"
        )
    problems += [
        f"{side} shank: the sensor shows no stride; check where it was worn"
        for side in SIDES
        if SHANK_OF[side] in samples.tracks and not count_strides(strides, side)[0]
    ]
    if _feet_strike_together(strides):
        problems.append(
            "left and right foot strike together; samples of one shank may stand for both"
        )
    return tuple(problems)


def _exchanged(place: PlacementCheck, sides: SideCheck) -> list[str]:
    """Sentences about sensors that seem to be worn in each other's place."""
    warning = place.warning or sides.warning  # with a shank for the pelvis, the sides say nothing
    remedy = "; if so, analyse again with --place"
    return [warning + remedy] if warning else []


def _feet_strike_together(strides: PackedStrides) -> bool:
    """Whether most foot strikes of one side lie within 20 ms of one of the other."""
    strikes_s, is_right = strides.column("foot_strike_s"), strides.is_right
    left, right = strikes_s[~is_right], strikes_s[is_right]
    if len(left) < SUSPICIOUS_STRIDES or len(right) < SUSPICIOUS_STRIDES:
        return False
    after = np.searchsorted(right, left)
    nearest = np.minimum(
        np.abs(right[np.minimum(after, len(right) - 1)] - left),
        np.abs(right[np.maximum(after - 1, 0)] - left),
    )
    return bool(np.mean(nearest < 0.02) > 0.8)


def _notes(
    samples: TrackSet,
    strides: PackedStrides,
    worn: WornAxes,
    undecided_steps: int,
    partial: Mapping[Placement, int],
) -> tuple[str, ...]:
    notes = []
    if undecided_steps:
        notes.append(
            f"{undecided_steps} steps were left out because the pelvis alone does not tell left from "
            f"right in them (bouts of fewer than {LOCK_STEPS} steps, or of an unclear side)"
        )
    if samples.pelvis is None and Placement.PELVIS not in partial:
        notes.append("there is no pelvis sensor: pelvic drop is not known")
    elif samples.pelvis is not None and strides and worn.standing is None:
        notes.append(
            f"nobody stood still for {STANDING_S:g} s before moving: pelvic drop against standing is not "
            "known, only its excursion"
        )
    axes = worn.pelvis_axes()
    if axes is not None and axes.method == "gait":
        notes.append(
            "no calibration movement was found: the pelvis sensor's forward direction comes "
            "from the gait itself"
        )
    if samples.pelvis is not None and strides and worn.standing is not None:
        bent = int((strides.valid & strides.flagged("turning")).sum())
        if bent > LEANING_SHARE * len(strides):
            notes.append(
                f"{bent} of {len(strides)} strides are in bends: the body leans inwards there, which adds "
                "to the peak drop of the outer leg and takes as much from that of the inner one; compare "
                "the legs on straight parts"
            )
    for side in SIDES:
        if SHANK_OF[side] in samples.placements or SHANK_OF[side] in partial:
            continue
        seen = (strides.flagged("sacrum_events") & (strides.is_right == (side == "right"))).any()
        notes.append(
            f"there is no {side} shank sensor: "
            + (
                f"{side} strides come from the pelvis, their times are less certain and tibial "
                "rotation is not known"
                if seen
                else f"no {side} strides"
            )
        )
    return tuple(notes)
