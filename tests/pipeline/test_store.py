from __future__ import annotations

import json
import math
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import uuid
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.catalogue.database import HEAD, alembic_config
from pipeline.catalogue.models import Base
from pipeline.errors import SessionNotFound, StoreError
from pipeline.mean_curves import mean_curves
from pipeline.store import STORE_VARIABLE, Store
from pipeline.stride_table import strides_to_frame
from pipeline.synopsis import summarise_sides
from tests.pipeline.conftest import everything_in
from tests.pipeline.stride_factory import STARTED, make_session

ROOT = Path(__file__).resolve().parents[2]


def files_of(store: Store) -> list[str]:
    place = store.parts.files.place
    return sorted(
        file.name for kind in ("strides", "curves", "recordings") for file in place.find(f"{kind}/")
    )


def test_a_session_comes_back_as_it_was_stored(store):
    session = make_session(source=Path("run.mcap"))
    session_id = store.add_session(session)
    stored = store.session(session_id)
    pd.testing.assert_frame_equal(stored.strides, strides_to_frame(session.strides))
    pd.testing.assert_frame_equal(stored.curves, mean_curves(session.strides))
    assert stored.summary.runner == "Ann"
    assert stored.summary.started_utc == STARTED
    assert stored.summary.conditions == {"shoe": "A"}
    assert (stored.summary.strides_total, stored.summary.strides_left) == (12, 6)
    assert stored.problems == ("3 samples are missing.",)
    assert stored.source == "run.mcap"
    assert stored.recording is None
    assert stored.summary == store.sessions()[0]


def test_summaries_of_the_catalogue_are_those_of_the_strides(store):
    session = make_session()
    stored = store.session(store.add_session(session)).summary
    assert stored.gait == "run"
    assert stored.metrics == summarise_sides(session.strides)


def test_numbers_of_numpy_are_stored_plain_and_unknown_ones_as_none(store):
    stored = store.session(store.add_session(make_session()))
    assert stored.quality == {"pelvis": {"rate_hz": 200.0, "lost_samples": 3}}
    assert stored.provenance == {"version": "0.1.0", "residual_deg": None}


def test_a_session_without_strides_start_or_runner_is_kept(store):
    empty = make_session("", strides=0, started=None)
    summary = store.session(store.add_session(empty)).summary
    assert (summary.gait, summary.started_utc, summary.runner) == (None, None, "")
    assert summary.metrics == {"left": {}, "right": {}}
    assert store.runners()[0].name == ""


def test_storing_again_replaces_and_keeps_the_day_it_was_added(store):
    session = make_session()
    store.add_session(session)
    added = store.sessions()[0].added_utc
    store.add_session(replace(make_session("Bob", strides=2), session_id=session.session_id))
    (summary,) = store.sessions()
    assert (summary.runner, summary.strides_total, summary.added_utc) == ("Bob", 4, added)
    assert [runner.name for runner in store.runners()] == ["Bob"]
    assert len(store.session(session.session_id).strides) == 4


def test_sessions_are_listed_newest_first_and_by_runner(store):
    days = [STARTED + timedelta(days=n) for n in range(3)]
    ids = [
        store.add_session(make_session(name, started=day))
        for name, day in zip(("Ann", "Bob", "Ann"), days, strict=True)
    ]
    assert [s.session_id for s in store.sessions()] == ids[::-1]
    assert [s.session_id for s in store.sessions("Ann")] == [ids[2], ids[0]]
    assert store.sessions("Eve") == []
    runners = {runner.name: (runner.sessions, runner.last_utc) for runner in store.runners()}
    assert runners == {"Ann": (2, days[2]), "Bob": (1, days[1])}


