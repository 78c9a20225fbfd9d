"""A user's mistake is one clear line and exit code 2; nothing is overwritten."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.command_line.conftest import Command
from tests.simulated import joined, simulated

Damage = Callable[[pd.DataFrame], pd.DataFrame]


def neutral_table() -> pd.DataFrame:
    """Ten seconds of a simulated session as neutral samples."""
    parts = []
    for placement, block in joined(simulated(34.0, 3).blocks).items():
        rows = slice(2000, 4000)
        part = pd.DataFrame({"time_s": block.time_s[rows], "placement": placement.value})
        for name, values in (("acc", block.acc), ("gyr", block.gyr)):
            for n, axis in enumerate("xyz"):
                part[f"{name}_{axis}"] = values[rows, n]
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def scaled(prefix: str, factor: float) -> Damage:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        columns = [f"{prefix}_{axis}" for axis in "xyz"]
        table[columns] *= factor
        return table

    return change


def swapped_rows(table: pd.DataFrame) -> pd.DataFrame:
    table.loc[[100, 200], "time_s"] = table.loc[[200, 100], "time_s"].to_numpy()
    return table


def doubled_time(table: pd.DataFrame) -> pd.DataFrame:
    table.loc[101, "time_s"] = table.loc[100, "time_s"]
    return table


def with_nan(table: pd.DataFrame) -> pd.DataFrame:
    table.loc[300, "gyr_y"] = np.nan
    return table


BAD_TABLES: dict[str, tuple[Damage, str]] = {
    "missing column": (lambda t: t.drop(columns="gyr_y"), "gyr_y"),
    "degrees": (scaled("gyr", 180.0 / np.pi), "rad/s"),
    "g": (scaled("acc", 1 / 9.80665), "m/s²"),
    "unsorted": (swapped_rows, "line"),
    "doubled": (doubled_time, "line"),
    "nan": (with_nan, "line 302"),
    "empty": (lambda t: t.iloc[:0], ""),
    "unknown placement": (lambda t: t.assign(placement="knee"), "knee"),
    "milliseconds": (lambda t: t.assign(time_s=t["time_s"] * 1000.0), ""),
}


def refused(outcome: object, *words: str) -> None:
    """One line on standard error that names the words, nothing on standard output, code 2."""
    assert outcome.code == 2, outcome  # type: ignore[attr-defined]
    assert outcome.out == ""  # type: ignore[attr-defined]
    lines = outcome.err.strip().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 1, lines
    assert lines[0].startswith("levelstride: ")
    assert "Traceback" not in lines[0]
    for word in words:
        assert word in lines[0]


@pytest.mark.parametrize("kind", BAD_TABLES)
def test_a_bad_table_is_refused_and_the_old_result_stays(
    kind: str, tmp_path: Path, command: Command
) -> None:
    damage, word = BAD_TABLES[kind]
    path, out = tmp_path / "samples.csv", tmp_path / "strides.csv"
    damage(neutral_table()).to_csv(path, index=False)
    out.write_text("earlier result")
    refused(command("analyze", path, "--out", out), "samples.csv", word)
    assert out.read_text() == "earlier result"


def test_files_that_are_something_else_are_refused(tmp_path: Path, command: Command) -> None:
    """Binary garbage, an empty file, a folder, no file, a picture, a cut gzip, text."""
    rng = np.random.default_rng(1)
    for name, content in {
        "noise.csv": rng.bytes(20_000),
        "noise.mcap": rng.bytes(20_000),
        "empty.csv": b"",
        "empty.mcap": b"",
        "picture.csv": b"\x89PNG\r\n\x1a\n" + rng.bytes(500),
        "words.csv": b"once upon a time\nthere was no header\n",
        "cut.csv.gz": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + rng.bytes(40),
    }.items():
        path = tmp_path / name
        path.write_bytes(content)
        refused(command("analyze", path), name)
        assert path.read_bytes() == content
    refused(command("analyze", tmp_path))
    refused(command("analyze", tmp_path / "not-there.csv"), "not-there.csv")


def test_a_truncated_table_names_the_line(tmp_path: Path, command: Command) -> None:
    path = tmp_path / "samples.csv"
    neutral_table().to_csv(path, index=False)
    text = path.read_text()
    path.write_text(text[: len(text) // 2].rsplit(",", 2)[0])
    refused(command("analyze", path), "line")


def test_a_recording_of_a_newer_schema_is_refused(tmp_path: Path, command: Command) -> None:
    from sensors import recording_schema
    from sensors.recording_writer import RecordingWriter
    from sensors.session_info import SessionInfo

    path = tmp_path / "later.mcap"
    known = recording_schema.SCHEMA_VERSION
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recording_schema, "SCHEMA_VERSION", known + 1)
        RecordingWriter(path, session=SessionInfo()).close()
    before = path.read_bytes()
    refused(command("analyze", path), str(known + 1))
    assert path.read_bytes() == before


def test_wrong_usage_is_one_line(tmp_path: Path, command: Command) -> None:
    refused(command("analyze"))
    refused(command("no-such-command"))
    refused(command("simulate", "--out", tmp_path / "x.mcap", "--seconds", "5"))
    refused(command("simulate", "--out", tmp_path / "x.mcap", "--speed", "90"))
    refused(command("analyze", tmp_path, "--place", "nonsense"))
    refused(command("analyze", tmp_path / "x", "--out", tmp_path / "table.xlsx"), ".csv")
    refused(command("dashboard", "--host", "0.0.0.0"))
    refused(command("dashboard", "--proxy", "gateway"), "--proxy")
    refused(command("dashboard", "--monitor-token", tmp_path / "token"), "--accounts")
    assert list(tmp_path.iterdir()) == []


def test_a_recording_is_never_replaced_by_a_simulation(tmp_path: Path, command: Command) -> None:
    """``simulate`` replaces simulated recordings only; ``record`` replaces nothing."""
    from sensors.recording_writer import RecordingWriter
    from sensors.session_info import SessionInfo

    path = tmp_path / "run.mcap"
    RecordingWriter(path, session=SessionInfo(source="live")).close()
    before = path.read_bytes()
    refused(command("simulate", "--out", path, "--seconds", "20"), "run.mcap")
    refused(command("record", "--radio", "sim", "--for", "5", "--out", path), "run.mcap")
    assert path.read_bytes() == before


def test_a_table_never_replaces_its_own_input(tmp_path: Path, command: Command) -> None:
    path = tmp_path / "samples.csv"
    neutral_table().to_csv(path, index=False)
    before = path.read_bytes()
    refused(command("analyze", path, "--out", path), "its own input")
    assert path.read_bytes() == before


def test_options_without_meaning_are_refused_not_ignored(tmp_path: Path, command: Command) -> None:
    table = tmp_path / "samples.csv"
    neutral_table().to_csv(table, index=False)
    recording = simulated(34.0, 3).path
    refused(command("analyze", table, "--rate", "100"), "--rate")
    refused(command("analyze", table, "--place", "A1=pelvis"), "--place")
    refused(command("analyze", recording, "--format", "csv"), "--format")
    refused(command("analyze", recording, "--place", "A1=pelvis"), "A1")


def test_what_the_system_refuses_is_no_fault_of_ours(tmp_path: Path, command: Command) -> None:
    refused(command("analyze", tmp_path / ("n" * 300)))


def test_one_shank_for_both_is_noticed(tmp_path: Path, command: Command) -> None:
    """The same samples as left and right: a table, and exit code 3 with a sentence."""
    table = tmp_path / "samples.csv"
    parts = []
    whole = joined(simulated(34.0, 3).blocks)
    for placement, source in (
        ("pelvis", "pelvis"),
        ("shank_left", "shank_left"),
        ("shank_right", "shank_left"),
    ):
        block = whole[next(p for p in whole if p.value == source)]
        part = pd.DataFrame({"time_s": block.time_s, "placement": placement})
        for name, values in (("acc", block.acc), ("gyr", block.gyr)):
            for n, axis in enumerate("xyz"):
                part[f"{name}_{axis}"] = values[:, n]
        parts.append(part)
    pd.concat(parts).to_csv(table, index=False)
    answer = command("analyze", table, "--json")
    assert answer.code == 3
    assert "strike together" in answer.out
