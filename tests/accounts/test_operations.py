"""Running the server for others: refusals at the start, readiness, figures, logs, commands."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.accounts.only_server import only_server
from dashboard.operations.figures import Figures
from dashboard.operations.observe import REQUESTS, log_as_json
from levelstride.cli import run
from pipeline.store import Store
from tests.accounts.clinic import NAMES, PASSWORD, Clinic


@pytest.fixture
def as_before() -> Iterator[None]:
    """Put logging back as it was."""
    root = logging.getLogger()
    handlers, level, requests = list(root.handlers), root.level, REQUESTS.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    REQUESTS.setLevel(requests)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "example.org"])
def test_without_accounts_the_server_does_not_listen_for_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], host: str
) -> None:
    assert run(["dashboard", "--host", host, "--store", str(tmp_path / "x"), "--no-browser"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "levelstride users add" in said


def test_accounts_need_an_account(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dashboard", "--accounts", "--store", str(tmp_path / "x"), "--no-browser"]) == 2
    assert "levelstride users add NAME --role admin" in capsys.readouterr().err
    for wrong in (
        ["--tls-cert", "a"],
        ["--public-url", "clinic.example"],
        ["--oidc-issuer", "https://x"],
    ):
        assert run(["dashboard", *wrong, "--store", str(tmp_path / "x"), "--no-browser"]) == 2


def test_a_library_is_served_by_one_process(
    clinic: Clinic, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bounds on tries and locks of uploads are kept in the memory of one process."""
    command = ["dashboard", "--accounts", "--store", str(clinic.store.folder), "--no-browser"]
    with only_server(clinic.store):
        assert run([*command, "--port", "0"]) == 2
        said = capsys.readouterr().err
        assert "another dashboard with accounts" in said
        assert said.count("\n") == 1
    with only_server(clinic.store):
        pass


def test_figures_are_prometheus_text_and_name_nobody(clinic: Clinic) -> None:
    clinic.ask("therapist", f"/api/sessions/{clinic.sessions['anna']}/strides.csv")
    answer = clinic.ask("monitor", "/operations/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    sample = re.compile(r'[a-z_]+(\{([a-z]+="[^"\n]*",?)+\})? [0-9.e+-]+')
    for line in answer.text.splitlines():
        assert line.startswith("# ") or sample.fullmatch(line), line
    assert 'rule="GET /api/sessions/{session_id}/strides.csv"' in answer.text
    for secret in (*NAMES.values(), *clinic.sessions.values(), *clinic.runners.values(), "tom"):
        assert secret not in answer.text
    for asker in ("anonymous", "runner", "therapist", "share", "device"):
        assert clinic.ask(asker, "/operations/metrics").status_code in {401, 403}
    wrong = clinic.ask(
        "anonymous", "/operations/metrics", headers={"Authorization": "Bearer wrong"}
    )
    assert wrong.status_code == 401


def test_the_histogram_counts_every_answer_once() -> None:
    figures = Figures()
    for seconds in (0.001, 0.01, 0.3, 99.0):
        figures.took(seconds)
    text = figures.text({'uploads{state="done"}': 2.0})
    assert 'answer_seconds_bucket{le="0.01"} 2' in text
    assert 'answer_seconds_bucket{le="+Inf"} 4' in text
    assert "answer_seconds_count 4" in text
    assert 'levelstride_uploads{state="done"} 2' in text


def test_readiness_tells_when_the_library_cannot_be_read(fresh_clinic: Clinic) -> None:
    assert fresh_clinic.ask("anonymous", "/readyz").json() == {"status": "ready"}
    fresh_clinic.store.close()
    for path in fresh_clinic.store.folder.glob("catalogue.sqlite*"):
        path.unlink()
    (fresh_clinic.store.folder / "catalogue.sqlite").write_bytes(b"no database at all" * 100)
    assert fresh_clinic.ask("anonymous", "/readyz").status_code == 503
    # and nobody is let in meanwhile
    assert fresh_clinic.ask("therapist", "/sessions").status_code == 503


def test_logs_are_json_lines_without_ids_names_or_words_of_errors(
    fresh_clinic: Clinic, as_before: None
) -> None:
    clinic, stream = fresh_clinic, io.StringIO()
    log_as_json(stream)
    clinic.ask("therapist", f"/api/sessions/{clinic.sessions['anna']}/strides.csv")
    clinic.ask("therapist", f"/api/sessions/{clinic.sessions['zoe']}/strides.csv?x=secret")
    clinic.ask("anonymous", "/shared/secret-token")
    clinic.ask("anonymous", "/secret-page")
    try:
        int(f"a message about {NAMES['zoe']}")
    except ValueError:
        logging.getLogger("dashboard.somewhere").exception("it failed for %s", NAMES["zoe"])
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    rules = [line["rule"] for line in lines if line["event"] == "request"]
    assert rules == [
        "GET /api/sessions/{session_id}/strides.csv",
        "GET /api/sessions/{session_id}/strides.csv",
        "GET /shared/{token}",
        "unknown",
    ]
    assert lines[-1]["error"] == "ValueError"
    assert lines[-1]["event"] == "it failed for %s"
    text = stream.getvalue()
    secrets = [*NAMES.values(), *clinic.sessions.values(), *clinic.runners.values()]
    for secret in (*secrets, "secret", "tom", clinic.users["tom"]):
        assert secret not in text


def test_commands_add_assign_list_close_and_audit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ["--store", str(tmp_path / "library")]
    monkeypatch.setattr("levelstride.commands.users._password", lambda: PASSWORD)
    assert run(["users", "add", "Ada", "--role", "admin", *where]) == 0
    assert run(["users", "add", "tom", "--role", "therapist", "--link", *where]) == 0
    assert re.search(r"^/welcome/\S{43}$", capsys.readouterr().out, re.M)
    assert run(["users", "add", "anna", "--role", "runner", *where]) == 2
    anna = ["users", "add", "anna", "--role", "runner", "--runner", "Anna B.", "--link", *where]
    assert run(anna) == 2
    assert run([*anna, "--new-runner"]) == 0
    assert run(["users", "assign", "tom", "Anna B.", *where]) == 0
    capsys.readouterr()
    assert run(["users", "list", "--json", *where]) == 0
    found = {a["name"]: a for a in json.loads(capsys.readouterr().out)["accounts"]}
    assert found["tom"]["sees"] == found["anna"]["sees"] == ["Anna B."]
    assert found["ada"]["password"]
    assert run(["users", "token", "tom", "Anna B.", *where]) == 0
    token = capsys.readouterr().out.strip()
    with Store.open(tmp_path / "library") as store:
        assert store.accounts.people.sign_in("ADA", PASSWORD).role == "admin"
        assert store.accounts.devices.caller(token) is not None
    assert run(["users", "assign", "tom", "Anna B.", "--undo", *where]) == 0
    with Store.open(tmp_path / "library") as store:
        assert store.accounts.devices.caller(token) is None
    assert run(["users", "disable", "ada", *where]) == 2, "the last administrator"
    assert run(["users", "disable", "tom", *where]) == 0
    assert run(["users", "disable", "nobody", *where]) == 2
    capsys.readouterr()
    assert run(["users", "audit", "--json", *where]) == 0
    entries = json.loads(capsys.readouterr().out)["entries"]
    assert [e["action"] for e in reversed(entries)] == [
        "add",
        "add",
        "add",
        "assign",
        "device",
        "unassign",
        "close",
    ]
    assert entries[0]["concerns"] == "tom"
