"""What was drawn once is given again, until anything that it shows has changed."""

from __future__ import annotations

import json
import random
import threading
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard import drawn_session
from dashboard.drawn import Drawn
from dashboard.drawn_session import drawn_session_page, drawn_trend
from dashboard.language import _LANGUAGE
from dashboard.packing import pack, unpack
from dashboard.pages.session import ANSWERED_IDS, session_page
from dashboard.session_view import session_view
from dashboard.still import still
from pipeline.journal_entry import Remark
from pipeline.store import Store
from tests.dashboard.made_sessions import make_session, make_strides


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "library") as opened:
        yield opened


@pytest.fixture
def drawings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows with every page that is really drawn."""
    found: list[str] = []

    def counted(view: object) -> object:
        found.append("page")
        return session_page(view)  # type: ignore[arg-type]

    monkeypatch.setattr(drawn_session, "session_page", counted)
    return found


def test_a_page_is_the_same_as_drawn_anew(store: Store, drawings: list[str]) -> None:
    session_id = store.add_session(make_session(1))
    fresh = json.loads(
        json.dumps(
            still(session_page(session_view(store, session_id)), ANSWERED_IDS).to_plotly_json(),
            default=lambda c: c.to_plotly_json(),
        )
    )
    for _ in range(3):
        assert drawn_session_page(store, session_id) == fresh
    assert drawings == ["page"]
    assert drawn_trend(store, session_id, "cpd_peak_deg") == drawn_trend(
        store, session_id, "cpd_peak_deg"
    )
    assert drawn_trend(store, session_id, "heart_rate_bpm") is None


def test_whatever_a_page_shows_draws_it_anew_when_it_changes(
    store: Store, drawings: list[str]
) -> None:
    session_id = store.add_session(make_session(5))

    def shown() -> str:
        return json.dumps(drawn_session_page(store, session_id))

    seen = [shown()]

    def changed() -> None:
        now = shown()
        assert now not in seen
        seen.append(now)
        assert shown() == now

    store.journal.write_remark(session_id, Remark(("tag",), "a note"))
    changed()
    store.describe_session(session_id, runner="Somebody Else", conditions={"shoe": "racing"})
    changed()
    store.add_session(make_session(1, runner="Somebody Else"))  # something to hold it against
    changed()
    store.add_session(make_session(1, runner="Somebody Else", strides=make_strides(50, seed=99)))
    changed()
    other = store.add_session(make_session(2, runner="Somebody Else"))
    store.journal.write_remark(other, Remark(("baseline",), ""))
    changed()
    store.add_session(
        replace(make_session(5, strides=make_strides(40, seed=77)), runner="Somebody Else")
    )
    changed()
    token = _LANGUAGE.set("de")
    try:
        changed()
    finally:
        _LANGUAGE.reset(token)
    # A note and a name are put into what was drawn before.
    assert len(drawings) == len(seen) - 2


def test_what_is_kept_has_a_bound_and_what_was_used_stays() -> None:
    drawn, count = Drawn(most_bytes=100), []

    def text(letter: str) -> None:
        noise = random.Random(letter).randbytes(10).hex()  # does not pack
        assert unpack(drawn.get(letter, lambda: count.append(letter) or noise)) == noise

    for letter in "abacab":
        text(letter)
    assert count == ["a", "b", "c", "b"]


def test_what_a_drawing_was_made_from_takes_no_room() -> None:
    """A runner's page was drawn from a journal and a thousand sessions, which are longer than it."""
    drawn = Drawn()
    tracemalloc.start()
    try:
        for n in range(20):
            drawn.get(("page", f"{n}" + "x" * 1_000_000), lambda: "drawn")
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size < 2_000_000


def test_what_several_ask_for_at_once_is_drawn_by_one_and_a_failure_is_not_kept() -> None:
    drawn, began, go_on, count = Drawn(), threading.Event(), threading.Event(), []

    def slowly() -> str:
        began.set()
        go_on.wait(30)
        count.append(1)
        return "drawn"

    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append(drawn.get("key", slowly))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    assert began.wait(30)
    go_on.set()
    for thread in threads:
        thread.join()
    assert (found, count) == ([pack("drawn")] * 4, [1])
    with pytest.raises(ZeroDivisionError):
        drawn.get("other", lambda: str(1 / 0))
    assert unpack(drawn.get("other", lambda: "5")) == "5"
