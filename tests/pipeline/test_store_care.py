"""Back-up, restore, copy, verify, retention and erasure of libraries of every kind."""

from __future__ import annotations

import json
import threading
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from levelstride.cli import run
from pipeline.catalogue.result_models import FileRow
from pipeline.errors import FieldError, StoreError
from pipeline.journal_entry import JournalEntry, Remark
from pipeline.session_search import SessionFilter
from pipeline.store import Store, StorePlace
from pipeline.store_care import backup
from pipeline.store_care.backup import back_up, copy_library, restore
from pipeline.store_care.erasure import erase_runner
from pipeline.store_care.retention import age_from, expired, let_go
from pipeline.store_care.verify import verify
from tests.pipeline.conftest import everything_in
from tests.pipeline.stride_factory import STARTED, make_session

HOSTILE = "Zoë <b>'; DROP TABLE runners; -- \\ 名前"


def filled(store: Store, tmp_path: Path) -> list[str]:
    recording = tmp_path / "a.mcap"
    recording.write_bytes(b"wire" * 1000)
    ids = [store.add_session(make_session(HOSTILE), recording), store.add_session(make_session())]
    runner_id = store.journal.runner_id(HOSTILE)
    assert runner_id is not None
    entry = JournalEntry(date(2026, 3, 31), pain_during=2, distance_km=8.5, swelling=True)
    store.journal.add_entry(runner_id, entry)
    store.journal.write_remark(ids[0], Remark(("baseline",), "ä note"))
    return ids


def content(store: Store) -> list[object]:
    """What a library holds, as its users see it."""
    found: list[object] = [store.runners(), store.search(SessionFilter(tag="baseline"), limit=9)]
    for summary in store.sessions():
        stored = store.session(summary.session_id)
        recording = stored.recording
        data = None if recording is None else recording.read_bytes()
        found += [summary, stored.strides.to_json(), stored.curves.to_json(), data]
        found += [stored.quality, stored.provenance, store.journal.remark(summary.session_id)]
        found.append(store.journal.runner_file(summary.runner_id))
    return found


def test_a_backup_of_any_library_becomes_the_same_library_in_a_folder(library, tmp_path):
    archive = tmp_path / "backup.zip"
    with Store.open(library) as store:
        filled(store, tmp_path)
        before = content(store)
        assert back_up(store.parts, archive).problems == []
    done = restore(archive, StorePlace(tmp_path / "again"))
    assert done.rows["sessions"] == 2
    with Store.open(tmp_path / "again") as store:
        assert content(store) == before
        assert verify(store.parts).is_whole
        store.add_session(make_session())


def test_a_folder_is_copied_to_any_kind_of_library(library, tmp_path):
    with Store.open(tmp_path / "source") as source:
        filled(source, tmp_path)
        copy_library(source.parts, library)
        with Store.open(library) as store:
            assert content(store) == content(source)
            assert verify(store.parts).is_whole
        with pytest.raises(StoreError, match="not empty"):
            copy_library(source.parts, library)


@pytest.mark.real_time
def test_a_backup_is_whole_while_others_write_and_delete(library, tmp_path):
    """Sessions come, go and change during the back-up; each it holds is whole."""
    with Store.open(library) as store:
        ids = [store.add_session(make_session(strides=2)) for _ in range(4)]
        stop = threading.Event()

        def change() -> None:
            while not stop.is_set():
                store.add_session(make_session(strides=3, session_id=ids[0]))
                store.delete_session(store.add_session(make_session(strides=1)))

        writer = threading.Thread(target=change)
        writer.start()
        try:
            for number in range(3):
                done = back_up(store.parts, tmp_path / f"{number}.zip")
                assert done.problems == []
        finally:
            stop.set()
            writer.join()
    for number in range(3):
        place = StorePlace(tmp_path / str(number))
        restore(tmp_path / f"{number}.zip", place)
        with Store.open(place) as store:
            assert set(ids) <= {s.session_id for s in store.sessions()}
            found = verify(store.parts)
            assert (found.missing, found.damaged, found.catalogue) == ([], [], [])


def test_a_recording_that_is_replaced_during_a_backup_is_the_one_of_its_row(tmp_path, monkeypatch):
    recording = tmp_path / "a.mcap"
    recording.write_bytes(b"first")
    with Store.open(tmp_path / "source") as store:
        session_id = store.add_session(make_session(), recording)
        put, replaced = backup._ZipSink.put, []

        def meanwhile(sink, name, source, sha256):
            taken = put(sink, name, source, sha256)
            if not replaced:
                replaced.append(name)
                recording.write_bytes(b"another one")
                store.add_session(make_session(session_id=session_id), recording)
            return taken

        monkeypatch.setattr(backup._ZipSink, "put", meanwhile)
        assert back_up(store.parts, tmp_path / "b.zip").problems == []
    restore(tmp_path / "b.zip", StorePlace(tmp_path / "again"))
    with Store.open(tmp_path / "again") as store:
        assert store.session(session_id).recording.read_bytes() == b"another one"
        found = verify(store.parts)
        assert (found.missing, found.damaged, found.catalogue) == ([], [], [])


