"""Ids come in the inputs and states of callbacks, from the browser: other people's give nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.accounts.policy import CALLBACKS
from tests.accounts.clinic import NAMES, Clinic, make_clinic
from tests.accounts.test_signing_in import post
from tests.accounts.test_who_sees_whom import PAGE, PEOPLE, SEES
from tests.dashboard.made_sessions import make_session
from tests.simulated import simulated

CHOOSE = "..compare-sessions.children...compare-baseline.children...compare-chosen.data.."
RAW = {"sensor": "pelvis", "quantity": "acc"}


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """A practice whose sessions have recordings, so that raw signals could be seen."""
    made = make_clinic(tmp_path_factory.mktemp("payloads") / "library")
    recording: Path = simulated(20.0, 22).path
    for number, name in enumerate(NAMES.values()):
        made.store.add_session(make_session(number, runner=name, per_side=25), recording)
    made.open()
    yield made
    made.store.close()


def payloads(clinic: Clinic, owner: str) -> dict[str, dict[str, object]]:
    """For every callback: values with which its owner's page would ask, by ``id.property``."""
    session, runner = clinic.sessions[owner], clinic.runners[owner]
    shown = {"session-id.data": session}
    chosen = {"sessions": [session], "baseline": [session]}
    return {
        PAGE: {"url.pathname": f"/sessions/{session}"},
        "trend-box.children": {**shown, "trend-query.data": {"metric": "cpd_peak_deg"}},
        "recorded-box.children": shown,
        "stride-grid.children": {**shown, "stride-query.data": {"page": "1"}},
        "raw-box.children": {**shown, "raw-show.n_clicks": 1, "raw-query.data": RAW},
        "raw-graph.data-lines": {
            **shown,
            "raw-query.data": RAW,
            "raw-window.data": {"range": [0.0, 0.1]},
        },
        "library-box.children": {"library-query.data": {"runner": runner}},
        CHOOSE: {"compare-query.data": {"runner": runner}},
        "compare-box.children": {
            "compare-query.data": {"runner": runner},
            "compare-chosen.data": chosen,
        },
    }


WORDS = {
    # what an answer with data holds, and one without does not
    PAGE: "session-facts",
    "trend-box.children": "trend-graph",
    "stride-grid.children": "ls-strides",
    "raw-box.children": "raw-graph",
    "raw-graph.data-lines": "lines",
    "library-box.children": "<session>",
    CHOOSE: "<session>",
    "compare-box.children": "while recording",  # of the note below every comparison
}
"""``recorded-box.children`` has nothing to add when the recording is at hand."""


def test_every_callback_has_a_payload_here_that_fits_its_inputs(clinic: Clinic) -> None:
    table = {d["output"]: d for d in clinic.dependencies()}
    found = payloads(clinic, "bert")
    assert set(found) == set(CALLBACKS)
    for output, values in found.items():
        parts = {
            f"{p['id']}.{p['property']}" for k in ("inputs", "state") for p in table[output][k]
        }
        assert set(values) <= parts, output


@pytest.mark.parametrize("asker", PEOPLE)
def test_callbacks_give_what_is_ones_own_and_nothing_of_others(clinic: Clinic, asker: str) -> None:
    for owner, name in NAMES.items():
        for output, values in payloads(clinic, owner).items():
            answer = clinic.callback(asker, output, values)
            assert answer.status_code < 500, (output, answer.text[:300])
            word = WORDS.get(output)
            given = word is not None and _word(clinic, owner, output) in answer.text
            mine = owner in SEES[asker] and answer.status_code != 403
            assert given == (mine and word is not None), (output, owner, answer.text[:300])
            if not mine:
                assert name not in answer.text, output
                assert f"note of {name}" not in answer.text, output


def _word(clinic: Clinic, owner: str, output: str) -> str:
    word = WORDS[output]
    return clinic.sessions[owner] if word == "<session>" else word


@pytest.mark.parametrize("asker", ["runner", "therapist", "admin", "share"])
def test_ids_of_others_among_ones_own_are_left_out(clinic: Clinic, asker: str) -> None:
    """A comparison of an own session with somebody else's, by payload and by address."""
    mine, other = "anna", "zoe"
    values = {
        "compare-query.data": {"runner": clinic.runners[mine]},
        "compare-chosen.data": {
            "sessions": [clinic.sessions[mine], clinic.sessions[other]],
            "baseline": [clinic.sessions[other]],
        },
    }
    found = clinic.callback(asker, "compare-box.children", values)
    path = f"/compare/{clinic.sessions[mine]},{clinic.sessions[other]}"
    for answer in (found, clinic.callback(asker, PAGE, {"url.pathname": path})):
        assert NAMES[other] not in answer.text
        assert clinic.sessions[other] not in answer.text


def test_items_of_others_cannot_be_reached_by_ones_own_address(clinic: Clinic) -> None:
    """The address names the own runner, and the form an entry of somebody else's journal."""
    before = clinic.store.journal.runner_file(clinic.runners["zoe"])
    entry = before.entries[0].entry_id
    for asker, runner in (("runner", "anna"), ("therapist", "bert")):
        for what in ("remove", "goals/reached"):
            answer = clinic.ask(
                asker,
                f"/api/runners/{clinic.runners[runner]}/{what}",
                method="POST",
                body={"fields": {"item": entry, "reached": "yes"}},
            )
            assert answer.status_code == 409, (asker, what)
    assert clinic.store.journal.runner_file(clinic.runners["zoe"]) == before


def test_forms_of_shares_and_devices_take_no_ids_of_others(clinic: Clinic) -> None:
    """The pages of accounts have forms with ids, too."""
    accounts = clinic.store.accounts
    share, _ = accounts.shares.give(
        clinic.users["ute"], clinic.sessions["zoe"], clinic.runners["zoe"], days=3
    )
    device, token = accounts.devices.register(clinic.users["ute"], "hers", clinic.runners["zoe"])
    forms = (
        ("/account/shares", {"session": clinic.sessions["zoe"], "days": "3"}),
        ("/account/shares/revoke", {"share": share.share_id}),
        ("/account/devices", {"name": "mine now", "runner": clinic.runners["zoe"]}),
        ("/account/devices/revoke", {"device": device.device_id}),
    )
    for asker in ("runner", "therapist", "admin"):
        for path, fields in forms:
            answer = post(clinic, asker, path, **fields)
            assert answer.status_code == 409, (asker, path)
            assert NAMES["zoe"] not in answer.text
        shown = clinic.ask(asker, f"/account/shares?session={clinic.sessions['zoe']}")
        assert NAMES["zoe"] not in shown.text
        assert clinic.runners["zoe"] not in clinic.ask(asker, "/account").text
    assert accounts.devices.caller(token) is not None
    assert not accounts.shares.given_by(clinic.users["ute"])[0].ended
