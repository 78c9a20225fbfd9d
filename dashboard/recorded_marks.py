"""Marks and cues of a stored session, from its recording."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from pipeline.errors import StoreError
from pipeline.feedback_effect import CueEffect, cue_effects, cues_of
from pipeline.live_source import MARK_KINDS
from pipeline.made_files import remove_if_deleted
from pipeline.recording_facts import RecordingFacts, recording_facts
from pipeline.statistics.condition_blocks import ConditionBlock, condition_blocks
from pipeline.store import Store
from pipeline.stored_session import StoredSession
from sensors.errors import RecordingError
from sensors.recording_schema import Marker

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a recording says beside samples.

    Attributes:
        marks: marks that people set.
        effects: cues with the strides around them.
        blocks: stretches under one condition.
        facts: all of it.
        problem: why nothing of it is known, although there ought to be a recording; else empty.
    """

    marks: tuple[Marker, ...] = ()
    effects: tuple[CueEffect, ...] = ()
    blocks: tuple[ConditionBlock, ...] = ()
    facts: RecordingFacts = field(default_factory=RecordingFacts)
    problem: str = ""


NOTHING = Recorded()
GONE = Recorded(problem="The recording of this session is not where it was.")


def recorded(store: Store, stored: StoredSession, *, wait: bool) -> Recorded | None:
    """Marks, cues and conditions of a session; none, and why, without a readable recording.

    Args:
        store: library.
        stored: session out of it.
        wait: read a large recording, too; else None is returned for one that was not read before.
    """
    if not stored.summary.has_recording:
        return NOTHING
    try:
        # one in an object store is transferred only by who can wait
        path = stored.recording if wait else stored.recording_at_hand
        if path is None:
            return GONE if wait else None
        folder = store.signal_folder(stored.summary.session_id)
        facts = recording_facts(path, folder, wait=wait)
        remove_if_deleted(store, stored.summary.session_id, folder)
    except (RecordingError, StoreError) as error:
        _LOG.warning("the marks of %s cannot be read: %s", stored.summary.session_id, error)
        return Recorded(problem=error.sentences)
    except OSError as error:
        _LOG.warning("the marks of %s cannot be read: %s", stored.summary.session_id, error)
        return Recorded(problem="The file of the recording cannot be read.")
    if facts is None:
        return None
    return Recorded(
        marks=tuple(m for m in facts.markers if m.kind in MARK_KINDS),
        effects=tuple(cue_effects(cues_of(facts.markers), stored.strides)),
        blocks=tuple(condition_blocks(facts.markers, stored.summary.duration_s)),
        facts=facts,
    )
