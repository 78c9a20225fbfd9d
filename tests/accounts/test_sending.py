"""Recordings that a runner's machine sends: whole, cut, repeated, hostile, too many."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.accounts.settings import AccountSettings
from levelstride.cli import run
from pipeline.push.client import PushClient, checked_url
from pipeline.push.errors import ClearText, PushError, PushRefused, PushUnreachable
from pipeline.push.watch import MEMORY, WatchedFolder
from tests.accounts.clinic import NAMES, Clinic, make_clinic
from tests.accounts.cutting_proxy import CuttingProxy
from tests.dashboard.requests import ask
from tests.dashboard.served import ServedDashboard
from tests.simulated import simulated

pytestmark = pytest.mark.real_time


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Clinic, ServedDashboard]]:
    """A practice that is really served."""
    clinic = make_clinic(tmp_path / "library", largest_bytes=5_000_000, quota_bytes=6_000_000)
    dashboard = ServedDashboard(clinic.store, None, accounts=clinic.settings)
    dashboard.start()
    yield clinic, dashboard
    dashboard.stop()
    clinic.store.close()


@pytest.fixture
def recording() -> Path:
    """A short recording."""
    return simulated(30.0, 5).path


def api(
    dashboard: ServedDashboard,
    token: str,
    method: str,
    path: str,
    body: bytes = b"",
    **headers: str,
) -> tuple[int, Any]:
    given = {"Authorization": f"Bearer {token}", "Content-Length": str(len(body))}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    if body.startswith(b"{"):
        given["Content-Type"] = "application/json"
    answer = ask(dashboard.port, f"/api/v1{path}", method=method, headers=given, body=body)
    return answer.status, json.loads(answer.body) if answer.body.startswith(b"{") else answer.body


def announced(data: bytes) -> bytes:
    return json.dumps({"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}).encode()


def test_a_recording_arrives_through_cut_connections_and_only_once(
    served: tuple[Clinic, ServedDashboard], recording: Path
) -> None:
    clinic, dashboard = served
    whole = recording.stat().st_size
    offsets = []

    def note(what: str, share: float) -> None:
        if what == "sending":
            offsets.append(share)

    with CuttingProxy(dashboard.port, [900, whole // 3, whole // 4, 200]) as proxy:
        with PushClient(
            f"http://127.0.0.1:{proxy.port}", clinic.tokens["device"], pause=lambda _: None
        ) as client:
            # the address is the relay's, so the library must be told to answer to it: it is loopback
            pushed = client.push(recording, wait=False, progress=note)
        assert proxy.cut == 4
    assert any(0 < share < 1 for share in offsets), "nothing of a cut piece was kept"
    with PushClient(dashboard.url, clinic.tokens["device"]) as client:
        again = client.push(recording)
    assert (pushed.was_there, again.was_there) == (False, True)
    summary = clinic.store.summary(again.session_id)
    assert summary.runner == NAMES["anna"]
    assert summary.strides_total > 20
    kept = clinic.store.recording_path(again.session_id)
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == again.digest
    assert not any((clinic.store.folder / "uploads").iterdir())
    written = [(e.role, e.action, e.session_id) for e in clinic.store.accounts.audit.entries()]
    assert written.count(("device", "add", again.session_id)) == 1


def test_what_is_not_a_recording_is_refused_and_nothing_of_it_is_kept(
    served: tuple[Clinic, ServedDashboard], recording: Path
) -> None:
    clinic, dashboard = served
    token = clinic.tokens["device"]
    for data in (
        b"\x00" * 500,
        recording.read_bytes()[:64],
        b"MCAP0\r\n" + b"\xff" * 400,
        b"\x89MCAP0\r\n" + b"\xff" * 3000,
        b"time_s,placement\n" * 30,
        b"PK\x03\x04" + b"\x00" * 400,
    ):
        status, said = api(dashboard, token, "POST", "/uploads", announced(data))
        assert status == 201, said
        path = f"/uploads/{said['upload']}"
        status, _ = api(dashboard, token, "PATCH", path, data, Upload_Offset="0")
        assert status == 200
        status, refusal = api(dashboard, token, "POST", f"{path}/complete")
        assert status == 422, refusal
        assert "\n" not in refusal["problem"]
        assert str(clinic.store.folder) not in refusal["problem"]
        assert api(dashboard, token, "GET", path)[0] == 404
    assert not any((clinic.store.folder / "uploads").iterdir())
    assert clinic.store.accounts.uploads.counts() == {}


def test_pieces_must_fit_and_the_digest_too(
    served: tuple[Clinic, ServedDashboard], recording: Path
) -> None:
    clinic, dashboard = served
    token, data = clinic.tokens["device"], recording.read_bytes()
    _, said = api(dashboard, token, "POST", "/uploads", announced(data))
    path = f"/uploads/{said['upload']}"
    assert api(dashboard, token, "PATCH", path, data[:100], Upload_Offset="5")[0] == 409
    assert api(dashboard, token, "PATCH", path, data[:100], Upload_Offset="-1")[0] == 422
    assert api(dashboard, token, "PATCH", path, data[:100])[0] == 422
    status, said = api(dashboard, token, "PATCH", path, data[:100], Upload_Offset="0")
    assert (status, said["offset"]) == (200, 100)
    assert api(dashboard, token, "PATCH", path, data, Upload_Offset="100")[0] == 413
    assert api(dashboard, token, "POST", f"{path}/complete")[0] == 409
    changed = b"\x00" * (len(data) - 100)
    assert api(dashboard, token, "PATCH", path, changed, Upload_Offset="100")[0] == 200
    status, said = api(dashboard, token, "POST", f"{path}/complete")
    assert status == 422
    assert "digest" in said["problem"]
    # and it can be sent again from the beginning
    status, said = api(dashboard, token, "POST", "/uploads", announced(data))
    assert (status, said["offset"]) == (201, 0)
    assert api(dashboard, token, "DELETE", f"/uploads/{said['upload']}")[0] == 204


def test_size_and_quota_bound_what_is_taken(served: tuple[Clinic, ServedDashboard]) -> None:
    clinic, dashboard = served
    token = clinic.tokens["device"]

    def announce(size: int, digit: str) -> int:
        body = json.dumps({"sha256": digit * 64, "size": size}).encode()
        return api(dashboard, token, "POST", "/uploads", body)[0]

    assert announce(5_000_001, "a") == 413
    assert announce(4_000_000, "b") == 201
    assert announce(4_000_000, "b") == 200
    assert announce(2_500_000, "c") == 413
    assert announce(2_000_000, "c") == 201
    status, me = api(dashboard, token, "GET", "/me")
    assert (status, me["used_bytes"], me["runner"]) == (200, 6_000_000, clinic.runners["anna"])


def test_a_token_is_of_one_runner_and_can_be_taken_back(
    served: tuple[Clinic, ServedDashboard], recording: Path
) -> None:
    clinic, dashboard = served
    accounts = clinic.store.accounts
    other = accounts.devices.register(clinic.users["ute"], "hers", clinic.runners["zoe"])
    _, said = api(dashboard, clinic.tokens["device"], "POST", "/uploads", announced(b"x" * 99))
    assert api(dashboard, other[1], "GET", f"/uploads/{said['upload']}")[0] == 404
    with pytest.raises(Exception, match="may not see"):
        accounts.devices.register(clinic.users["tom"], "not his", clinic.runners["zoe"])
    accounts.devices.revoke(other[0].device_id)
    for token in (other[1], "", "lsd_nothing", "a b", clinic.tokens["runner"]):
        assert api(dashboard, token, "GET", "/me")[0] == 401
    with (
        PushClient(dashboard.url, other[1], pause=lambda _: None) as client,
        pytest.raises(PushRefused, match="revoked") as refused,
    ):
        client.push(recording)
    assert refused.value.status == 401


def test_what_was_received_is_analysed_after_a_restart(tmp_path: Path, recording: Path) -> None:
    clinic = make_clinic(tmp_path / "library")
    device = clinic.store.accounts.devices.caller(clinic.tokens["device"])
    assert device is not None
    data = recording.read_bytes()
    upload, _ = clinic.store.accounts.uploads.announce(
        device, hashlib.sha256(data).hexdigest(), len(data), 10**9
    )
    folder = clinic.store.folder / "uploads" / upload.upload_id
    folder.mkdir(parents=True)
    (folder / "recording.mcap").write_bytes(data)
    clinic.store.accounts.uploads.set_state(upload, "working")  # and then the power went
    dashboard = ServedDashboard(clinic.store, None, accounts=clinic.settings)
    dashboard.start()
    try:
        with PushClient(dashboard.url, clinic.tokens["device"]) as client:
            pushed = client.push(recording)
    finally:
        dashboard.stop()
    assert pushed.was_there
    assert clinic.store.summary(pushed.session_id).runner == NAMES["anna"]
    clinic.store.close()


def test_a_watched_folder_is_sent_once_each_when_it_has_stopped_growing(
    served: tuple[Clinic, ServedDashboard], recording: Path, tmp_path: Path
) -> None:
    clinic, dashboard = served
    folder = tmp_path / "runs"
    folder.mkdir()
    (folder / "one.mcap").write_bytes(recording.read_bytes())
    (folder / "growing.mcap").write_bytes(b"a")
    (folder / "bad.mcap").write_bytes(b"no recording" * 10)
    watched = WatchedFolder(folder, dashboard.url)
    assert watched.finished() == []
    (folder / "growing.mcap").write_bytes(b"ab")
    ready = watched.finished()
    assert [path.name for path in ready] == ["bad.mcap", "one.mcap"]
    words: list[str] = []
    with PushClient(dashboard.url, clinic.tokens["device"]) as client:
        sent = [watched.send(client, path, words.append) for path in ready]
        assert client.push(recording).was_there  # and waits until it is analysed
    assert sent[0] is None
    assert sent[1] is not None
    assert len(words) == 1
    assert [p.name for p in watched.finished()] == ["growing.mcap"]
    later = WatchedFolder(folder, dashboard.url)
    later.finished()
    assert {p.name for p in later.finished()} == {"bad.mcap", "growing.mcap"}
    (folder / MEMORY).write_text("[broken")
    forgetful = WatchedFolder(folder, dashboard.url)
    forgetful.finished()
    assert "one.mcap" in {p.name for p in forgetful.finished()}


def test_the_command_sends_and_refuses_in_one_line(
    served: tuple[Clinic, ServedDashboard],
    recording: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clinic, dashboard = served
    token = tmp_path / "token"
    token.write_text(clinic.tokens["device"] + "\n")
    words = ["push", str(recording), "--token-file", str(token)]
    assert run([*words, "--to", dashboard.url, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert clinic.store.summary(said["session"]).runner == NAMES["anna"]
    assert run([*words, "--to", "http://clinic.example"]) == 2
    assert "--insecure" in capsys.readouterr().err
    assert run([*words, "--to", "http://127.0.0.1:9", "--give-up", "0"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert clinic.tokens["device"] not in error


def test_addresses_are_by_tls_or_this_computer() -> None:
    assert checked_url("https://clinic.example/") == "https://clinic.example"
    assert checked_url("http://localhost:8050") == "http://localhost:8050"
    assert checked_url("http://10.0.0.5", insecure=True) == "http://10.0.0.5"
    with pytest.raises(ClearText):
        checked_url("http://10.0.0.5")
    for wrong in ("clinic.example", "ftp://x", "https://", ""):
        with pytest.raises(PushError):
            checked_url(wrong)


def test_a_server_that_never_answers_is_given_up(recording: Path) -> None:
    waits: list[float] = []
    with (
        PushClient("http://127.0.0.1:9", "token", give_up_s=0.2, pause=waits.append) as client,
        pytest.raises(PushUnreachable, match="does not answer"),
    ):
        client.push(recording)
    assert waits
    assert all(0 < wait <= 60 for wait in waits)


def test_settings_do_not_show_their_secrets() -> None:
    assert "hush" not in repr(AccountSettings(monitor_token="hush"))
