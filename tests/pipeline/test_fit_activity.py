"""FIT activities, read back by the official kit."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from garmin_fit_sdk import Decoder, Stream
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError, OutputError
from pipeline.exporters.fit_activity import APPLICATION_ID, Activity, write_fit_activity
from pipeline.exporters.fit_file import Field, FitFile, Message, checksum
from pipeline.side_channels import SideChannels, SideSeries
from pipeline.stride_table import STRIDE_COLUMNS

START = datetime(2026, 3, 29, 0, 59, 58, 400_000, tzinfo=UTC)


def decoded(path: Path) -> dict[str, list[dict[str, Any]]]:
    """All messages; the kit finds the file whole and without errors."""
    assert Decoder(Stream.from_file(str(path))).is_fit()
    assert Decoder(Stream.from_file(str(path))).check_integrity()
    messages, errors = Decoder(Stream.from_file(str(path))).read()
    assert errors == []
    return messages


def strides(seconds: float = 20.0, gait: str = "run") -> pd.DataFrame:
    """Strides of 0.7 s, left foot first; drop of the left leg grows with time."""
    rows = []
    for side, offset_s in (("left", 2.0), ("right", 2.35)):
        for start_s in np.arange(offset_s, seconds - 0.7, 0.7):
            contact_s = 0.25 if side == "left" else 0.23
            rows.append(
                {
                    "side": side,
                    "foot_strike_s": start_s,
                    "toe_off_s": start_s + contact_s,
                    "next_foot_strike_s": start_s + 0.7,
                    "stride_time_s": 0.7,
                    "contact_time_s": contact_s,
                    "cadence_spm": 120.0 / 0.7,
                    "cpd_peak_deg": start_s if side == "left" else -2.5,
                    "tir_exc_deg": 7.25,
                    "gait": gait,
                    "valid": True,
                    "flags": "",
                }
            )
    return pd.DataFrame(rows).reindex(columns=list(STRIDE_COLUMNS))


def test_running_dynamics_stand_in_the_native_fields(tmp_path: Path) -> None:
    path = write_fit_activity(Activity(strides(), START, 0.0, 20.0), tmp_path / "a.fit")
    messages = decoded(path)
    record = messages["record_mesgs"][10]
    # START is 0.4 s into a second, so record 10 stands for session time 9.6 to 10.6 s
    assert record["timestamp"] == START.replace(microsecond=0) + timedelta(seconds=10)
    assert record["cadence"] + record["fractional_cadence"] == pytest.approx(60 / 0.7, abs=0.01)
    assert record["stance_time"] == pytest.approx(240.0)
    assert record["stance_time_percent"] == pytest.approx(100 * 0.24 / 0.7, abs=0.01)
    assert record["stance_time_balance"] == pytest.approx(100 * 0.25 / 0.48, abs=0.01)
    session = messages["session_mesgs"][0]
    assert session["sport"] == "running"
    assert session["avg_stance_time"] == pytest.approx(240.0, abs=1.0)
    assert session["total_timer_time"] == len(messages["record_mesgs"]) == 21
    for name in ("file_id", "activity", "lap", "session"):
        assert len(messages[f"{name}_mesgs"]) == 1
    assert messages["file_id_mesgs"][0]["type"] == "activity"


def test_the_angles_are_developer_fields_with_names_and_units(tmp_path: Path) -> None:
    """And name no native field, which programs would overwrite with them."""
    path = write_fit_activity(Activity(strides(), START, 0.0, 20.0), tmp_path / "a.fit")
    messages = decoded(path)
    described = {each["field_name"]: each for each in messages["field_description_mesgs"]}
    assert set(described) == {
        f"{name}_{side}"
        for name in ("pelvic_drop", "tibial_rotation")
        for side in ("left", "right")
    }
    assert {each["units"] for each in described.values()} == {"deg"}
    assert not any("native_field_num" in each for each in described.values())
    assert bytes(messages["developer_data_id_mesgs"][0]["application_id"]) == APPLICATION_ID
    key = {name: each["key"] for name, each in described.items()}
    values = messages["record_mesgs"][10]["developer_fields"]
    assert values[key["pelvic_drop_right"]] == pytest.approx(-2.5)
    assert values[key["tibial_rotation_left"]] == pytest.approx(7.25)
    # the left stride that goes on at 10.1 s began at 2.0 + 11 * 0.7
    assert values[key["pelvic_drop_left"]] == pytest.approx(9.7)


def test_what_is_not_known_is_absent_not_zero(tmp_path: Path) -> None:
    """Before the first stride, from invalid strides, and of a metric that no stride has."""
    table = strides()
    table.loc[table.foot_strike_s > 12.0, "valid"] = False
    messages = decoded(write_fit_activity(Activity(table, START, 0.0, 20.0), tmp_path / "a.fit"))
    for number in (0, 18):
        record = messages["record_mesgs"][number]
        assert "stance_time" not in record
        assert "cadence" not in record
        values = record.get("developer_fields", {}).values()
        assert all(value is None or np.isnan(value) for value in values)
    names = {each["field_name"] for each in messages["field_description_mesgs"]}
    assert not any("excursion" in name for name in names)
    assert "enhanced_speed" not in messages["record_mesgs"][10]


def test_speed_and_heart_rate_that_were_recorded_beside_are_in_it(tmp_path: Path) -> None:
    seconds = np.arange(0.0, 20.0)
    beside: SideChannels = {
        "speed_m_s": SideSeries(seconds, np.full(20, 3.5)),
        "heart_rate_bpm": SideSeries(seconds[:12], 140.0 + seconds[:12]),
    }
    activity = Activity(strides(), START, 0.0, 20.0, beside)
    messages = decoded(write_fit_activity(activity, tmp_path / "a.fit"))
    record = messages["record_mesgs"][10]
    assert record["enhanced_speed"] == pytest.approx(3.5)
    assert record["heart_rate"] == 150
    assert record["step_length"] == pytest.approx(1000 * 3.5 * 0.35, abs=0.1)
    assert "heart_rate" not in messages["record_mesgs"][18]
    assert messages["session_mesgs"][0]["total_distance"] == pytest.approx(3.5 * 21, abs=0.1)


def test_a_walk_without_a_valid_stride_is_still_a_whole_file(tmp_path: Path) -> None:
    walk = decoded(
        write_fit_activity(Activity(strides(gait="walk"), START, 0.0, 20.0), tmp_path / "a.fit")
    )
    assert walk["session_mesgs"][0]["sport"] == "walking"
    empty = decoded(
        write_fit_activity(Activity(strides()[:0], START, 0.0, 20.0), tmp_path / "b.fit")
    )
    assert len(empty["record_mesgs"]) == 21


def test_a_start_that_fit_cannot_say_and_a_file_that_is_there_are_refused(tmp_path: Path) -> None:
    early = Activity(strides(), datetime(1970, 1, 1, tzinfo=UTC), 0.0, 20.0)
    with pytest.raises(InputError, match="1970"):
        write_fit_activity(early, tmp_path / "a.fit")
    (tmp_path / "b.fit").write_text("mine")
    with pytest.raises(OutputError, match="already"):
        write_fit_activity(Activity(strides(), START, 0.0, 20.0), tmp_path / "b.fit")
    assert [path.name for path in tmp_path.iterdir()] == ["b.fit"]


@given(st.floats(), st.sampled_from(["uint8", "uint16", "uint32", "uint32z", "float32"]))
def test_every_number_becomes_itself_or_unknown(value: float, base_type: Any) -> None:
    """Nothing wraps round: 300 in one byte is unknown, not 44."""
    packed = Field(0, base_type).packed(value)
    code = {1: "B", 2: "H", 4: "f" if base_type == "float32" else "I"}[len(packed)]
    (stored,) = struct.unpack("<" + code, packed)
    if base_type == "float32":
        assert packed == b"\xff" * 4 or stored == pytest.approx(value, rel=1e-6, abs=1e-40)
    else:
        unknown = 0 if base_type == "uint32z" else 256 ** len(packed) - 1
        assert stored == unknown or stored == round(value)


def test_the_checksum_finds_a_changed_byte() -> None:
    out = FitFile()
    out.add(Message(0, {"type": Field(0, "enum")}), {"type": 4})
    whole = out.to_bytes()
    assert checksum(whole) == 0
    assert checksum(whole[:-3] + bytes([whole[-3] ^ 1]) + whole[-2:]) != 0
