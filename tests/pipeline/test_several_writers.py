"""Several who write the same library, or the same session, at the same moment."""

from __future__ import annotations

import dataclasses
import sqlite3
import threading

from pipeline import session_storing
from pipeline.errors import StoreError
from pipeline.store import Store
from pipeline.store_care.verify import verify
from pipeline.store_place import StorePlace
from tests.pipeline.stride_factory import make_session


def test_several_who_write_and_delete_the_same_session_leave_it_whole(library):
    """Whose files are removed is decided by the row, so nobody removes those of another writer."""
    session_id = make_session().session_id
    refused = []

    def write(strides: int) -> None:
        try:
            for _ in range(6):
                with Store.open(library) as store:
                    store.add_session(make_session(strides=strides, session_id=session_id))
                    if strides == 3:
                        store.delete_session(session_id)
        except StoreError as error:
            refused.append(error)

    writers = [threading.Thread(target=write, args=(strides,)) for strides in (1, 2, 3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    # One may find that another has added, or deleted, the session at the same moment.
    for error in refused:
        assert "session" in str(error) or "same moment" in str(error), str(error)
    with Store.open(library) as store:
        found = verify(store.parts)
        assert (found.missing, found.damaged, found.catalogue, found.orphans) == ([], [], [], [])


def test_a_session_that_two_add_at_once_has_the_tables_of_one_of_them(store, monkeypatch):
    """The later of the two replaces the earlier, though its tables were written before."""
    mine, others = make_session(strides=1), make_session(strides=2)
    session_id = mine.session_id
    write, written = session_storing.write_results, []

    def meanwhile(*args):
        tables = write(*args)
        if not written:
            written.append(tables)
            store.add_session(dataclasses.replace(others, session_id=session_id))
            assert verify(store.parts).damaged == []
        return tables

    monkeypatch.setattr(session_storing, "write_results", meanwhile)
    store.add_session(mine)
    found = verify(store.parts)
    assert (found.missing, found.damaged, found.catalogue, found.orphans) == ([], [], [], [])
    assert len(store.session(session_id).strides) == len(mine.strides)


def test_a_new_catalogue_is_opened_while_another_makes_it(tmp_path):
    """SQLite does not wait by itself for the lock that it needs to switch a catalogue to WAL."""
    place = StorePlace(tmp_path)
    with sqlite3.connect(
        tmp_path / "catalogue.sqlite", isolation_level=None, check_same_thread=False
    ) as maker:
        maker.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(0.3, maker.execute, ["COMMIT"])
        timer.start()
        with Store.open(place) as store:
            assert store.runners() == []
        timer.join()
    maker.close()
