"""What a recording holds beside samples: marks, cues, heart rate and speed; kept once it was read.

Reading a recording from end to end takes a second for an hour, so the result is kept in
``signals/<id>/facts.json`` beside the samples.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from pipeline.side_channels import recorded_channels
from pipeline.statistics.within_run_trend import Profile
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
    kept = _kept(folder / _FILE, stamp.st_mtime_ns)
    if kept is not None:
        return kept
    if not wait and stamp.st_size > QUICK_BYTES:
        return None
    return _read_once(path, folder, stamp.st_mtime_ns)


@lru_cache(maxsize=16)
def _read_once(path: Path, folder: Path, stamp_ns: int) -> RecordingFacts:
    facts = read_recording_facts(path)
    text = {
        "stamp_ns": stamp_ns,
        "markers": [asdict(marker) for marker in facts.markers],
        "profiles": {
            name: [profile.time_s.tolist(), profile.values.tolist()]
            for name, profile in facts.profiles.items()
        },
    }
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / _FILE) as temporary:
        temporary.write_text(json.dumps(text), "utf-8")
    return facts


def _kept(path: Path, stamp_ns: int) -> RecordingFacts | None:
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
