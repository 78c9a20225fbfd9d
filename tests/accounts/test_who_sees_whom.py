"""Whose data is behind the doors: every read and write with somebody else's ids."""

from __future__ import annotations

import inspect
import json

import pytest

from dashboard.accounts.policy import ENDPOINTS
from pipeline.accounts.caller import Caller, acting_for
from pipeline.accounts.errors import AccountError, NotAllowed
from pipeline.accounts.scoped_journal import ScopedJournal
from pipeline.accounts.scoped_store import ScopedStore, scoped
from pipeline.errors import FieldError, SessionNotFound, StoreError
from pipeline.journal_entry import Plan
from pipeline.journal_store import Journal
from pipeline.session_search import SessionFilter
from pipeline.store import Store
from tests.accounts.clinic import NAMES, Clinic
from tests.dashboard.made_sessions import make_session

PAGE = "..page-content.children...page-title.data...page-problem.children.."
SEES = {
    "runner": {"anna"},
    "therapist": {"anna", "bert"},
    "ute": {"zoe"},
    "admin": set(),
    "share": {"bert"},
}
PEOPLE = ("runner", "therapist", "ute", "admin", "share")


def secrets_of(clinic: Clinic, runner: str) -> tuple[str, ...]:
    """Words that only those may read who see this runner."""
    return (NAMES[runner], f"note of {NAMES[runner]}", clinic.sessions[runner])


@pytest.mark.parametrize("asker", PEOPLE)
def test_reading_by_address_gives_what_is_ones_own_and_nothing_else(
    clinic: Clinic, asker: str
) -> None:
    for name in ENDPOINTS:
        method, _, pattern = name.partition(" ")
        if method != "GET" or ("session_id" not in pattern and "runner_id" not in pattern):
            continue
        for runner in NAMES:
            path = pattern.replace("{session_id}", clinic.sessions[runner])
            path = path.replace("{runner_id}", clinic.runners[runner]).replace("{kind}", "html")
            answer = clinic.ask(asker, path)
            if runner in SEES[asker] and not (asker == "share" and "runner_id" in pattern):
                assert answer.status_code == 200, (name, answer.text[:300])
            else:
                assert answer.status_code in {403, 404}, (name, runner)
                assert not any(w in answer.text for w in secrets_of(clinic, runner)[:2])


@pytest.mark.parametrize("asker", PEOPLE)
def test_pages_hold_nobody_elses_words(clinic: Clinic, asker: str) -> None:
    for runner in NAMES:
        others = [n for n in NAMES if n not in SEES[asker]]
        for path in (
            "/",
            "/sessions",
            "/runners",
            f"/sessions/{clinic.sessions[runner]}",
            f"/runners/{clinic.runners[runner]}",
            f"/compare/{clinic.sessions[runner]},{clinic.sessions['zoe']}",
        ):
            text = clinic.callback(asker, PAGE, {"url.pathname": path}).text
            for other in others:
                found = [w for w in secrets_of(clinic, other)[:2] if w in text]
                assert not found, (path, found)
                if clinic.sessions[other] not in path:
                    assert clinic.sessions[other] not in text, path
    for mine in SEES[asker]:
        text = clinic.callback(
            asker, PAGE, {"url.pathname": f"/sessions/{clinic.sessions[mine]}"}
        ).text
        assert NAMES[mine] in text


def test_changes_by_somebody_elses_ids_are_refused_and_change_nothing(clinic: Clinic) -> None:
    before = clinic.store.journal.runner_file(clinic.runners["zoe"])
    summary = clinic.store.summary(clinic.sessions["zoe"])
    for asker in ("runner", "therapist", "admin", "share"):
        for name in ENDPOINTS:
            method, _, pattern = name.partition(" ")
            if method != "POST" or ("{session_id}" not in pattern and "{runner_id}" not in pattern):
                continue
            path = pattern.replace("{session_id}", clinic.sessions["zoe"])
            path = path.replace("{runner_id}", clinic.runners["zoe"])
            fields = {
                "day": "2026-03-01",
                "note": "changed",
                "words": "goal",
                "instrument": "kujala",
                "value": "5",
                "runner": "Anna Mine",
                "confirm": NAMES["zoe"],
                "exercises": "x",
                "item": before.entries[0].entry_id,
            }
            answer = clinic.ask(asker, path, method="POST", body={"fields": fields})
            assert answer.status_code in {403, 404, 409}, (asker, name, answer.text)
            assert NAMES["zoe"] not in answer.text
    assert clinic.store.journal.runner_file(clinic.runners["zoe"]) == before
    assert clinic.store.summary(clinic.sessions["zoe"]) == summary