def test_a_recording_is_copied_moved_or_left_in_its_place(store, tmp_path):
    copied, moved, own = make_session(), make_session(), make_session()
    source = tmp_path / "a.mcap"
    source.write_bytes(b"bytes")
    store.add_session(copied, source)
    assert source.exists()
    assert store.session(copied.session_id).recording.read_bytes() == b"bytes"
    store.add_session(moved, source, move=True)
    assert not source.exists()
    assert store.session(moved.session_id).recording.read_bytes() == b"bytes"
    in_place = store.recording_path(own.session_id)
    in_place.write_bytes(b"live")
    store.add_session(own, in_place, move=True)
    assert store.session(own.session_id).recording.read_bytes() == b"live"
    assert store.session(own.session_id).summary.has_recording


def test_analysing_again_without_the_recording_keeps_it(store, tmp_path):
    session = make_session()
    source = tmp_path / "a.mcap"
    source.write_bytes(b"bytes")
    store.add_session(session, source)
    store.add_session(session)
    assert store.session(session.session_id).recording.read_bytes() == b"bytes"
    assert store.sessions()[0].has_recording


def test_a_missing_recording_is_refused_and_nothing_is_stored(store, tmp_path):
    with pytest.raises(StoreError, match="recording to store is not there"):
        store.add_session(make_session(), tmp_path / "none.mcap")
    assert store.sessions() == []
    assert files_of(store) == []


def test_deleting_a_session_leaves_no_file_of_it(store, tmp_path):
    source = tmp_path / "a.mcap"
    source.write_bytes(b"x")
    kept, gone = make_session(), make_session()
    store.add_session(kept)
    store.add_session(gone, source)
    store.delete_session(gone.session_id)
    assert [s.session_id for s in store.sessions()] == [kept.session_id]
    assert files_of(store) == [
        f"{kind}/{kept.session_id}.parquet" for kind in ("curves", "strides")
    ]
    with pytest.raises(SessionNotFound):
        store.delete_session(gone.session_id)


@pytest.mark.parametrize("hostile", ["../../etc/passwd", "", "x", "a/b", "\0", "%", None, 7])
def test_ids_that_are_no_uuid_never_reach_a_path(store, hostile):
    with pytest.raises(SessionNotFound):
        store.session(hostile)
    with pytest.raises(StoreError):
        store.add_session(replace(make_session(), session_id=hostile))
    assert files_of(store) == []


def test_an_unknown_session_says_so_with_its_id(store):
    wanted = str(uuid.uuid4())
    with pytest.raises(SessionNotFound) as caught:
        store.session(wanted)
    assert caught.value.session_id == wanted


def test_an_id_in_another_spelling_is_the_same_session(store):
    session = make_session()
    assert store.add_session(replace(session, session_id=session.session_id.upper())) == (
        session.session_id
    )
    assert store.session("{" + session.session_id + "}").summary.session_id == session.session_id


@pytest.mark.parametrize("name", ["../../x", "'; DROP TABLE runners; --", "<b>", "%", "名前 / 1"])
def test_names_are_text_and_never_part_of_a_path(store, tmp_path, name):
    store.add_session(make_session(name))
    assert [s.runner for s in store.sessions(name)] == [name]
    assert store.export_runner(name, tmp_path / "out.zip") == 1
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert not [entry for entry in archive.namelist() if ".." in entry or entry[0] == "/"]
    assert store.delete_runner(name) == 1
    assert (files_of(store), store.runners()) == ([], [])


@pytest.mark.parametrize("name", ["a\nb", "a\0b", "x" * 201, "\ud800"])
def test_names_that_cannot_be_printed_are_refused(store, name):
    with pytest.raises(StoreError, match="name of the runner"):
        store.add_session(make_session(name))


@pytest.mark.long_on_servers
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=st.text(max_size=250))
def test_any_name_is_kept_exactly_but_for_outer_spaces_or_refused(store, name):
    session = make_session(name, strides=0)
    try:
        store.add_session(session)
    except StoreError:
        return
    assert store.session(session.session_id).summary.runner == name.strip()


