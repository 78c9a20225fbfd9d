"""Everything the library holds of one runner, as a ZIP file."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from pipeline.catalogue.plain_json import to_plain
from pipeline.metrics.registry import METRICS
from pipeline.stored_session import StoredSession
from pipeline.stride import FLAG_NAMES


def write_runner_zip(
    path: Path,
    runner: str,
    sessions: Iterable[StoredSession],
    written: Mapping[str, object] | None = None,
) -> None:
    """Write ``README.txt``, ``runner.json``, ``journal.json`` and, per session, its description, tables and recording.

    Per session the folder ``<session id>/`` holds ``session.json``, ``strides.csv``,
    ``curves.csv`` and, where there are some, ``repetitions.csv`` and ``recording.mcap``. The
    runner's name stands inside ``runner.json`` and ``journal.json`` only.

    Args:
        path: file to write.
        runner: name of the runner.
        sessions: the sessions, read one after another.
        written: journal, scores, goals, plan, tags and notes.
    """
    session_ids: list[str] = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for session in sessions:
            folder = session.summary.session_id
            session_ids.append(folder)
            described = {
                **asdict(session.summary),
                "quality": session.quality,
                "notes": session.notes,
                "provenance": session.provenance,
                "source": session.source,
                "unread": session.unread,
            }
            archive.writestr(f"{folder}/session.json", _json(described))
            archive.writestr(f"{folder}/strides.csv", session.strides.to_csv(index=False))
            archive.writestr(f"{folder}/curves.csv", session.curves.to_csv(index=False))
            if len(session.repetitions):
                archive.writestr(
                    f"{folder}/repetitions.csv", session.repetitions.to_csv(index=False)
                )
            if session.recording is not None:
                # A recording is compressed already.
                archive.write(session.recording, f"{folder}/recording.mcap", zipfile.ZIP_STORED)
        archive.writestr("journal.json", _json(dict(written or {})))
        archive.writestr("README.txt", readme(len(session_ids)))
        archive.writestr("runner.json", _json({"runner": runner, "sessions": session_ids}))


def readme(sessions: int) -> str:
    """What the archive holds, for the person it is about.

    Args:
        sessions: number of sessions in it.
    """
    metrics = [
        f"  {key:<20} {metric.name} [{metric.unit}]. {metric.definition}"
        + (f" {metric.sign}" if metric.sign else "")
        for key, metric in METRICS.items()
    ]
    flags = [f"  {name:<20} {words}" for name, words in FLAG_NAMES.items()]
    return _README.format(sessions=sessions, metrics="\n".join(metrics), flags="\n".join(flags))


_README = """\
Everything that a levelstride library holds of one person

runner.json          the name, and the ids of the {sessions} session(s)
journal.json         journal, scores of questionnaires, goals, the therapist's text; tags and notes of
                     sessions under "remarks"
<id>/session.json    when, how long, conditions (shoe, surface ...), summaries, quality of the data,
                     problems, notes, and what the results rest on (versions, parameters)
<id>/strides.csv     one row per stride
<id>/curves.csv      mean pelvic drop and tibial rotation over stance (0 to 100 %), in degrees
<id>/repetitions.csv single-leg squats and step-downs, one row each, where there are some
<id>/recording.mcap  what the sensors sent, where it was kept

Tables are UTF-8 text with commas and decimal points; an empty cell is a value that is not known.
Times ending in _s are seconds since the start of the session, angles ending in _deg are degrees.
A column that ends in _se is the standard error of the one before. The recording is an MCAP file;
`levelstride analyze recording.mcap` makes the table of strides anew, and `levelstride export` writes
it for other programs.

Columns of strides.csv
  side                 left or right
  foot_strike_s        start of the stride; toe_off_s its end of stance; next_foot_strike_s its end
{metrics}
  gait                 run or walk
  valid                whether the stride counts in summaries
  flags                what is known of its quality, names joined by |

Flags
{flags}

Copies of this archive are not reached when the person's data are deleted from the library. For
training and research. Not a medical device.
"""


def _json(value: object) -> str:
    return json.dumps(to_plain(value, "export"), ensure_ascii=False, indent=2, allow_nan=False)