def test_every_method_of_the_library_is_either_checked_or_not_there() -> None:
    """A new method of ``Store`` or ``Journal`` is closed to callers; pages that want it need it here."""
    for scoped_class, whole in ((ScopedStore, Store), (ScopedJournal, Journal)):
        own = {n for n in vars(scoped_class) if not n.startswith("_")}
        assert own <= {n for n in dir(whole) if not n.startswith("_")}
        assert whole not in scoped_class.__mro__
        for name in own - {"folder", "journal"}:
            mine, theirs = (inspect.signature(getattr(c, name)) for c in (scoped_class, whole))
            assert list(mine.parameters) == list(theirs.parameters), name
            source = inspect.getsource(getattr(scoped_class, name))
            assert "_access." in source or "self.search" in source, name


def test_without_a_caller_nothing_can_be_read(clinic: Clinic) -> None:
    store = scoped(clinic.store)
    for call in (
        lambda: store.session(clinic.sessions["anna"]),
        lambda: store.search(SessionFilter(), limit=5),
        lambda: store.runners(),
        lambda: store.journal.runner_file(clinic.runners["anna"]),
        lambda: store.journal.remark(clinic.sessions["anna"]),
        lambda: store.add_session(make_session(50)),
    ):
        with pytest.raises(NotAllowed):
            call()
    with pytest.raises(AttributeError):
        store.close()


def caller_of(clinic: Clinic, user: str) -> Caller:
    return clinic.store.accounts.people.by_id(clinic.users[user]).caller()


def test_storing_goes_under_a_runner_whom_one_may_see(fresh_clinic: Clinic) -> None:
    store = scoped(fresh_clinic.store)
    with acting_for(caller_of(fresh_clinic, "anna")):
        for name in ("", NAMES["anna"]):
            stored = store.add_session(make_session(20, per_side=12, runner=name))
            assert store.summary(stored).runner == NAMES["anna"]
        with pytest.raises(NotAllowed):
            store.add_session(make_session(21, per_side=12, runner=NAMES["zoe"]))
    with acting_for(caller_of(fresh_clinic, "tom")):
        with pytest.raises(NotAllowed):
            store.add_session(make_session(22, per_side=12, runner=NAMES["zoe"]))
        with pytest.raises(FieldError):
            store.add_session(make_session(22, per_side=12, runner=""))
        new = store.add_session(make_session(23, per_side=12, runner="Somebody New"))
        assert store.summary(new).runner == "Somebody New"
    assert "Somebody New" in {
        fresh_clinic.store.accounts.runners.names()[key]
        for key in caller_of(fresh_clinic, "tom").runner_ids
    }


def test_a_recording_with_somebody_elses_session_id_replaces_nothing(fresh_clinic: Clinic) -> None:
    """The id stands in the file, so whoever writes the file chooses it."""
    store = scoped(fresh_clinic.store)
    before = fresh_clinic.store.session(fresh_clinic.sessions["zoe"])
    device = fresh_clinic.store.accounts.devices.caller(fresh_clinic.tokens["device"])
    assert device is not None
    for who in (device, caller_of(fresh_clinic, "anna"), caller_of(fresh_clinic, "tom")):
        with acting_for(who), pytest.raises(NotAllowed):
            store.add_session(make_session(2, per_side=12, runner=NAMES["anna"]))
    after = fresh_clinic.store.session(fresh_clinic.sessions["zoe"])
    assert after.summary == before.summary


def test_taking_an_assignment_back_holds_at_the_next_request(fresh_clinic: Clinic) -> None:
    path = f"/api/sessions/{fresh_clinic.sessions['bert']}/strides.csv"
    assert fresh_clinic.ask("therapist", path).status_code == 200
    assert fresh_clinic.ask("share", path).status_code == 200
    fresh_clinic.store.accounts.people.assign("tom", fresh_clinic.runners["bert"], given=False)
    assert fresh_clinic.ask("therapist", path).status_code == 404
    # the link that he gave ends with it
    assert fresh_clinic.ask("share", path).status_code == 401


