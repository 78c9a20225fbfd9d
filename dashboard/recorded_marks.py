"""Marks and cues of a stored session, read from its recording."""

from __future__ import annotations

import logging
from functools import lru_cache
from pathlib import Path

from pipeline.feedback_effect import CueEffect, cue_effects, cues_of
from pipeline.live_source import MARK_KINDS
from pipeline.stored_session import StoredSession
from sensors.errors import RecordingError
from sensors.recording_reader import open_recording
from sensors.recording_schema import Marker

_LOG = logging.getLogger(__name__)


def marks_and_cues(stored: StoredSession) -> tuple[list[Marker], list[CueEffect]]:
    """Marks that people set, and cues with the strides around them; empty without a recording.

    Args:
        stored: session out of the library.
    """
    path = stored.recording
    if path is None:
        return [], []
    try:
        markers = _markers(path, path.stat().st_mtime_ns)
    except (RecordingError, OSError) as error:
        _LOG.warning("the marks of %s cannot be read: %s", path, error)
        return [], []
    marks = [m for m in markers if m.kind in MARK_KINDS]
    return marks, cue_effects(cues_of(markers), stored.strides)


# A recording is read from end to end for its markers: about a second for an hour.
@lru_cache(maxsize=32)
def _markers(path: Path, changed_ns: int) -> tuple[Marker, ...]:
    del changed_ns  # another file under the same name is read anew
    with open_recording(path) as recording:
        return recording.markers()