@pytest.mark.parametrize("damage", ["flip", "cut", "no zip", "entry", "path"])
def test_a_damaged_backup_is_refused_and_leaves_no_rows(tmp_path, damage):
    archive = tmp_path / "backup.zip"
    with Store.open(tmp_path / "source") as store:
        filled(store, tmp_path)
        back_up(store.parts, archive)
    data = bytearray(archive.read_bytes())
    if damage == "flip":
        data[data.index(b"wirewire") + 9] ^= 1
    elif damage == "cut":
        data = data[: len(data) // 2]
    elif damage == "no zip":
        data = bytearray(b"no archive")
    archive.write_bytes(data)
    if damage in ("entry", "path"):
        with zipfile.ZipFile(archive) as old:
            entries = {name: old.read(name) for name in old.namelist()}
        manifest = json.loads(entries.pop("manifest.json"))
        name = next(name for name in entries if name.startswith("files/"))
        moved = entries.pop(name)
        if damage == "path":
            facts = manifest["entries"].pop(name)
            manifest["entries"]["files/../../../tmp/x"] = facts
            entries["files/../../../tmp/x"] = moved
        with zipfile.ZipFile(archive, "w") as new:
            for key, value in entries.items():
                new.writestr(key, value)
            new.writestr("manifest.json", json.dumps(manifest))
    place = StorePlace(tmp_path / "again")
    with pytest.raises(StoreError, match="back-up"):
        restore(archive, place)
    with Store.open(place) as store:
        assert store.sessions() == []
    assert not (tmp_path / "tmp").exists()


def test_verify_names_what_is_missing_damaged_or_left_over(library, tmp_path):
    with Store.open(library) as store:
        first, second = filled(store, tmp_path)
        assert verify(store.parts).is_whole
        place = store.parts.files.place
        table = place.read(f"strides/{first}.parquet")
        place.write(f"strides/{first}.parquet", table[:-1] + bytes([table[-1] ^ 1]))
        place.remove(f"curves/{second}.parquet")
        stranger = make_session().session_id
        place.write(f"strides/{stranger}.parquet", b"x")
        found = verify(store.parts)
        assert found.damaged == [f"strides/{first}.parquet"]
        assert found.missing == [f"curves/{second}.parquet"]
        assert found.orphans == [f"strides/{stranger}.parquet"]
        assert not found.is_whole
        assert verify(store.parts, contents=False).damaged == []
        assert verify(store.parts, mend=True).orphans == found.orphans  # not a day old yet


def test_digests_of_earlier_versions_are_added_when_asked(library, tmp_path):
    with Store.open(library) as store:
        filled(store, tmp_path)
        with store.parts.writer.begin() as connection:
            connection.execute(delete(FileRow))
        found = verify(store.parts)
        assert found.is_whole
        assert len(found.without_digest) == 5
        assert len(verify(store.parts, mend=True).mended) == 5
        assert verify(store.parts).without_digest == []


def test_retention_deletes_what_is_older_or_its_recording_only(library, tmp_path):
    recording = tmp_path / "a.mcap"
    recording.write_bytes(b"wire")
    now = datetime.now(UTC)
    with Store.open(library) as store:
        old, new = (
            store.add_session(make_session(started=now - timedelta(days=days)), recording)
            for days in (400, 300)
        )
        wanted = expired(store, age_from("1y"))
        assert [one.session_id for one in wanted] == [old]
        assert let_go(store, wanted, recordings_only=True) == 1
        assert store.session(old).recording is None
        assert not store.summary(old).has_recording
        assert verify(store.parts).is_whole
        assert let_go(store, expired(store, age_from("1y"))) == 1
        assert [s.session_id for s in store.sessions()] == [new]
        assert verify(store.parts).is_whole


@pytest.mark.parametrize("words", ["", "0d", "2", "y", "-1d", "1e3d", "2 years", "٣d"])
def test_an_age_that_is_none_is_refused(words):
    with pytest.raises(FieldError):
        age_from(words)


def test_nothing_of_an_erased_person_is_left_and_the_proof_does_not_name_them(library, tmp_path):
    secret = "Quuxington Zachariah"
    with Store.open(library) as store:
        store.add_session(make_session("Ann"))
        recording = tmp_path / "a.mcap"
        recording.write_bytes(secret.encode())
        gone = store.add_session(make_session(secret), recording)
        assert store.session(gone).recording is not None  # a copy may be kept here
        store.signal_folder(gone).mkdir(parents=True)
        (store.signal_folder(gone) / "facts.json").write_text("{}")
        runner_id = store.journal.runner_id(secret)
        store.journal.add_entry(runner_id, JournalEntry(date(2026, 3, 1), note=secret))
        store.journal.write_remark(gone, Remark(("tag",), secret))
        erased = erase_runner(store, secret, signed_by="A. Therapist")
        assert (erased.left, erased.mentions, erased.sessions) == ((), (), 1)
        assert {entry["name"].split("/")[0] for entry in erased.proof["files"]} == {
            "strides",
            "curves",
            "recordings",
        }
        assert erased.proof["rows"]["journal_entries"] == 1
        assert secret not in json.dumps(erased.proof)
        everything = everything_in(store)
        for trace in (secret, gone, runner_id):
            assert trace.encode() not in everything, trace
        assert [r.name for r in store.runners()] == ["Ann"]
        with pytest.raises(StoreError, match="no runner"):
            erase_runner(store, secret)


def test_deleted_rows_leave_the_tables_files_of_a_server(postgres_server, migrated_template):
    """VACUUM FULL writes the tables anew: the server's own table files hold nothing either."""
    secret = "Quuxington-on-the-server"
    name = postgres_server.new_database(migrated_template)
    place = StorePlace.named(postgres_server.url(name), str(postgres_server.folder.parent / "f"))
    with Store.open(place) as store:
        store.add_session(make_session(secret))
        postgres_server.run("CHECKPOINT")
        tables = postgres_server.folder / "base"
        assert any(secret.encode() in p.read_bytes() for p in tables.rglob("*") if p.is_file())
        erase_runner(store, secret)
        postgres_server.run("CHECKPOINT")
        for path in tables.rglob("*"):
            assert not path.is_file() or secret.encode() not in path.read_bytes(), path


def test_the_name_in_somebody_elses_note_is_told(store):
    store.add_session(make_session("Ann Example"))
    other = store.add_session(make_session("Bob"))
    store.journal.write_remark(other, Remark((), "ran with ann example"))
    erased = erase_runner(store, "Ann Example")
    assert erased.left == ()
    assert erased.mentions == ("table session_remarks, column note",)


def test_the_commands_do_the_same_and_say_when_something_is_wrong(tmp_path, capsys):
    folder = ["--store", str(tmp_path / "library")]
    with Store.open(tmp_path / "library") as store:
        first, _ = filled(store, tmp_path)
    backup = str(tmp_path / "b.zip")
    assert run(["store", "backup", backup, *folder]) == 0
    assert run(["store", "backup", backup, *folder]) == 2
    assert run(["store", "restore", backup, "--store", str(tmp_path / "again")]) == 0
    assert run(["store", "restore", backup, "--store", str(tmp_path / "again")]) == 2
    assert "not empty" in capsys.readouterr().err
    assert run(["store", "copy", "--to", str(tmp_path / "third"), *folder]) == 0
    assert run(["store", "verify", "--store", str(tmp_path / "third")]) == 0
    capsys.readouterr()
    (tmp_path / "library" / "strides" / f"{first}.parquet").unlink()
    assert run(["store", "verify", "--json", *folder]) == 3
    assert json.loads(capsys.readouterr().out)["missing"] == [f"strides/{first}.parquet"]
    assert run(["store", "backup", str(tmp_path / "c.zip"), *folder]) == 3
    age = f"{(datetime.now(UTC) - STARTED).days + 30}d"
    assert run(["store", "retention", "--older-than", age, "--dry-run", *folder]) == 0
    assert "0 session(s) would be deleted" in capsys.readouterr().err
    proof = tmp_path / "proof.json"
    assert run(["store", "erase", "Ann", "--proof", str(proof), "--yes", *folder]) == 0
    assert json.loads(proof.read_text())["ids_found_after"] == []
    assert run(["store", "verify", "--store", str(tmp_path / "none")]) == 2
    assert not (tmp_path / "none").exists()


def test_places_are_read_from_words_and_no_password_is_shown(tmp_path, monkeypatch, capsys):
    url = "postgresql://ann:s3cret@127.0.0.1:1/db"
    place = StorePlace.named(url, "s3://bucket/x")
    assert place.catalogue_url.startswith("postgresql+psycopg://")
    assert "s3cret" not in place.where
    for words in (["--store", url], ["--store", url, "--files", str(tmp_path / "files")]):
        assert run(["store", "verify", *words]) == 2
        said = capsys.readouterr().err
        assert "s3cret" not in said
        assert said.count("\n") == 1
    for store, files in (
        (url, "s3://key:s3cret@bucket/x"),
        ("mysql://u:s3cret@h/db", "/tmp"),
        ("postgresql://[u:s3cret@h", "/tmp"),
        (str(tmp_path), "nosuch://u/x"),
    ):
        with pytest.raises(StoreError) as refused:
            Store.open(StorePlace.named(store, files))
        assert "s3cret" not in str(refused.value)
    monkeypatch.setenv("LEVELSTRIDE_STORE", url)
    monkeypatch.setenv("LEVELSTRIDE_FILES", "s3://bucket/x")
    assert StorePlace.named() == place
    assert StorePlace.named(tmp_path) == StorePlace(tmp_path)