def test_a_value_that_cannot_be_stored_is_refused_before_any_file_is_written(store):
    with pytest.raises(StoreError, match="type object cannot be stored"):
        store.add_session(replace(make_session(), quality={"odd": object()}))
    with pytest.raises(StoreError, match="no time zone"):
        store.add_session(make_session(started=datetime(2026, 1, 1)))  # noqa: DTZ001
    assert files_of(store) == []


def test_an_export_holds_everything_of_one_runner_and_nothing_of_others(store, tmp_path):
    recording = tmp_path / "a.mcap"
    recording.write_bytes(b"wire")
    mine, other = make_session("Ann"), make_session("Bob")
    store.add_session(mine, recording)
    store.add_session(other)
    store.export_runner("Ann", tmp_path / "ann.zip")
    with zipfile.ZipFile(tmp_path / "ann.zip") as archive:
        folder = mine.session_id
        kept = ("curves.csv", "recording.mcap", "session.json", "strides.csv")
        assert set(archive.namelist()) == {
            "journal.json",
            "README.txt",
            "runner.json",
            *(f"{folder}/{name}" for name in kept),
        }
        assert archive.read(f"{folder}/recording.mcap") == b"wire"
        described = json.loads(archive.read(f"{folder}/session.json"))
        assert described["quality"]["pelvis"]["lost_samples"] == 3
        assert described["notes"] == list(mine.notes)
        assert json.loads(archive.read("runner.json")) == {"runner": "Ann", "sessions": [folder]}
        explained = archive.read("README.txt").decode()
        for column in archive.read(f"{folder}/strides.csv").decode().splitlines()[0].split(","):
            assert column.removesuffix("_se") in explained


def test_deleting_a_runner_leaves_no_trace_in_any_file(store, tmp_path):
    secret = "Zachariah-Quuxington"
    recording = tmp_path / "a.mcap"
    recording.write_bytes(secret.encode())
    store.add_session(make_session(secret), recording)
    store.add_session(make_session("Ann"))
    assert store.delete_runner(secret) == 1
    assert [runner.name for runner in store.runners()] == ["Ann"]
    assert secret.encode() not in everything_in(store)
    with pytest.raises(StoreError, match="no runner"):
        store.delete_runner(secret)
    with pytest.raises(StoreError, match="no runner"):
        store.export_runner(secret, tmp_path / "x.zip")


def test_the_folder_comes_from_the_environment_when_none_is_given(tmp_path, monkeypatch):
    monkeypatch.setenv(STORE_VARIABLE, str(tmp_path / "named"))
    with Store.open() as opened:
        assert opened.folder == tmp_path / "named"
    assert (tmp_path / "named" / "catalogue.sqlite").is_file()


@pytest.mark.parametrize("name", ["with space", "per%cent", "q?x=1#frag", "ünïcode"])
def test_odd_folder_names_work(tmp_path, name):
    with Store.open(tmp_path / name) as opened:
        opened.add_session(make_session())
    with Store.open(tmp_path / name) as opened:
        assert len(opened.sessions()) == 1


def test_a_new_library_is_for_its_owner_alone(tmp_path):
    if os.name != "posix":
        pytest.skip("rights of folders are those of POSIX here")
    with Store.open(tmp_path / "library"):
        assert (tmp_path / "library").stat().st_mode & 0o077 == 0


def test_a_file_in_place_of_the_folder_and_a_damaged_catalogue_are_errors_of_ours(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="cannot be read or written"):
        Store.open(tmp_path / "file")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "catalogue.sqlite").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match="catalogue of the library cannot be used"):
        Store.open(tmp_path / "bad")


def test_a_catalogue_of_a_later_version_is_refused_untouched(tmp_path):
    folder = tmp_path / "library"
    Store.open(folder).close()
    with sqlite3.connect(folder / "catalogue.sqlite") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    with pytest.raises(StoreError, match="later version"):
        Store.open(folder)
    database = sqlite3.connect(folder / "catalogue.sqlite")
    assert database.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)
    database.close()


