"""``simulate`` and ``analyze`` as the README shows them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from pipeline.stride_table import STRIDE_COLUMNS
from tests.command_line.conftest import Command


def test_a_simulated_recording_gives_its_strides(tmp_path: Path, command: Command) -> None:
    """Recording, truth tables, stride table in three formats, and the JSON summary."""
    recording, truth = tmp_path / "s.mcap", tmp_path / "t"
    made = command("simulate", "--seconds", 40, "--seed", 7, "--out", recording, "--truth", truth)
    assert (made.code, made.out) == (0, "")
    assert sorted(p.name for p in truth.iterdir()) == [
        "events.csv",
        "faults.csv",
        "meta.json",
        "repetitions.csv",
        "strides.csv",
    ]
    true = pd.read_csv(truth / "strides.csv")
    tables = {}
    for suffix in ("csv", "parquet", "json"):
        path = tmp_path / f"strides.{suffix}"
        assert command("analyze", recording, "--out", path).code == 0
        tables[suffix] = path
    table = pd.read_csv(tables["csv"])
    assert tuple(table.columns) == STRIDE_COLUMNS
    assert set(table["side"]) == {"left", "right"}
    assert abs(int(table["valid"].sum()) - int(true["valid"].sum())) <= 6
    assert table["cpd_peak_abs_deg"].isna().all(), "it cannot be known, so it is empty"
    assert len(pd.read_parquet(tables["parquet"])) == len(table)
    assert len(json.loads(tables["json"].read_text())) == len(table)
    answer = command("analyze", recording, "--json")
    summary = json.loads(answer.out)
    assert answer.out.count("\n") == 1
    assert summary["strides"]["left"]["total"] == int((table["side"] == "left").sum())
    assert summary["provenance"]["mode"] == "offline"
    online = json.loads(command("analyze", recording, "--online", "--json").out)
    assert online["provenance"]["mode"] == "online"


def test_the_same_seed_gives_the_same_file(tmp_path: Path, command: Command) -> None:
    for name in ("a.mcap", "b.mcap"):
        assert command("simulate", "--seconds", 20, "--seed", 4, "--out", tmp_path / name).code == 0
    assert (tmp_path / "a.mcap").read_bytes() == (tmp_path / "b.mcap").read_bytes()
    command("simulate", "--seconds", 20, "--seed", 5, "--out", tmp_path / "b.mcap")
    assert (tmp_path / "a.mcap").read_bytes() != (tmp_path / "b.mcap").read_bytes()


def test_a_recording_cut_short_is_analysed_and_says_so(tmp_path: Path, command: Command) -> None:
    """Cut at 90 % of its bytes: most strides, exit code 3, a sentence; the file is not touched."""
    recording = tmp_path / "s.mcap"
    command("simulate", "--seconds", 40, "--seed", 7, "--out", recording)
    whole = json.loads(command("analyze", recording, "--json").out)
    content = recording.read_bytes()
    recording.write_bytes(content[: len(content) * 9 // 10])
    answer = command("analyze", recording, "--json")
    cut = json.loads(answer.out)
    assert answer.code == 3
    assert any("not closed" in problem for problem in cut["problems"])
    assert 0 < cut["strides"]["left"]["valid"] < whole["strides"]["left"]["valid"]
    assert len(recording.read_bytes()) == len(content) * 9 // 10


def test_recordings_too_short_for_strides_say_so(tmp_path: Path, command: Command) -> None:
    """Cut within the standing phase: an empty table, exit code 3."""
    recording, out = tmp_path / "s.mcap", tmp_path / "strides.csv"
    command("simulate", "--seconds", 40, "--seed", 7, "--out", recording)
    content = recording.read_bytes()
    recording.write_bytes(content[: len(content) // 12])
    answer = command("analyze", recording, "--out", out)
    assert answer.code == 3
    assert "no stride was found" in answer.out
    assert "no gait, 0 valid left, 0 valid right strides" in answer.out
    assert "┏" not in answer.out  # no empty table
    assert len(pd.read_csv(out)) == 0


def test_analysed_sessions_can_enter_the_library(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``--store`` adds the session and its recording."""
    from pipeline.store import Store

    recording = tmp_path / "s.mcap"
    command("simulate", "--seconds", 40, "--seed", 7, "--runner", "Ada", "--out", recording)
    monkeypatch.setenv("LEVELSTRIDE_STORE", str(tmp_path / "library"))
    assert command("analyze", recording, "--store").code == 0
    with Store.open(tmp_path / "library") as store:
        (summary,) = store.sessions()
        assert summary.runner == "Ada"
        assert summary.has_recording
        assert len(store.session(summary.session_id).strides) > 20
    assert recording.exists()
