"""``import levelstride as ls``: data frames in and out, and one clear line for a mistake."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import levelstride as ls
from pipeline.stride_table import STRIDE_COLUMNS
from sensors.recording_reader import open_recording
from sensors.recording_writer import RecordingWriter


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> ls.Simulation:
    folder = tmp_path_factory.mktemp("interface")
    return ls.simulate(folder / "run.mcap", seconds=36, seed=8, faults="field")


@pytest.fixture(scope="module")
def samples(run: ls.Simulation) -> pd.DataFrame:
    return ls.read(run)


@pytest.fixture(scope="module")
def session(run: ls.Simulation) -> ls.Session:
    return ls.analyze(run)


def test_simulate_gives_a_recording_and_its_truth(run: ls.Simulation, tmp_path: Path) -> None:
    """The same arguments give the same bytes."""
    assert {"side", "foot_strike_s", "cpd_exc_deg"} <= set(run.truth.columns)
    assert set(run.events.columns) == {"time_s", "side", "event", "gait"}
    again = ls.simulate(tmp_path / "again.mcap", seconds=36, seed=8, faults="field")
    assert again.recording.read_bytes() == run.recording.read_bytes()


def test_read_gives_tidy_samples(samples: pd.DataFrame) -> None:
    assert list(samples.columns)[:8] == [
        "time_s", "placement", "acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z",
    ]  # fmt: skip
    assert set(samples.placement.unique()) == {"pelvis", "shank_left", "shank_right"}
    assert samples.attrs["runner"] == "virtual runner"
    for _, sensor in samples.groupby("placement", observed=True):
        assert (np.diff(sensor.time_s) > 0).all()
        resting = sensor[sensor.time_s < 4.0][["acc_x", "acc_y", "acc_z"]].mean()
        assert np.linalg.norm(resting) == pytest.approx(9.81, abs=0.5)


def test_a_file_its_samples_and_a_list_of_files_give_the_same_strides(
    run: ls.Simulation, samples: pd.DataFrame, session: ls.Session
) -> None:
    assert list(session.table.columns) == list(STRIDE_COLUMNS)
    for same in (samples, str(run.recording), [run.recording]):
        pd.testing.assert_frame_equal(ls.analyze(same).table, session.table, rtol=0, atol=1e-9)
    assert ls.analyze(samples).runner == "virtual runner"
    assert ls.analyze(samples).started_utc == session.started_utc


def test_samples_written_by_pandas_come_back(samples: pd.DataFrame, tmp_path: Path) -> None:
    """Truth values as True and False included."""
    samples.to_csv(tmp_path / "a.csv", index=False)
    samples.to_parquet(tmp_path / "a.parquet")
    for name in ("a.csv", "a.parquet"):
        pd.testing.assert_frame_equal(ls.read(tmp_path / name), samples)


def test_online_strides_are_those_of_a_live_view(run: ls.Simulation, samples: pd.DataFrame) -> None:
    from_file, from_frame = (ls.analyze(each, mode="online") for each in (run, samples))
    assert from_file.provenance["mode"] == from_frame.provenance["mode"] == "online"
    assert len(from_file.strides) > 10


def test_samples_of_ones_own_need_the_eight_columns_only(
    samples: pd.DataFrame, session: ls.Session
) -> None:
    """In any order of rows between sensors, with a plain index and text placements."""
    mine = pd.DataFrame(samples[list(samples.columns[:8])].sort_values("time_s"))
    mine["placement"] = mine["placement"].astype(str)
    found = ls.analyze(mine.reset_index(drop=True))
    assert len(found.strides) == len(session.strides)
    both = [s.table.cpd_exc_deg.to_numpy() for s in (found, session)]
    np.testing.assert_allclose(both[0], both[1], atol=0.05)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda t: t.drop(columns="gyr_y"), "gyr_y"),
        (lambda t: t.assign(placement="knee"), "'knee' is no placement"),
        (lambda t: t.assign(acc_x="fast"), "not numbers"),
        (lambda t: t[:0], "no rows"),
        (lambda t: t.assign(time_s=t.time_s.to_numpy()[::-1]), "goes back"),
        (lambda t: t.assign(**{f"gyr_{a}": np.degrees(t[f"gyr_{a}"]) for a in "xyz"}), "°/s"),
        (lambda t: t.assign(gyr_z=np.where(t.index == 77, np.nan, t.gyr_z)), "row 77"),
    ],
)
def test_a_damaged_data_frame_is_one_clear_line(
    samples: pd.DataFrame, damage: object, said: str
) -> None:
    broken = damage(samples.copy())  # type: ignore[operator]
    with pytest.raises(ls.LevelstrideError) as caught:
        ls.analyze(broken)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: ls.read(None), "None is no file name"),
        (lambda: ls.read(""), "'' is no file name"),
        (lambda: ls.read([b"run.csv"]), "type bytes is no file name"),
        (lambda: ls.read("run.csv", format="excel"), "format cannot be 'excel'"),
        (lambda: ls.read("run.csv", rate_hz="100"), "rate_hz cannot be '100'"),
        (lambda: ls.read("run.csv", placements=["pelvis"]), "dictionary"),
        (lambda: ls.read("run.csv", placements={"A": "knee"}), "'knee' is no placement"),
        (lambda: ls.analyze("run.csv", mode="fast"), "mode cannot be 'fast'"),
        (lambda: ls.analyze(3), "3 is no file name"),
        (lambda: ls.compare("a.mcap", "b.mcap"), "'a.mcap' is no analysed session"),
        (lambda: ls.compare([]), "no session"),
        (lambda: ls.export("run.csv", "run.xlsx"), "does not tell the format"),
        (lambda: ls.export("run.csv", "run.csv", format="excel"), "format cannot be 'excel'"),
        (lambda: ls.export("run.csv", "run.fit", started_utc="2026"), "started_utc cannot be"),
        (lambda: ls.simulate("run.mcap", seconds="60"), "seconds cannot be '60'"),
        (lambda: ls.simulate("run.mcap", seed=0.5), "seed cannot be 0.5"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(call: Callable[[], object], said: str) -> None:
    with pytest.raises(ls.LevelstrideError) as caught:
        call()
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_compare_sessions_and_conditions(session: ls.Session, tmp_path: Path) -> None:
    other = ls.analyze(ls.simulate(tmp_path / "other.mcap", seconds=36, seed=9))
    found = ls.compare([session], other, metrics=["cpd_exc_deg", "tir_exc_deg"])
    assert list(found.metric.unique()) == ["cpd_exc_deg", "tir_exc_deg"]
    np.testing.assert_allclose(found.change, found.second - found["first"], atol=1e-9)
    assert (found.low < found.change).all()
    assert (found.change < found.high).all()
    assert found.sentence.str.contains("error").all()
    itself = ls.compare(session, session)
    known = itself[itself.beyond_error.notna()]
    assert len(known) > 4
    assert not known.beyond_error.any()
    blocks = pd.DataFrame({"condition": ["a", "b"], "start_s": [16.0, 26.0], "end_s": [26.0, 36.0]})
    within = ls.compare(session, conditions=("a", "b"), blocks=blocks)
    assert set(within.side) == {"left", "right"}
    swapped = ls.compare(session, conditions=("b", "a"), blocks=blocks)
    np.testing.assert_allclose(within.change, -swapped.change, atol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "nothing to compare"),
        ({"conditions": ("a", "b")}, "no stretch of the condition 'a'"),
        ({"conditions": ("a", "a"), "blocks": "ab"}, "the same"),
        ({"conditions": ("a", "b"), "blocks": pd.DataFrame({"condition": []})}, "no column"),
    ],
)
def test_what_cannot_be_compared_is_said(
    session: ls.Session, arguments: dict[str, object], said: str
) -> None:
    if isinstance(arguments.get("blocks"), str):
        rows = {"condition": ["a", "b"], "start_s": [10.0, 20.0], "end_s": [20.0, 30.0]}
        arguments = {**arguments, "blocks": pd.DataFrame(rows)}
    with pytest.raises(ls.LevelstrideError, match=said):
        ls.compare(session, **arguments)  # type: ignore[arg-type]
    with pytest.raises(ls.LevelstrideError, match="no metric 'height'"):
        ls.compare(session, session, metrics=["height"])


def test_markers_of_a_recording_tell_the_conditions(tmp_path: Path) -> None:
    """Stretches of half a minute and more; their first half minute does not count."""
    run = ls.simulate(tmp_path / "run.mcap", seconds=130, seed=8)
    marked = tmp_path / "marked.mcap"
    with (
        open_recording(run.recording) as source,
        RecordingWriter(
            marked, session=source.session, sensors=source.sensors, paced=False
        ) as writer,
    ):
        for notification in source.notifications():
            writer.notification(notification)
        for moment_s, name in ((20, "old"), (75, "new")):
            writer.marker(moment_s * 1_000_000_000, name, "condition")
    found = ls.compare(ls.analyze(marked), conditions=("old", "new"), metrics=["cpd_exc_deg"])
    assert list(found.side) == ["left", "right"]
    assert found.sentence.str.contains("against old").all()


def test_export_takes_files_samples_and_sessions(
    run: ls.Simulation, samples: pd.DataFrame, session: ls.Session, tmp_path: Path
) -> None:
    (table,) = ls.export(session, tmp_path / "a.csv")
    (same,) = ls.export(samples, tmp_path / "b.csv")
    assert table.read_bytes() == same.read_bytes()
    trial, pose = ls.export(samples, tmp_path / "run.sto")
    again, _ = ls.export(run, tmp_path / "again.sto")
    assert trial.read_bytes() == again.read_bytes()
    assert pose.name == "run_pose.sto"
    assert ls.export(session, tmp_path / "run.fit")[0].stat().st_size > 1000
    with pytest.raises(ls.LevelstrideError, match="does not keep"):
        ls.export(session, tmp_path / "data", format="motion-bids")
    with pytest.raises(ls.LevelstrideError, match="does not tell the format"):
        ls.export(session, tmp_path / "data")
    with pytest.raises(ls.LevelstrideError, match="already"):
        ls.export(session, tmp_path / "a.csv")
