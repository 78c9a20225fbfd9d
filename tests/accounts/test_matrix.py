"""The authorisation matrix: every address, page, callback and operation, by everybody who may ask.

What is expected stands in ``matrix.txt``, apart from the policy: whoever changes the one has to
change the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from starlette.routing import Mount, WebSocketRoute

from dashboard.accounts import policy
from dashboard.accounts.policy import ASKERS, CALLBACKS, ENDPOINTS, IN_THE_BROWSER, PAGES
from pipeline.accounts.caller import Kind
from tests.accounts.clinic import Clinic, make_clinic
from tests.dashboard.made_sessions import make_strides
from tests.dashboard.replay_source import ReplaySource

MATRIX = Path(__file__).with_name("matrix.txt")
CATCH_ALL = "GET /{path:path}"


def expected() -> dict[str, frozenset[str]]:
    """Name of each row, with who may."""
    rows = {}
    for line in MATRIX.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, who = line.rpartition(" | ")
            rows[name.strip()] = frozenset(who.split()) - {"-"}
    return rows


EXPECTED = expected()


@pytest.fixture(scope="module")
def live_clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """A practice whose application has everything: a live session and its set-up, too."""
    from tests.dashboard.setup_script import ScriptedSetup

    made = make_clinic(tmp_path_factory.mktemp("live") / "library")
    made.open(live=ReplaySource(make_strides(5)), setup=ScriptedSetup())
    yield made
    made.store.close()


@pytest.fixture
def clinic(live_clinic: Clinic) -> Clinic:
    """The same one for all tests here: they only ask."""
    return live_clinic


def names_of(routes: Any, before: str = "") -> set[str]:
    """Names of all routes of an application, as the policy writes them."""
    found = set()
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            found |= names_of(included.routes, before)
            continue
        path = before + route.path
        if isinstance(route, WebSocketRoute) or "WebSocket" in type(route).__name__:
            found.add(f"WS {path}")
        elif isinstance(route, Mount):
            inner = getattr(route, "routes", None)
            found |= names_of(inner, path) if inner else {f"GET {path}/{{path:path}}"}
        else:
            found |= {f"{method} {path}" for method in route.methods - {"HEAD"}}
    return found


def test_every_address_of_the_application_is_in_the_table(live_clinic: Clinic) -> None:
    names = names_of(live_clinic.app.routes)
    assert len(names) > 50
    assert names - set(ENDPOINTS) - {CATCH_ALL, "GET /"} == set()
    # and nothing in the table is a leftover (the provider is not switched on here)
    assert {n for n in set(ENDPOINTS) - names if "provider" not in n} == set()


def test_every_callback_is_in_the_table(clinic: Clinic) -> None:
    outputs = {d["output"] for d in clinic.dependencies()}
    assert outputs == set(CALLBACKS) | IN_THE_BROWSER


def test_every_operation_of_the_description_is_in_the_table(clinic: Clinic) -> None:
    document = clinic.ask("anonymous", "/api/v1/openapi.json").json()
    operations = {f"{m.upper()} {path}" for path, ms in document["paths"].items() for m in ms}
    assert len(operations) >= 6
    assert operations <= set(ENDPOINTS)


def test_the_table_says_what_was_decided() -> None:
    table = {
        **ENDPOINTS,
        **{f"PAGE {name}": who for name, who in PAGES.items()},
        **{f"CALLBACK {name}": who for name, who in CALLBACKS.items()},
    }
    assert {name: set(who) for name, who in table.items()} == {
        name: set(who) for name, who in EXPECTED.items()
    }
    assert set(get_args(Kind)) < set(ASKERS)


def filled(pattern: str, clinic: Clinic) -> str:
    """An address whose ids are those of the session that everybody but Ute may see."""
    values = {
        "session_id": clinic.sessions["bert"],
        "runner_id": clinic.runners["bert"],
        "session_ids": clinic.sessions["bert"],
        "kind": "html",
        "upload_id": "0" * 8 + "-0000-4000-8000-" + "0" * 12,
        "token": "nothing",
        "package_name": "dash",
        "fingerprinted_path:path": "nothing.js",
        "path:path": "live.js",
    }
    return re.sub(r"\{([^}]+)\}", lambda found: values[found[1]], pattern)


def refused(answer: Any) -> bool:
    """Whether the door stayed shut."""
    to_sign_in = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
    return answer.status_code in {401, 403} or to_sign_in


OPEN_ONLY_WITH_CARE = {
    # these look at a form token or an own secret after the door, and refuse without it
    f"POST {path}"
    for path in (
        "/sign-in",
        "/sign-out",
        "/account/password",
        "/account/shares",
        "/account/shares/revoke",
        "/account/devices",
        "/account/devices/revoke",
        "/admin/accounts/change",
    )
} | {"GET /sign-in/provider/return", "GET /sign-in/provider"}


@pytest.mark.parametrize("asker", ASKERS)
def test_everybody_gets_through_the_doors_that_are_theirs_and_no_other(
    live_clinic: Clinic, asker: str
) -> None:
    wrong = []
    for name, who in EXPECTED.items():
        kind, _, pattern = name.partition(" ")
        if kind in {"WS", "CALLBACK"}:
            continue
        method = "GET" if kind == "PAGE" else kind
        if "delete" in pattern or (method == "DELETE" and asker in who):
            continue  # the door is tested with ids that are nobody's, below
        answer = live_clinic.ask(
            asker, filled(pattern, live_clinic), method=method, body={} if method != "GET" else None
        )
        if asker in who and name in OPEN_ONLY_WITH_CARE:
            assert b"may not do this" not in answer.content
            assert answer.content != b"Sign in first."
        elif refused(answer) != (asker not in who):
            wrong.append((name, answer.status_code))
        assert answer.status_code < 500, (name, answer.text[:200])
    assert wrong == []


@pytest.mark.parametrize("asker", ASKERS)
def test_sockets_are_behind_their_doors(live_clinic: Clinic, asker: str) -> None:
    sockets = [name.partition(" ")[2] for name in EXPECTED if name.startswith("WS ")]
    assert len(sockets) >= 2
    for path in (*sockets, "/ws/nothing", "/sessions", "/api/live"):
        may = asker in EXPECTED.get(f"WS {path}", ())
        found = live_clinic.connect(asker, path)
        assert (found == "open") == may, path
        assert live_clinic.connect(asker, path, origin="https://evil.example") == "refused"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_a_method_that_is_not_in_the_table_is_refused_at_every_address(
    live_clinic: Clinic, method: str
) -> None:
    """Also to an administrator, and by the table, not by chance of what lies behind it."""
    addresses = {name.partition(" ")[2] for name in EXPECTED if not name.startswith(("WS", "CALL"))}
    tried = 0
    for pattern in addresses:
        known = {name.partition(" ")[0] for name in EXPECTED if name.partition(" ")[2] == pattern}
        if method in known or (method == "GET" and "PAGE" in known):
            continue
        path = filled(pattern, live_clinic)
        if policy.rule_for(method, path) is not None:
            continue  # the address fits another pattern, which has its own row
        tried += 1
        answer = live_clinic.ask("admin", path, method=method)
        assert answer.status_code in {401, 404}, (method, path)
    assert tried > 3


def test_assets_and_scripts_that_are_not_there_are_no_fault(live_clinic: Clinic) -> None:
    for path in (
        "/_dash-component-suites/dash/nothing.js",
        "/_dash-component-suites/nothing/x.js",
        "/_dash-component-suites/dash/%2e%2e/%2e%2e/etc/passwd",
        "/assets/nothing.js",
        "/assets/%2e%2e/app.py",
        "/assets/../app.py",
    ):
        assert live_clinic.ask("therapist", path).status_code == 404, path


@pytest.mark.parametrize("asker", ASKERS)
def test_deleting_is_behind_its_door(live_clinic: Clinic, asker: str) -> None:
    for name, who in EXPECTED.items():
        if "delete" not in name and not name.startswith("DELETE"):
            continue
        method, _, pattern = name.partition(" ")
        path = re.sub(r"\{[^}]+\}", "0" * 8 + "-0000-4000-8000-" + "0" * 12, pattern)
        answer = live_clinic.ask(asker, path, method=method, body={"fields": {}})
        assert refused(answer) == (asker not in who), name


@pytest.mark.parametrize("asker", ASKERS)
def test_callbacks_are_behind_their_doors(clinic: Clinic, asker: str) -> None:
    for output in CALLBACKS:
        answer = clinic.callback(asker, output, {})
        assert refused(answer) == (asker not in EXPECTED[f"CALLBACK {output}"]), output


@pytest.mark.parametrize("asker", ASKERS)
def test_what_is_not_in_the_table_is_not_there(clinic: Clinic, asker: str) -> None:
    for method, path in (
        ("GET", "/nothing"),
        ("GET", "/sessions/a/b"),
        ("PUT", "/api/v1/uploads"),
        ("DELETE", "/api/uploads"),
        ("TRACE", "/"),
        ("GET", "/_dash-update-component"),
        ("GET", "/docs"),
        ("GET", "/openapi.json"),
    ):
        answer = clinic.ask(asker, path, method=method)
        assert answer.status_code in {401, 403, 404, 405, 303}, (method, path)
        assert answer.status_code != 303 or refused(answer)
    for output in ("nothing.children", "main.data-title", "", None, 5, {"a": 1}, ["x"]):
        body = {"output": output, "outputs": [], "inputs": [], "changedPropIds": []}
        answer = clinic.ask(asker, "/_dash-update-component", method="POST", body=body)
        assert answer.status_code in {401, 403, 404}
    for junk in (b"", b"[]", b"{", b"[" * 100_000, b"\xff", b'{"output"'):
        answer = clinic.ask(asker, "/_dash-update-component", method="POST", body=junk)
        assert answer.status_code in {400, 401, 403, 404, 411}


def test_the_policy_is_used_for_every_request(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taking an address out of the table shuts it, also for an administrator."""
    kept = [row for row in policy._ENDPOINT_RULES if row[2].name != "GET /admin/audit"]
    assert clinic.ask("admin", "/admin/audit").status_code == 200
    monkeypatch.setattr(policy, "_ENDPOINT_RULES", kept)
    assert clinic.ask("admin", "/admin/audit").status_code == 404
