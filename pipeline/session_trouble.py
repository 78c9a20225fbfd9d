"""What is said of a live session that did not end as it should."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from sensors.errors import LevelstrideError, RecordingError

_LOG = logging.getLogger(__name__)


def as_told(failure: Exception) -> LevelstrideError:
    """A failure as one of ours; what nobody foresaw goes to the log, too."""
    if isinstance(failure, LevelstrideError):
        return failure
    _LOG.error("a live session failed", exc_info=failure)
    return LevelstrideError(
        f"the session ended by a fault of levelstride ({type(failure).__name__}: {failure})",
        remedy="What was recorded is kept; report the fault",
    )


def in_several_files(paths: Sequence[Path]) -> RecordingError:
    """A disk took no more, and the recording went on elsewhere."""
    files = " ".join(map(str, paths))
    return RecordingError(
        f"the disk took no more, and the recording went on in {paths[-1]}; nothing is lost",
        path=paths[0],
        remedy=f"Analyse the files together: levelstride analyze {files}",
    )
