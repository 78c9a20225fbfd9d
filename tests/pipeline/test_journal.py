"""Journal, scores, goals, plan, tags and notes: what is taken, what is refused, what is deleted."""

from __future__ import annotations

import json
import zipfile
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import pytest
from alembic import command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect

from pipeline.catalogue.database import alembic_config
from pipeline.errors import FieldError, StoreError
from pipeline.journal_entry import (
    MAX_NOTE,
    Goal,
    JournalEntry,
    Plan,
    Remark,
    Score,
    conditions_from,
    day_from,
    entry_from,
    goal_from,
    plan_from,
    remark_from,
    score_from,
)
from pipeline.session_search import SessionFilter
from pipeline.store import Store
from pipeline.training_load import run_loads
from tests.pipeline.conftest import everything_in
from tests.pipeline.stride_factory import make_session

DAY = date(2026, 3, 31)
HOSTILE = "<script>alert(1)</script> שלום 🏃 ‮abc"


def runner_of(store: Store, name: str = "Ann") -> str:
    if not store.sessions(name):
        store.add_session(make_session(name))
    found = store.journal.runner_id(name)
    assert found is not None
    return found


def test_a_form_becomes_an_entry_with_unanswered_fields_unknown():
    entry = entry_from({"day": "31.3.2026", "pain_during": "3", "distance_km": "7,5", "effort": ""})
    assert entry == JournalEntry(day=DAY, pain_during=3, distance_km=7.5)
    assert entry_from({"day": "2026-03-31", "swelling": "no"}).swelling is False


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pain_during", "11"),
        ("pain_during", "-1"),
        ("pain_during", "2.5"),
        ("pain_during", "nan"),
        ("effort", "٣"),
        ("distance_km", "1e9"),
        ("distance_km", "501"),
        ("swelling", "perhaps"),
        ("day", "2026-02-30"),
        ("day", "yesterday"),
        ("day", "0001-01-01"),
        ("note", "x" * (MAX_NOTE + 1)),
        ("note", "a\x00b"),
        ("note", "a\ud800b"),
        ("shoes", "x" * 201),
        ("no_such_field", "1"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_the_name_of_its_field(field, value):
    form = {"day": "2026-03-31", "pain_after": "1", field: value}
    with pytest.raises(FieldError) as refused:
        entry_from(form)
    assert refused.value.field == field


def test_an_entry_without_any_answer_is_refused():
    with pytest.raises(FieldError, match="at least one"):
        entry_from({"day": "2026-03-31", "note": "  "})


texts = st.text(max_size=40) | st.integers().map(str) | st.none() | st.integers() | st.booleans()


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from(["day", "pain_during", "note", "distance_km"]), texts))
def test_whatever_a_browser_sends_is_an_entry_or_a_refusal(form):
    for read in (entry_from, plan_from, remark_from, conditions_from, score_from):
        with suppress(FieldError):
            read(form)


def test_everything_written_comes_back_as_written(store):
    runner = runner_of(store)
    journal = store.journal
    note = HOSTILE * 400
    journal.add_entry(runner, JournalEntry(DAY, pain_during=0, note=note[:MAX_NOTE]))
    journal.add_score(
        runner, score_from({"day": "2026-03-31", "instrument": "AKPS", "value": "71"})
    )
    journal.add_goal(runner, goal_from({"words": HOSTILE}, DAY))
    journal.write_plan(runner, Plan("step-downs", HOSTILE, "n"))
    file = journal.runner_file(runner)
    assert (file.name, file.entries[0].note, file.entries[0].pain_during) == (
        "Ann",
        note[:MAX_NOTE],
        0,
    )
    assert file.entries[0].pain_after is None
    assert (file.scores[0].value, file.goals[0].words) == (71.0, HOSTILE)
    assert file.plan == Plan("step-downs", HOSTILE, "n")
    journal.mark_goal(runner, file.goals[0].goal_id, DAY)
    assert journal.runner_file(runner).goals[0].reached_day == DAY
    journal.remove(runner, file.entries[0].entry_id)
    assert journal.runner_file(runner).entries == ()


def test_nothing_of_another_runner_can_be_changed(store):
    mine, other = runner_of(store, "Ann"), runner_of(store, "Bob")
    entry = store.journal.add_entry(mine, JournalEntry(DAY, effort=1))
    goal = store.journal.add_goal(mine, Goal("g", DAY))
    with pytest.raises(StoreError, match="no such entry"):
        store.journal.remove(other, entry)
    with pytest.raises(StoreError, match="no such goal"):
        store.journal.mark_goal(other, goal, DAY)
    with pytest.raises(StoreError, match="no such runner"):
        store.journal.add_entry("' OR 1=1 --", JournalEntry(DAY, effort=1))


