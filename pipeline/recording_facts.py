"""What a recording holds beside samples: marks, cues, heart rate and speed; kept once it was read.

Reading a recording from end to end takes a second for an hour, so the result is kept in
``signals/<id>/facts.json`` beside the samples.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from pipeline.side_channels import QUANTITIES, recorded_channels
from pipeline.statistics.within_run_trend import Profile
from pipeline.stride import Stride
from pipeline.table_file import replacing
from sensors.recording_reader import open_recording
from sensors.recording_schema import Marker

QUICK_BYTES = 6_000_000
"""A recording up to this size is read at once."""
MAX_MARKERS = 20_000
_FILE = "recording.json"


@dataclass(frozen=True, slots=True)
class RecordingFacts:
    """What a recording holds beside samples.

    Attributes:
        markers: all markers, in order.
        profiles: ``heart_rate_bpm``, ``speed_m_s``, ``grade`` over session time, where recorded.
    """

    markers: tuple[Marker, ...] = ()
    profiles: Mapping[str, Profile] = field(default_factory=dict)


def read_recording_facts(path: Path) -> RecordingFacts:
    """Read a recording for its facts.

    Raises:
        RecordingError: it cannot be read.
    """
    with open_recording(path) as recording:
        markers = recording.markers()[:MAX_MARKERS]
        channels = recorded_channels(recording)
    profiles = {
        # rise over run, as the statistics take it
        ("grade" if name == "slope_pct" else name): Profile(
            series.time_s, series.values / 100 if name == "slope_pct" else series.values
        )
        for name, series in channels.items()
    }
    return RecordingFacts(markers, profiles)


def profiles_of_strides(strides: Iterable[Stride]) -> dict[str, Profile]:
    """Speed, slope and heart rate that a watch gave to strides, over session time.

    Args:
        strides: in any order.
    """
    profiles: dict[str, Profile] = {}
    for name in QUANTITIES:
        pairs = sorted(
            {
                (0.5 * (stride.foot_strike_s + stride.next_foot_strike_s), stride.metrics[name])
                for stride in strides
                if name in stride.metrics
            }
        )
        if len(pairs) > 1:
            table = np.array(pairs, np.float64)
            share = 0.01 if name == "slope_pct" else 1.0
            key = "grade" if name == "slope_pct" else name
            profiles[key] = Profile(table[:, 0], table[:, 1] * share)
    return profiles


def recording_facts(path: Path, folder: Path, *, wait: bool) -> RecordingFacts | None:
    """Facts of a recording, from what is kept where that is fresh.

    Args:
        path: the recording.
        folder: the session's folder of signals.
        wait: read a large recording, too; else None is returned for one.

    Raises:
        RecordingError: the recording cannot be read.
        OSError: it is not there.
    """
    stamp = path.stat()
    kept = _kept_now(folder / _FILE, stamp.st_mtime_ns)
    if kept is not None:
        return kept
    if not wait and stamp.st_size > QUICK_BYTES:
        return None
    return _read_once(path, folder, stamp.st_mtime_ns)


@lru_cache(maxsize=16)
def _read_once(path: Path, folder: Path, stamp_ns: int) -> RecordingFacts:
    del stamp_ns  # another file under the same name is read anew
    facts = read_recording_facts(path)
    keep_facts(path, folder, facts)
    return facts


def keep_facts(path: Path, folder: Path, facts: RecordingFacts) -> None:
    """Keep facts for the recording as it is now; also such that are not in it, from a watch.

    Args:
        path: the recording.
        folder: the session's folder of signals.
        facts: what is to be given for it.

    Raises:
        OSError: they cannot be written.
    """
    text = {
        "stamp_ns": path.stat().st_mtime_ns,
        "markers": [asdict(marker) for marker in facts.markers],
        "profiles": {
            name: [profile.time_s.tolist(), profile.values.tolist()]
            for name, profile in facts.profiles.items()
        },
    }
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / _FILE) as temporary:
        temporary.write_text(json.dumps(text), "utf-8")


def _kept_now(path: Path, stamp_ns: int) -> RecordingFacts | None:
    try:
        written_ns = path.stat().st_mtime_ns
    except OSError:
        return None
    return _kept(path, stamp_ns, written_ns)


@lru_cache(maxsize=16)
def _kept(path: Path, stamp_ns: int, written_ns: int) -> RecordingFacts | None:
    del written_ns  # a file that was written anew is read anew
    try:
        known = json.loads(path.read_text("utf-8"))
        if known["stamp_ns"] != stamp_ns:
            return None
        return RecordingFacts(
            tuple(Marker(float(m["time_s"]), m["text"], m["kind"]) for m in known["markers"]),
            {
                name: Profile(np.asarray(time, np.float64), np.asarray(values, np.float64))
                for name, (time, values) in known["profiles"].items()
            },
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None  # not there, or not whole: read anew