def test_imports_are_seen_by_whoever_began_them(fresh_clinic: Clinic) -> None:
    sent = fresh_clinic.ask(
        "therapist",
        "/api/uploads",
        method="POST",
        body=b"hello",
        headers={"x-file-name": "secret-name.csv", "Content-Type": "application/octet-stream"},
    )
    upload = sent.json()["upload"]
    stolen = fresh_clinic.ask("runner", "/api/imports", method="POST", body={"uploads": [upload]})
    assert stolen.json() == {"jobs": []}
    begun = fresh_clinic.ask("therapist", "/api/imports", method="POST", body={"uploads": [upload]})
    job = begun.json()["jobs"][0]["id"]
    assert fresh_clinic.ask("therapist", f"/api/imports?ids={job}").json()["jobs"]
    assert fresh_clinic.ask("runner", f"/api/imports?ids={job}").json() == {"jobs": []}


def test_who_saw_whom_is_written_down_without_names(fresh_clinic: Clinic) -> None:
    clinic = fresh_clinic
    clinic.ask("therapist", f"/api/sessions/{clinic.sessions['bert']}/strides.csv")
    clinic.ask("therapist", f"/api/sessions/{clinic.sessions['bert']}/strides.csv")
    clinic.ask("therapist", f"/api/sessions/{clinic.sessions['zoe']}/strides.csv")
    clinic.ask("share", f"/api/sessions/{clinic.sessions['bert']}/strides.csv")
    clinic.ask("therapist", f"/api/runners/{clinic.runners['anna']}/export.zip")
    entries = clinic.store.accounts.audit.entries()
    seen = [(e.role, e.action, e.runner_id, e.session_id) for e in entries]
    tom, bert = clinic.users["tom"], (clinic.runners["bert"], clinic.sessions["bert"])
    assert seen.count(("therapist", "session", *bert)) == 1
    assert ("share", "session", *bert) in seen
    assert ("therapist", "export", clinic.runners["anna"], "") in seen
    assert {e.user_id for e in entries} == {tom}
    assert clinic.runners["zoe"] not in {e.runner_id for e in entries}
    assert not any(name in json.dumps(seen) for name in NAMES.values())


def test_the_audit_cannot_be_changed_not_even_in_the_database(fresh_clinic: Clinic) -> None:
    clinic = fresh_clinic
    clinic.ask("therapist", f"/api/sessions/{clinic.sessions['bert']}/strides.csv")
    from sqlalchemy import text
    from sqlalchemy.exc import SQLAlchemyError

    engine = clinic.store._engine
    for change in (
        "DELETE FROM audit_entries",
        "UPDATE audit_entries SET action = 'nothing'",
        "UPDATE audit_entries SET runner_id = 'another'",
    ):
        with pytest.raises(SQLAlchemyError, match="append-only"), engine.begin() as connection:
            connection.execute(text(change))
    with engine.begin() as connection:  # erasing a runner may, and only so
        connection.execute(
            text("UPDATE audit_entries SET runner_id = 'erased', session_id = 'erased'")
        )
    assert {e.runner_id for e in clinic.store.accounts.audit.entries()} == {"erased"}


def test_deleting_a_runner_takes_account_links_and_devices_along(fresh_clinic: Clinic) -> None:
    clinic = fresh_clinic
    clinic.store.delete_runner(NAMES["anna"])
    asked_to_sign_in = clinic.ask("runner", "/account")
    assert asked_to_sign_in.status_code == 303
    assert asked_to_sign_in.headers["location"].startswith("/sign-in")
    assert clinic.ask("device", "/api/v1/me").status_code == 401
    with pytest.raises(AccountError):
        clinic.store.accounts.people.named("anna")
    with acting_for(caller_of(clinic, "tom")), pytest.raises(StoreError):
        scoped(clinic.store).journal.write_plan(clinic.runners["anna"], Plan())
    with acting_for(caller_of(clinic, "tom")), pytest.raises(SessionNotFound):
        scoped(clinic.store).session(clinic.sessions["anna"])