def test_tags_and_notes_survive_a_new_analysis_and_go_with_the_session(store):
    session = make_session()
    store.add_session(session)
    store.journal.write_remark(session.session_id, remark_from({"tags": "a, b ,a", "note": "n"}))
    store.add_session(session)
    assert store.journal.remark(session.session_id) == Remark(("a", "b"), "n")
    store.delete_session(session.session_id)
    store.add_session(session)
    assert store.journal.remark(session.session_id) == Remark()


def test_deleting_a_runner_deletes_what_was_written(store):
    runner = runner_of(store)
    secret = "Quuxington-entry"
    store.journal.add_entry(runner, JournalEntry(DAY, note=secret))
    store.journal.add_score(runner, Score(DAY, "LEFS", 60))
    store.journal.write_remark(store.sessions()[0].session_id, Remark((), secret))
    store.delete_runner("Ann")
    assert secret.encode() not in everything_in(store)


def test_a_runner_without_sessions_but_with_a_journal_is_listed_and_can_be_exported(
    store, tmp_path
):
    runner = runner_of(store)
    store.journal.add_entry(runner, JournalEntry(DAY, pain_during=2, note=HOSTILE))
    store.delete_session(store.sessions()[0].session_id)
    assert [(r.name, r.sessions) for r in store.journal.runners()] == [("Ann", 0)]
    assert store.export_runner("Ann", tmp_path / "a.zip") == 0
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        written = json.loads(archive.read("journal.json"))
    assert written["entries"][0]["note"] == HOSTILE
    assert written["entries"][0]["day"] == "2026-03-31"


def test_a_library_of_the_first_schema_is_brought_up_to_date_with_its_sessions(library):
    with Store.open(library) as store:
        session_id = store.add_session(make_session())
        before = store.search(SessionFilter(words="ann"), limit=9)
        with store.parts.writer.begin() as connection:
            command.downgrade(alembic_config(connection), "0001")
            names = inspect(connection).get_table_names()
        assert {"journal_entries", "session_search"}.isdisjoint(names)
    with Store.open(library) as store:
        assert store.search(SessionFilter(words="ann"), limit=9) == before
        assert [s.session_id for s in store.sessions()] == [session_id]
        assert store.session(session_id).summary.metrics["left"]
        runner_id = store.journal.runner_id("Ann")
        assert runner_id is not None
        store.journal.add_entry(runner_id, JournalEntry(DAY, effort=5))


def test_sessions_are_found_by_words_condition_tag_runner_and_quality(store):
    ann = store.add_session(make_session("Änn <b>"))
    bob = store.add_session(make_session("Bob"))
    store.describe_session(bob, runner="Bob", conditions={"insole": "on", "schuh": "Größe 9"})
    store.journal.write_remark(ann, Remark(("baseline",), ""))

    def found(**wanted):
        return [s.session_id for s in store.search(SessionFilter(**wanted), limit=9).sessions]

    assert sorted(found()) == sorted([ann, bob])
    assert found(words="änn") == [ann]
    assert found(words="GRÖSSE insole") == [bob]
    assert found(words="%") == []
    assert found(condition="insole: on") == [bob]
    assert found(tag="baseline") == [ann]
    assert found(runner_id=runner_of(store, "Bob")) == [bob]
    assert found(quality="clean") == []
    assert sorted(found(quality="remarks")) == sorted([ann, bob])
    result = store.search(SessionFilter(), limit=1, offset=1)
    assert (result.matching, result.total, len(result.sessions)) == (2, 2, 1)
    assert result.tags == {"baseline": 1}


def test_a_run_is_held_against_the_longest_of_the_30_days_before():
    def entry(days: int, km: float | None) -> JournalEntry:
        return JournalEntry(DAY + timedelta(days=days), distance_km=km, note="x")

    loads = run_loads([entry(20, 11.1), entry(0, 10.0), entry(5, None), entry(51, 30.0)])
    assert [load.longest_km for load in loads] == [None, 10.0, None]
    assert loads[1].rise == pytest.approx(0.11)
    assert [load.hazard_ratio for load in loads] == [None, 1.64, None]
    rises = {11.0: None, 13.0: 1.64, 14.0: 1.52, 20.0: 1.52, 21.0: 2.28}
    for km, ratio in rises.items():
        assert run_loads([entry(0, 10.0), entry(30, km)])[1].hazard_ratio == ratio, km
    together = run_loads([entry(0, 10.0), entry(1, 6.0), entry(1, 6.0)])
    assert together[1].rise == pytest.approx(0.2)


def test_a_day_is_read_in_both_writings_or_refused():
    assert day_from({"d": "2026-3-1"}, "d") == date(2026, 3, 1)
    assert day_from({"d": "01.03.2026"}, "d") == date(2026, 3, 1)
    assert day_from({"d": " "}, "d") is None
    with pytest.raises(FieldError):
        day_from({"d": "3/1/2026"}, "d")


def test_paths_of_signals_are_ids_only(store):
    with pytest.raises(StoreError):
        store.signal_folder("../../etc")
    assert isinstance(store.signal_folder(make_session().session_id), Path)
