"""Files handed over through the browser: taken, refused, and never trusted."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from dashboard.import_jobs import ImportJob, ImportJobs, safe_name
from pipeline.errors import StoreError
from pipeline.store import Store
from tests.dashboard.conftest import ServeDashboard
from tests.dashboard.requests import ask, post_json
from tests.pipeline.bad_exports import EVERY, HOSTILE, SOME, bad_export, zipped
from tests.simulated import simulated

pytestmark = pytest.mark.real_time


def upload(port: int, name: str, body: bytes, **headers: str) -> Any:
    given = {"Origin": f"http://127.0.0.1:{port}", "X-File-Name": name, **headers}
    return ask(port, "/api/uploads", method="POST", headers=given, body=body)


def wait_for(port: int, job: str) -> dict[str, Any]:
    for _ in range(600):
        (state,) = json.loads(ask(port, f"/api/imports?ids={job}").body)["jobs"]
        if state["state"] in {"asking", "done", "failed"}:
            return dict(state)
        time.sleep(0.2)
    pytest.fail("the import did not end")


def begin(port: int, uploads: list[str], **fields: str) -> list[dict[str, Any]]:
    answer = post_json(port, "/api/imports", json.dumps({"uploads": uploads, **fields}))
    assert answer.status == 200, answer.body
    return list(json.loads(answer.body)["jobs"])


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\run.csv", "run.csv"),
        ("a\x00b<>|.csv", "a_b___.csv"),
        ("...", "file"),
        ("", "file"),
        ("lauf größe.csv", "lauf größe.csv"),
    ],
)
def test_a_name_becomes_nothing_but_a_name(given: str, kept: str) -> None:
    assert safe_name(given) == kept


def test_a_recording_is_imported_and_rubbish_is_refused_in_one_line(
    serve_dashboard: ServeDashboard, store: Store
) -> None:
    port = serve_dashboard().port
    good = upload(port, "run.mcap", simulated(45.0, 3).path.read_bytes())
    bad = upload(port, "%2e%2e%2fbad.csv", b"\x00\x01rubbish" * 100)
    assert (good.status, bad.status) == (200, 200)
    ids = [json.loads(answer.body)["upload"] for answer in (good, bad)]
    jobs = begin(port, ids, runner="<b>Ann</b>", conditions="insole: on\nnew shoe")
    states = [wait_for(port, job["id"]) for job in jobs]
    failed = next(state for state in states if state["names"] == ["bad.csv"])
    assert failed["state"] == "failed"
    assert str(store.folder) not in failed["problem"]
    assert "\n" not in failed["problem"]
    (summary,) = store.sessions()
    assert summary.runner == "<b>Ann</b>"
    assert summary.conditions["insole"] == "on"
    assert summary.conditions["condition"] == "new shoe"
    done = next(state for state in states if state["names"] == ["run.mcap"])
    assert done["session"].endswith(summary.session_id)
    assert not list(store.folder.glob(".incoming-*/*"))


def test_a_job_that_is_over_has_left_nothing_behind(store: Store, tmp_path: Path) -> None:
    """Its files are gone before anybody sees that it has ended."""
    file = tmp_path / "job" / "run.mcap"
    file.parent.mkdir()
    file.write_bytes(b"x")
    ended = threading.Event()
    seen: list[tuple[str, bool]] = []

    def fail(*args: object, **options: object) -> str:
        raise StoreError("it is full", where="library", remedy="Free some space")

    def note(job: ImportJob) -> None:
        if job.state == "failed":
            ended.set()

    class Watched(ImportJob):
        """Notes at each change of its state whether its file is there."""

        def __setattr__(self, name: str, value: object) -> None:
            super().__setattr__(name, value)
            if name == "state":
                seen.append((str(value), file.exists()))

    jobs = ImportJobs(store, importer=fail)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dashboard.import_jobs.ImportJob", Watched)
        jobs.begin_received(file, note)
        assert ended.wait(100)
    jobs.close()
    assert seen == [("waiting", True), ("working", True), ("failed", False)]


def test_foreign_pages_wrong_lengths_and_wrong_bodies_are_refused(
    serve_dashboard: ServeDashboard, store: Store
) -> None:
    port = serve_dashboard().port
    assert upload(port, "x", b"abc", Origin="http://evil.example").status == 403
    assert upload(port, "x", b"", **{"Content-Length": str(5_000_000_000)}).status == 413
    assert post_json(port, "/api/imports", '{"uploads": []}').status == 422
    assert post_json(port, "/api/imports", '{"uploads": ["no-such"]}').status == 200
    too_long = json.dumps({"uploads": ["x"], "conditions": "a: " + "b" * 300})
    assert post_json(port, "/api/imports", too_long).status == 409
    assert store.sessions() == []


def test_forms_answer_with_the_field_that_is_wrong(
    serve_dashboard: ServeDashboard, store: Store
) -> None:
    from tests.dashboard.made_sessions import make_session

    store.add_session(make_session(1, per_side=8))
    runner_id = store.sessions()[0].runner_id
    port = serve_dashboard().port
    path = f"/api/runners/{runner_id}/journal"
    wrong = post_json(port, path, json.dumps({"fields": {"day": "2026-03-01", "effort": "99"}}))
    assert (wrong.status, json.loads(wrong.body)["field"]) == (409, "effort")
    assert post_json(port, path, json.dumps({"fields": {"effort": 5}})).status == 422
    unknown = post_json(
        port, "/api/runners/x/journal", json.dumps({"fields": {"effort": "1", "day": "2026-03-01"}})
    )
    assert unknown.status == 409
    assert store.journal.runner_file(runner_id).entries == ()
    delete = f"/api/runners/{runner_id}/delete"
    assert post_json(port, delete, json.dumps({"fields": {"confirm": "someone"}})).status == 409
    assert len(store.sessions()) == 1
    answer = ask(port, f"/api/runners/{runner_id}/export.zip")
    assert (answer.status, answer.body[:2]) == (200, b"PK")
    until = time.monotonic() + 100
    while list(store.folder.glob(".export-*")):  # removed once it is sent
        assert time.monotonic() < until
        time.sleep(0.05)
    assert post_json(port, delete, json.dumps({"fields": {"confirm": "Runner A"}})).status == 200
    assert store.sessions() == []


@pytest.mark.parametrize("pairs", [SOME, pytest.param(EVERY, marks=pytest.mark.full)])
def test_bad_exports_are_one_line_each_and_leave_nothing(
    serve_dashboard: ServeDashboard, store: Store, tmp_path: Path, pairs: list[tuple[str, str]]
) -> None:
    """Makers' files with a fault and files made to do harm, each as a session of its own."""
    contents = {
        f"{maker} {fault}.zip": zipped(bad_export(tmp_path / "made" / maker / fault, maker, fault))
        for maker, fault in pairs
    }
    contents |= {f"{case} {name}": make() for case, (name, make) in HOSTILE.items()}
    before = {path.relative_to(store.folder) for path in store.folder.rglob("*") if path.is_file()}
    port = serve_dashboard().port
    uploads = {}
    for name, body in contents.items():
        answer = upload(port, name.replace(" ", "_"), body)
        assert answer.status == 200, name
        uploads[name] = json.loads(answer.body)["upload"]
    for name, taken in uploads.items():
        answer = post_json(port, "/api/imports", json.dumps({"uploads": [taken]}))
        told = json.loads(answer.body)
        if answer.status == 200:
            told = wait_for(port, told["jobs"][0]["id"])
            assert told["state"] == "failed", name
        else:
            assert answer.status < 500, name
        said = str(told.get("problem") or told.get("said") or told)
        assert "\n" not in said, name
        assert str(store.folder) not in said, name
        assert "Traceback" not in said, name
    assert store.sessions() == []
    after = {path.relative_to(store.folder) for path in store.folder.rglob("*") if path.is_file()}
    assert {path for path in after - before if "catalogue" not in path.name} == set()