def test_missing_and_damaged_files_of_a_session_say_what_to_do(store):
    session_id = store.add_session(make_session())
    place, name = store.parts.files.place, f"strides/{session_id}.parquet"
    place.write(name, b"PAR1 nonsense PAR1")
    with pytest.raises(StoreError, match="Analyse the recording again"):
        store.session(session_id)
    place.remove(name)
    with pytest.raises(StoreError, match="Analyse the recording again"):
        store.session(session_id)
    assert len(store.sessions()) == 1


def test_migrations_make_exactly_the_tables_of_the_models(store):
    with store.parts.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_the_newest_migration_is_the_one_the_code_expects():
    assert ScriptDirectory.from_config(alembic_config()).get_current_head() == HEAD


@pytest.mark.real_time
def test_many_threads_store_and_read_at_once(library):
    """Four writers and a reader share one library; nothing is lost and nothing raises."""
    with Store.open(library) as store:
        errors: list[BaseException] = []
        done = threading.Event()

        def write(name: str) -> None:
            try:
                for _ in range(4):
                    store.add_session(make_session(name, strides=3))
            except BaseException as error:  # noqa: BLE001 - handed to the main thread
                errors.append(error)

        def read() -> None:
            try:
                while not done.is_set():
                    for summary in store.sessions():
                        store.session(summary.session_id)
            except BaseException as error:  # noqa: BLE001
                errors.append(error)

        reader = threading.Thread(target=read)
        writers = [threading.Thread(target=write, args=(name,)) for name in ("A", "B", "A", "C")]
        for thread in (*writers, reader):
            thread.start()
        for thread in writers:
            thread.join()
        done.set()
        reader.join()
        assert errors == []
        assert len(store.sessions()) == 16
        assert {r.name: r.sessions for r in store.runners()} == {"A": 8, "B": 4, "C": 4}


@pytest.mark.real_time
@pytest.mark.long_on_servers
def test_two_processes_may_make_the_same_library_at_once(library):
    program = (
        "from pipeline.store import Store\n"
        "from tests.pipeline.stride_factory import make_session\n"
        "with Store.open() as s:\n"
        "    [s.add_session(make_session(strides=1)) for _ in range(3)]\n"
    )
    environment = {**os.environ, **library.environment()}
    both = [
        subprocess.Popen(
            [sys.executable, "-c", program], cwd=ROOT, stderr=subprocess.PIPE, env=environment
        )
        for _ in range(2)
    ]
    for process in both:
        _, said = process.communicate(timeout=250)
        assert process.returncode == 0, said
    with Store.open(library) as store:
        assert len(store.sessions()) == 6


@pytest.mark.real_time
@pytest.mark.long_on_servers
def test_killed_while_storing_every_listed_session_is_whole(library):
    """kill -9 in the middle of endless storing: rows always have their files."""
    program = (
        "from pipeline.store import Store\n"
        "from tests.pipeline.stride_factory import make_session\n"
        "with Store.open() as s:\n"
        "    while True:\n"
        "        s.add_session(make_session(strides=20)); print('x', flush=True)\n"
    )
    environment = {**os.environ, **library.environment()}
    for wanted in (2, 6):
        process = subprocess.Popen(
            [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, env=environment
        )
        assert process.stdout is not None
        with process.stdout:
            for _ in range(wanted):
                process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.wait()
    with Store.open(library) as store:
        listed = store.sessions()
        assert len(listed) >= 8
        for summary in listed:
            assert len(store.session(summary.session_id).strides) == summary.strides_total


def test_robust_sd_of_a_single_stride_is_unknown(store):
    summary = store.session(store.add_session(make_session(strides=1))).summary
    assert math.isnan(summary.metrics["left"]["cpd_peak_deg"].robust_sd)
