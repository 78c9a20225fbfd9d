"""``--cue``: what it takes, and cues without a screen."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from levelstride.cue_option import parse_cue, terminal_cues
from pipeline.feedback_cue import Cue
from pipeline.feedback_effect import cues_of
from pipeline.feedback_errors import FeedbackError
from pipeline.feedback_zone import Zone
from sensors.recording_reader import open_recording


def test_words_become_a_request() -> None:
    cadence = parse_cue("cadence:+7.5%")
    assert (cadence.metric, cadence.basis, cadence.change_percent) == (
        "cadence_spm",
        "session",
        7.5,
    )
    assert parse_cue("cadence").change_percent == 5.0
    zone = parse_cue("rotation:8..12.5@3/8")
    assert (zone.metric, zone.low, zone.high) == ("tir_exc_deg", 8.0, 12.5)
    assert (zone.session_number, zone.sessions) == (3, 8)
    assert parse_cue("drop:reference").basis == "reference"
    assert parse_cue("drop:own@8/8").session_number == 8


@pytest.mark.parametrize(
    "text",
    [
        "",
        "speed",
        "cadence:fast",
        "drop:+5%",
        "drop:5..2",
        "drop:own@9/8",
        "drop@x",
        "rotation:reference",
    ],
)
def test_other_words_are_refused_with_what_is_possible(text: str) -> None:
    with pytest.raises(FeedbackError):
        parse_cue(text)


@pytest.mark.parametrize("terminal", [True, False])
def test_the_bell_rings_in_a_terminal_only(terminal: bool) -> None:
    """A file that the output goes to gets the words, and no control characters."""
    out = io.StringIO()
    give = terminal_cues(Console(file=out, force_terminal=terminal, width=100, color_system=None))
    give(Cue(1, 9.0, "cpd_peak_deg", "left", 7.04, 0.3, Zone(3.0, 5.0, cue_below=False)))
    assert "left: keep the pelvis level  (7.0, zone 3.0 to 5.0 °)" in out.getvalue()
    assert ("\a" in out.getvalue()) is terminal


@pytest.mark.real_time
def test_cues_are_printed_and_recorded_without_a_screen(tmp_path: Path) -> None:
    """A zone that no runner keeps: cues on standard error, and the same ones in the recording."""
    path = tmp_path / "run.mcap"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "levelstride", "record", "--radio", "sim", "--for", "28"),
            *("--out", str(path), "--cue", "cadence:240..250"),
        ],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed = done.stderr.count("quicker, shorter steps")
    with open_recording(path) as recording:
        markers = recording.markers()
    cues = cues_of(markers)
    assert len(cues) == printed
    assert len(cues) >= 3
    assert [cue.number for cue in cues] == list(range(1, len(cues) + 1))
    assert any(m.kind == "feedback" and "cadence_spm fixed 240..250" in m.text for m in markers)


@pytest.mark.real_time
def test_record_does_not_pretend_to_know_earlier_sessions(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "levelstride", "record", "--radio", "sim"),
            *("--out", str(tmp_path / "run.mcap"), "--cue", "drop:earlier"),
        ],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 2
    assert "earlier sessions" in done.stderr
