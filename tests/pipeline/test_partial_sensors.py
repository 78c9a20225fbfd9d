"""Sensors of which a file has one quantity only: kept, shown, said, and never made up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.analyse_file import analyse
from pipeline.errors import CalibrationError, InputError
from pipeline.exporters.export_session import ExportChoices, ExportFormat, export_files
from pipeline.exporters.sample_frame import samples_from_frame, samples_to_frame
from pipeline.exporters.session_samples import read_session
from pipeline.import_session import import_session
from pipeline.importers.preview import preview_lines
from pipeline.importers.read_files import read_files
from pipeline.importers.to_recording import write_imported
from pipeline.signal_file import open_signal_file
from pipeline.store import Store
from sensors.placement import Placement
from sensors.recording_doctor import Level, examine
from sensors.sample_block import LACKS_ACC, LACKS_GYR
from sensors.session_info import SessionInfo
from tests.pipeline.sample_table import ACC, GYR, make_samples, write_csv
from tests.pipeline.vendor_files import motion, write_dot, write_metawear, write_mvnx
from tests.pipeline.vendor_files2 import (
    write_apdm_named,
    write_nilspod,
    write_shimmer,
)
from tests.simulated import simulated

LACKING = {LACKS_ACC: ACC, LACKS_GYR: GYR}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return motion()


def table_without(path: Path, columns: list[str], *, of: str = "") -> Path:
    """Neutral samples with empty cells in some columns, of one placement or of all."""
    frame = make_samples()
    rows = frame["placement"] == of if of else frame["placement"] != ""
    frame.loc[rows, columns] = np.nan
    return write_csv(frame, path)


def recorded(paths: list[Path], out: Path) -> Path:
    write_imported(read_files(paths), out, SessionInfo(source="imported"))
    return out


@pytest.mark.parametrize("lacks", [LACKS_ACC, LACKS_GYR])
def test_every_maker_may_leave_out_a_quantity(
    tmp_path: Path, frame: pd.DataFrame, lacks: int
) -> None:
    acc = lacks == LACKS_ACC
    count = "PacketCounter,SampleTimeFine"
    inner = "Quat_W,Quat_X,Quat_Y,Quat_Z" if acc else "Acc_X,Acc_Y,Acc_Z"
    folders = [tmp_path / str(number) for number in range(5)]
    for folder in folders:
        folder.mkdir()
    exports = {
        "movella-dot": write_dot(folders[0], frame, names=f"{count},{inner}"),
        "metawear": [
            path for path in write_metawear(folders[1], frame) if ("Gyro" in path.name) == acc
        ],
        "apdm": [
            write_apdm_named(
                folders[2] / "a.csv", frame, leave_out="Acceleration" if acc else "Angular"
            )
        ],
        "shimmer": write_shimmer(folders[3], frame, kinds="Gyro" if acc else "Accel_WR"),
        "nilspod": write_nilspod(folders[4], motion(9.0, 102.4), sensors=0x02 if acc else 0x01),
    }
    for kind, paths in exports.items():
        imported = read_files(paths)
        assert imported.format == kind
        for sensor in imported.sensors.values():
            assert sensor.lacks == lacks, kind
            absent, there = (sensor.acc, sensor.gyr) if acc else (sensor.gyr, sensor.acc)
            assert np.isnan(absent).all()
            assert np.isfinite(there).all()
            assert sensor.computed == (LACKS_GYR if acc and kind == "movella-dot" else 0)
        assert sum("was exported without" in said for said in imported.warnings) >= 3


def test_mvn_without_acceleration_keeps_the_computed_angular_rate(
    tmp_path: Path, frame: pd.DataFrame
) -> None:
    path = write_mvnx(tmp_path / "a.mvnx", frame)
    text = path.read_text()
    path.write_text(text.replace("sensorFreeAcceleration", "sensorOther"))
    for sensor in read_files([path]).sensors.values():
        assert (sensor.lacks, sensor.computed) == (LACKS_ACC, LACKS_GYR)


@pytest.mark.parametrize("lacks", [LACKS_ACC, LACKS_GYR])
def test_the_whole_way_says_what_is_lacking_and_makes_nothing_up(
    tmp_path: Path, lacks: int
) -> None:
    """Import, preview, recording, doctor, analysis, library, signals, every export, and back."""
    table = table_without(tmp_path / "a.csv", LACKING[lacks])
    name = "accelerometer" if lacks == LACKS_ACC else "gyroscope"
    imported = read_files([table])
    shown = "no acceleration" if lacks == LACKS_ACC else "no angular rate"
    assert sum(shown in line for line in preview_lines(imported)) == 3
    recording = recorded([table], tmp_path / "a.mcap")
    report = examine(recording)
    assert report.verdict in (Level.NOTE, Level.GOOD)
    assert sum(f"has no {name}" in finding.text for finding in report.findings) == 3
    for session in (analyse([recording]), analyse([table]), analyse([recording], mode="online")):
        assert not session.strides
        assert session.quality["pelvis"]["lacks"] == name  # type: ignore[index]
        assert any("no stride can be found" in problem for problem in session.problems)
        assert sum("was exported without" in note for note in session.notes) == 3
    with Store.open(tmp_path / "library") as store:
        session_id = import_session(store, [table])
        stored = store.session(session_id)
        assert stored.strides.empty
        assert any("no stride can be found" in problem for problem in stored.problems)
        kept = store.recording(session_id)
        assert kept is not None
        signals = open_signal_file(kept, tmp_path / "signals")
    for channel in range(6):
        envelope = signals.envelope(Placement.PELVIS, channel, 0.0, 9.0, 100)
        absent = (channel < 3) == (lacks == LACKS_ACC)
        assert (len(envelope.time_s) == 0) == absent
    outs: dict[ExportFormat, str] = {
        "neutral-csv": "b.csv",
        "neutral-parquet": "b.parquet",
        "motion-bids": "b",
    }
    expected = read_session([recording]).sensors
    for kind, out in outs.items():
        files = export_files([recording], tmp_path / out, kind, ExportChoices()).files
        assert_same_sensors(read_files(files).sensors, expected)
    again = samples_from_frame(samples_to_frame(read_session([recording])))
    assert_same_sensors(again.sensors, expected)
    with pytest.raises(CalibrationError, match="no sensor has both") as caught:
        export_files([recording], tmp_path / "b.sto", "opensim-sto", ExportChoices())
    assert "\n" not in str(caught.value)
    done = export_files([recording], tmp_path / "s.csv", "csv", ExportChoices())
    assert done.problems


def assert_same_sensors(found: object, expected: object) -> None:
    assert isinstance(found, dict)
    assert isinstance(expected, dict)
    assert list(found) == list(expected)
    for placement, sensor in expected.items():
        other = found[placement]
        assert other.lacks == sensor.lacks
        for field in ("index", "time_s", "acc", "gyr"):
            np.testing.assert_array_equal(getattr(other, field), getattr(sensor, field))


def test_the_other_sensors_are_analysed_as_if_it_were_not_there(tmp_path: Path) -> None:
    """A pelvis sensor without gyroscope changes no stride that the shanks show."""
    frame = samples_to_frame(read_session([simulated(30.0, 11).path]))
    shanks = frame[frame["placement"] != "pelvis"].reset_index(drop=True)
    expected = samples_from_frame(shanks).analysed().table
    frame.loc[frame["placement"] == "pelvis", GYR] = np.nan
    write_csv(frame, tmp_path / "a.csv")
    session = analyse([recorded([tmp_path / "a.csv"], tmp_path / "a.mcap")])
    pd.testing.assert_frame_equal(session.table, expected, rtol=0, atol=1e-6)
    assert sum("pelvis" in note for note in session.notes) == 1
    files = export_files([tmp_path / "a.mcap"], tmp_path / "a.sto", "opensim-sto", ExportChoices())
    assert any("pelvis" in note for note in files.notes)


def test_a_computed_quantity_stays_known_as_computed(tmp_path: Path, frame: pd.DataFrame) -> None:
    """From the export through the recording to the analysis, the doctor and a data set."""
    names = "PacketCounter,SampleTimeFine,Quat_W,Quat_X,Quat_Y,Quat_Z,Acc_X,Acc_Y,Acc_Z"
    recording = recorded(write_dot(tmp_path, frame, names=names), tmp_path / "a.mcap")
    said = "angular rate is computed from its orientation"
    assert sum(said in note for note in analyse([recording]).notes) == 3
    found = [finding.text for finding in examine(recording).findings]
    assert sum("were computed from its orientation" in text for text in found) == 3
    export_files([recording], tmp_path / "b", "motion-bids", ExportChoices())
    (channels,) = (tmp_path / "b").rglob("*tracksys-pelvis*_channels.tsv")
    assert channels.read_text().count("computed from orientation") == 3


def test_cells_that_are_empty_here_and_there_are_no_lacking_quantity(tmp_path: Path) -> None:
    frame = make_samples()
    frame.loc[frame["placement"] == "pelvis", GYR] = np.nan
    frame.loc[frame.index[frame["placement"] == "pelvis"][50], GYR] = 0.0
    with pytest.raises(InputError, match="empty"):
        read_files([write_csv(frame, tmp_path / "a.csv")])
    frame.loc[frame["placement"] == "pelvis", [*ACC, *GYR]] = np.nan
    with pytest.raises(InputError, match="empty"):
        read_files([write_csv(frame, tmp_path / "a.csv")])
