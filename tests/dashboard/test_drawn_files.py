"""Drawings that are kept beside a session: for the next start, without names, and gone with it."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard import drawn_files, drawn_session
from dashboard.draw_ahead import TREND_METRICS, draw_ahead
from dashboard.drawn import Drawn
from dashboard.drawn_session import drawn_session_page, drawn_trend
from dashboard.session_callbacks import signals_of
from pipeline import signal_file
from pipeline.accounts.caller import Caller, acting_for
from pipeline.journal_entry import Remark
from pipeline.store import Store
from tests.dashboard.made_sessions import make_session
from tests.sensors.test_recording import made, write

SECRET = "Quuxington"


def drawings(store: Store, session_id: str) -> list[Path]:
    return sorted(store.signal_folder(session_id).glob("drawn-*"))


@pytest.fixture
def no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on nothing can be drawn."""

    def refuse(*_: object) -> None:
        raise AssertionError("drawn anew")

    for name in ("session_page", "trend_box"):
        monkeypatch.setattr(drawn_session, name, refuse)


@pytest.fixture
def shown(store: Store) -> tuple[str, object]:
    """A session that was drawn ahead, and its page; nothing of it is in memory."""
    session_id = store.add_session(
        replace(make_session(1, runner=SECRET), conditions={"shoe": SECRET})
    )
    store.journal.write_remark(session_id, Remark((SECRET,), f"about {SECRET}"))
    draw_ahead(store, session_id)
    return session_id, drawn_session_page(store, session_id)


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a new start."""
    monkeypatch.setattr(drawn_session, "DRAWN", Drawn())


def test_the_next_start_draws_nothing_again_and_no_name_is_in_the_files(
    store: Store, shown: tuple[str, object], monkeypatch: pytest.MonkeyPatch, no_drawing: None
) -> None:
    session_id, page = shown
    files = drawings(store, session_id)
    assert len(files) == 2 * (1 + len(TREND_METRICS))
    for path in files:
        assert SECRET not in gzip.decompress(path.read_bytes()).decode("utf-8")
    forget(monkeypatch)
    assert drawn_session_page(store, session_id) == page
    assert drawn_trend(store, session_id, TREND_METRICS[1]) is not None
    # what people write is put in as it is now
    store.journal.write_remark(session_id, Remark((), "other words"))
    text = json.dumps(drawn_session_page(store, session_id))
    assert "other words" in text
    assert f"about {SECRET}" not in text
    store.delete_session(session_id)
    assert drawings(store, session_id) == []


@pytest.mark.parametrize("damage", ["cut", "no gzip", "no json", "list", "old"])
def test_a_damaged_drawing_or_one_of_another_program_is_drawn_anew(
    store: Store, shown: tuple[str, object], monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    session_id, page = shown
    for path in drawings(store, session_id):
        whole = path.read_bytes()
        match damage:
            case "cut":
                path.write_bytes(whole[: len(whole) // 2])
            case "no gzip":
                path.write_bytes(b"no gzip")
            case "no json":
                path.write_bytes(gzip.compress(b"{"))
            case "list":
                path.write_bytes(gzip.compress(b"[1]"))
    if damage == "old":
        monkeypatch.setattr(drawn_files, "drawing_program", lambda: "of another version")
    forget(monkeypatch)
    assert drawn_session_page(store, session_id) == page
    assert drawn_trend(store, session_id, TREND_METRICS[0]) is not None


def test_new_results_are_drawn_anew_and_a_shared_link_touches_no_file(
    store: Store, shown: tuple[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id, page = shown
    before = [path.read_bytes() for path in drawings(store, session_id)]
    forget(monkeypatch)
    store.add_session(make_session(2, runner=SECRET))  # something to hold it against
    guest = Caller("share", "somebody", session_id=session_id)
    with acting_for(guest):
        assert drawn_session_page(store, session_id) != page
    assert [path.read_bytes() for path in drawings(store, session_id)] == before
    forget(monkeypatch)
    drawn_session_page(store, session_id)
    assert [path.read_bytes() for path in drawings(store, session_id)] != before


def test_a_folder_that_cannot_be_written_costs_only_time(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = store.add_session(make_session(1))
    store.signal_folder(session_id).parent.mkdir(exist_ok=True)
    store.signal_folder(session_id).write_text("a file where a folder should be")
    page = drawn_session_page(store, session_id)
    forget(monkeypatch)
    assert drawn_session_page(store, session_id) == page


@pytest.mark.parametrize("what", ["page", "trend", "signals"])
def test_nothing_is_left_of_a_session_that_is_deleted_while_it_is_drawn(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    recording = write(tmp_path / "run.mcap", made(2.0), paced=False) if what == "signals" else None
    session_id = store.add_session(make_session(1), recording)
    folder = store.signal_folder(session_id)
    work: tuple[object, str] = {
        "page": (drawn_session, "session_page"),
        "trend": (drawn_session, "trend_box"),
        "signals": (signal_file, "_write"),
    }[what]
    real = getattr(*work)

    def delete_meanwhile(*given: object) -> object:
        done = real(*given)
        store.delete_session(session_id)
        return done

    monkeypatch.setattr(*work, delete_meanwhile)
    match what:
        case "page":
            drawn_session_page(store, session_id)
        case "trend":
            drawn_trend(store, session_id, TREND_METRICS[0])
        case _:
            signals_of(store, session_id)
    assert not folder.exists()
