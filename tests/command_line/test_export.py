"""``levelstride export``: every format is written, and nothing by mistake."""

from __future__ import annotations

import os
import resource
import signal
import zipfile
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from pipeline.analyse_file import analyse
from pipeline.store import Store
from pipeline.stride_table import strides_to_frame
from tests.command_line.conftest import Command
from tests.simulated import simulated


@pytest.fixture(scope="module")
def recording() -> Path:
    return simulated(30.0, 11, faults="field").path


@pytest.fixture(scope="module")
def library(recording: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A library with one session of Ann, and the session's id."""
    folder = tmp_path_factory.mktemp("library")
    session = replace(analyse([recording]), runner="Ann")
    with Store.open(folder) as store:
        return folder, store.add_session(session, recording)


@pytest.mark.parametrize(
    ("export_format", "name"),
    [
        ("csv", "strides.csv"),
        ("parquet", "strides.parquet"),
        ("neutral-csv", "samples.csv"),
        ("neutral-parquet", "samples.parquet"),
        ("opensim-sto", "run.sto"),
        ("motion-bids", "data"),
        ("fit", "run.fit"),
    ],
)
def test_every_format_is_written_once_and_replaced_on_request_only(
    command: Command, recording: Path, tmp_path: Path, export_format: str, name: str
) -> None:
    words = ("export", recording, "--format", export_format, "--out", tmp_path / name)
    assert command(*words).code == 0
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert files
    refused = command(*words)
    assert refused.code == 2
    assert "already" in refused.err
    assert refused.err.strip().count("\n") == 0
    assert command(*words, "--force").code == 0
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == files


def test_the_stride_table_is_that_of_analyze(
    command: Command, recording: Path, tmp_path: Path
) -> None:
    assert command("export", recording, "--format", "csv", "--out", tmp_path / "a.csv").code == 0
    ours = pd.read_csv(tmp_path / "a.csv", keep_default_na=False, na_values=[""])
    theirs = strides_to_frame(analyse([recording]).strides)
    assert list(ours.columns) == list(theirs.columns)
    numbers = theirs.select_dtypes("number").columns
    pd.testing.assert_frame_equal(ours[numbers].astype(float), theirs[numbers], rtol=1e-12)


def test_a_session_of_the_library_is_exported_by_its_id(
    command: Command, library: tuple[Path, str], tmp_path: Path
) -> None:
    folder, session_id = library
    for export_format, name in (("csv", "a.csv"), ("fit", "a.fit"), ("neutral-csv", "n.csv")):
        words = ("--format", export_format, "--out", tmp_path / name, "--store", folder)
        assert command("export", session_id, *words).code == 0
        assert (tmp_path / name).stat().st_size > 500


def test_a_runner_is_exported_whole(
    command: Command, library: tuple[Path, str], tmp_path: Path
) -> None:
    folder, session_id = library
    words = ("export", "--format", "runner-zip", "--out", tmp_path / "a.zip", "--store", folder)
    assert command(*words, "--runner", "Ann").code == 0
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None
        assert {"README.txt", "runner.json", f"{session_id}/recording.mcap"} <= set(
            archive.namelist()
        )
    assert command(*words, "--runner", "Ann").code == 2, "the file is there"
    (tmp_path / "a.zip").unlink()
    missing = command(*words, "--runner", "Bob")
    assert missing.code == 2
    assert "no runner 'Bob'" in missing.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("export_format", "name"), [("csv", "a.csv"), ("neutral-csv", "n.csv")])
def test_a_recording_that_breaks_off_is_exported_as_far_as_it_goes(
    command: Command, recording: Path, tmp_path: Path, export_format: str, name: str
) -> None:
    """And said to be doubtful: exit code 3."""
    cut = tmp_path / "cut.mcap"
    cut.write_bytes(recording.read_bytes()[:-20_000])
    outcome = command("export", cut, "--format", export_format, "--out", tmp_path / name)
    assert outcome.code == 3
    assert "Doubtful: " in outcome.err
    assert (tmp_path / name).stat().st_size > 1000


MISSING_ID = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("{rec}", "--format", "csv", "--out", "{tmp}/a.parquet"), "does not end in"),
        (("{rec}", "--format", "opensim-sto", "--out", "{tmp}/a.csv"), ".sto"),
        (("{rec}", "--format", "csv", "--out", "{tmp}/no/a.csv"), "does not exist"),
        (("{rec}", "--format", "csv", "--out", "{rec}"), "does not end in"),
        (("{rec}", "--format", "motion-bids", "--out", "{rec}"), "this is a file"),
        (("{rec}", "--format", "csv", "--out", "{tmp}/a.csv", "--run", "1"), "no meaning"),
        (("{rec}", "--format", "csv", "--out", "{tmp}/a.csv", "--runner", "A"), "no meaning"),
        (("{rec}", "--format", "fit", "--out", "{tmp}/a.fit", "--start", "May"), "should look"),
        (("{rec}", "--format", "c3d", "--out", "{tmp}/a.c3d"), "c3d"),
        (("{tmp}/no.mcap", "--format", "csv", "--out", "{tmp}/a.csv"), "no such file"),
        (("--format", "csv", "--out", "{tmp}/a.csv"), "Name a recording"),
        (("--format", "runner-zip", "--out", "{tmp}/a.zip"), "--runner"),
        (("{rec}", "--out", "{tmp}/a.csv"), "csv, parquet,"),
        ((MISSING_ID, "--format", "csv", "--out", "{tmp}/a.csv", "--store", "{lib}"), "no session"),
        ((MISSING_ID, "--format", "csv", "--out", "{tmp}/a.csv", "--store", "{tmp}"), "no library"),
        (
            ("{rec}", "--format", "motion-bids", "--out", "{tmp}/d", "--subject", "../x"),
            "letters and digits",
        ),
    ],
)
def test_wrong_use_is_one_line_and_writes_nothing(
    command: Command,
    recording: Path,
    library: tuple[Path, str],
    tmp_path: Path,
    words: tuple[str, ...],
    said: str,
) -> None:
    filled = [word.format(rec=recording, tmp=tmp_path, lib=library[0]) for word in words]
    before = recording.read_bytes()
    outcome = command("export", *filled)
    assert outcome.code == 2
    assert said in outcome.err
    assert outcome.err.strip().count("\n") == 0
    assert list(tmp_path.iterdir()) == []
    assert recording.read_bytes() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
@pytest.mark.parametrize("export_format", ["csv", "motion-bids"])
def test_a_folder_without_the_right_to_write_is_named(
    command: Command, recording: Path, tmp_path: Path, export_format: str
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    outcome = command("export", recording, "--format", export_format, "--out", closed / "a.csv")
    assert outcome.code == 2
    assert "may not be written" in outcome.err


def test_a_disk_that_is_full_leaves_nothing_behind(
    command: Command, recording: Path, tmp_path: Path
) -> None:
    """A limit on the size of files stands for the disk: the write fails in the middle."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
        outcome = command(
            "export", recording, "--format", "neutral-csv", "--out", tmp_path / "a.csv"
        )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert outcome.code == 2
    assert "cannot be written" in outcome.err
    assert list(tmp_path.iterdir()) == []
