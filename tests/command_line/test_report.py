"""``levelstride report``: a report of files or of a stored session, or one line that says why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from levelstride.cli import run
from pipeline.store import Store
from tests.dashboard.made_sessions import make_session
from tests.simulated import simulated


def test_a_recording_becomes_a_report_and_the_library_stays_as_it_was(tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    words = ["report", str(simulated(45.0, 3).path), "--out", str(out), "--runner", "<b>Ann</b>"]
    assert run(words) in {0, 3}
    text = out.read_text("utf-8")
    assert "&lt;b&gt;Ann&lt;/b&gt;" in text
    assert "Not a medical device" in text


def test_a_stored_session_becomes_a_german_report_for_a_patient(tmp_path: Path) -> None:
    with Store.open(tmp_path / "library") as store:
        session_id = store.add_session(make_session(1, per_side=30))
    out = tmp_path / "bericht.html"
    words = ["report", session_id, "--store", str(tmp_path / "library"), "--out", str(out)]
    assert run([*words, "--language", "de", "--for", "patient"]) == 0
    assert "Kein Medizinprodukt" in out.read_text("utf-8")
    assert run(words) == 2
    assert run([*words, "--force"]) == 0


def test_a_damaged_session_becomes_a_report_that_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    with Store.open(folder) as store:
        session_id = store.add_session(make_session(1, per_side=30))
    (folder / "strides" / f"{session_id}.parquet").write_bytes(b"no table")
    out = tmp_path / "report.html"
    assert run(["report", session_id, "--store", str(folder), "--out", str(out)]) == 3
    assert "The file of strides cannot be read" in out.read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "out", "said"),
    [
        ("x.mcap", "r.docx", "use .html or .pdf"),
        ("no-such-file.mcap", "r.html", "no such file"),
        ("00000000-0000-0000-0000-000000000009", "r.html", "no session"),
        ("rubbish.csv", "r.pdf", "rubbish.csv"),
        ("rubbish.csv", "nowhere/r.pdf", "no folder"),
    ],
)
def test_what_cannot_be_reported_is_said_in_one_line_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, out: str, said: str
) -> None:
    (tmp_path / "rubbish.csv").write_text("hello,world\n1,2\n")
    file = name if name.startswith("0000") else str(tmp_path / name)
    target = tmp_path / out
    words = ["report", file, "--out", str(target), "--store", str(tmp_path / "library")]
    assert run(words) == 2
    errors = capsys.readouterr().err.strip()
    assert said in errors
    assert errors.count("\n") == 0
    assert not target.exists()
