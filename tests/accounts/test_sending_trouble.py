"""Sending when something goes wrong: cuts at every piece, a full disk, two senders, a lost token."""

from __future__ import annotations

import errno
import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.api.upload_files import UploadFiles
from pipeline.push.client import PushClient, Pushed
from pipeline.push.errors import PushRefused
from pipeline.push.watch import WatchedFolder
from tests.accounts.clinic import Clinic, make_clinic
from tests.accounts.cutting_proxy import CuttingProxy
from tests.accounts.test_sending import announced, api
from tests.dashboard.served import ServedDashboard
from tests.simulated import simulated

pytestmark = pytest.mark.real_time

Served = tuple[Clinic, ServedDashboard]


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A practice that is really served, for all tests here: each sends a recording of its own."""
    clinic = make_clinic(tmp_path_factory.mktemp("trouble") / "library")
    dashboard = ServedDashboard(clinic.store, None, accounts=clinic.settings)
    dashboard.start()
    yield clinic, dashboard
    dashboard.stop()
    clinic.store.close()


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.push.client.PIECE_BYTES", 40_000)


def offset_of(dashboard: ServedDashboard, token: str, data: bytes) -> int:
    _, said = api(dashboard, token, "POST", "/uploads", announced(data))
    return int(said["offset"])


@pytest.mark.full
def test_a_cut_in_every_piece_loses_nothing(practice: Served, small_pieces: None) -> None:
    clinic, dashboard = practice
    recording = simulated(20.0, 21).path
    data = recording.read_bytes()
    # a head of a request has some hundred bytes, so each of these falls within a piece
    cuts = [1_000 + 7_919 * number % 38_000 for number in range(3 * len(data) // 40_000)]
    with (
        CuttingProxy(dashboard.port, cuts) as proxy,
        PushClient(
            f"http://127.0.0.1:{proxy.port}", clinic.tokens["device"], pause=lambda _: None
        ) as client,
    ):
        client.push(recording, wait=False)
        assert proxy.cut >= max(3, len(data) // 40_000 - 1)
    with PushClient(dashboard.url, clinic.tokens["device"]) as client:
        session = client.push(recording).session_id
    assert clinic.store.recording_path(session).read_bytes() == data


def test_a_full_disk_is_told_and_sending_goes_on_when_there_is_room(
    practice: Served, small_pieces: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic, dashboard = practice
    recording = simulated(20.0, 22).path
    data = recording.read_bytes()
    whole = UploadFiles.append

    def full(self: UploadFiles, upload_id: str, offset: int, piece: bytes) -> None:
        if offset > len(data) // 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        whole(self, upload_id, offset, piece)

    with PushClient(dashboard.url, clinic.tokens["device"]) as client:
        with monkeypatch.context() as patched:
            patched.setattr(UploadFiles, "append", full)
            with pytest.raises(PushRefused, match="disk has no room") as refused:
                client.push(recording)
        assert refused.value.status == 507
        reached = offset_of(dashboard, clinic.tokens["device"], data)
        assert len(data) // 2 < reached < len(data)
        with monkeypatch.context() as patched:
            patched.setattr(UploadFiles, "has_room", lambda self, size: False)
            with pytest.raises(PushRefused, match="disk has no room"):
                client.push(recording)
        session = client.push(recording).session_id
    assert clinic.store.recording_path(session).read_bytes() == data


def test_two_senders_of_the_same_recording_at_once_make_one_session(
    practice: Served, small_pieces: None
) -> None:
    clinic, dashboard = practice
    recording = simulated(20.0, 23).path
    before = {s.session_id for s in clinic.store.sessions()}
    found: list[Pushed] = []

    def send() -> None:
        with PushClient(dashboard.url, clinic.tokens["device"]) as client:
            found.append(client.push(recording))

    senders = [threading.Thread(target=send) for _ in range(3)]
    for one in senders:
        one.start()
    for one in senders:
        one.join(250)
    assert len(found) == 3
    (session,) = {one.session_id for one in found}
    assert {s.session_id for s in clinic.store.sessions()} - before == {session}
    entries = clinic.store.accounts.audit.entries()
    assert [e.action for e in entries if e.session_id == session].count("add") == 1
    digest = hashlib.sha256(recording.read_bytes()).hexdigest()
    assert hashlib.sha256(clinic.store.recording_path(session).read_bytes()).hexdigest() == digest


def test_a_token_that_is_revoked_on_the_way_ends_the_sending(
    practice: Served, small_pieces: None
) -> None:
    clinic, dashboard = practice
    devices, recording = clinic.store.accounts.devices, simulated(20.0, 22).path
    device, token = devices.register(clinic.users["tom"], "lost", clinic.runners["bert"])

    def lose(what: str, share: float) -> None:
        if what == "sending" and share > 0.4:
            devices.revoke(device.device_id)

    with (
        PushClient(dashboard.url, token, pause=lambda _: None) as client,
        pytest.raises(PushRefused, match="revoked"),
    ):
        client.push(recording, progress=lose)
    # another device of the same runner goes on where it stopped
    data = recording.read_bytes()
    _, found = devices.register(clinic.users["tom"], "found", clinic.runners["bert"])
    assert 0 < offset_of(dashboard, found, data) < len(data)


def test_a_file_that_changes_on_the_way_is_refused_and_nothing_of_it_is_kept(
    practice: Served, small_pieces: None, tmp_path: Path
) -> None:
    clinic, dashboard = practice
    file = tmp_path / "run.mcap"
    data = simulated(20.0, 22).path.read_bytes()
    file.write_bytes(data)
    _, token = clinic.store.accounts.devices.register(
        clinic.users["ute"], "hers", clinic.runners["zoe"]
    )

    def change(what: str, share: float) -> None:
        if share > 0.4:
            file.write_bytes(data[: len(data) // 2] + bytes(len(data) - len(data) // 2))

    with (
        PushClient(dashboard.url, token, pause=lambda _: None) as client,
        pytest.raises(PushRefused, match="digest differs"),
    ):
        client.push(file, progress=change)
    assert offset_of(dashboard, token, data) == 0, "something of it was kept"


@pytest.mark.full
def test_a_recording_that_is_still_written_is_left_until_it_is_whole(
    practice: Served, tmp_path: Path
) -> None:
    """Also one that stood still in the middle: the whole one takes its place."""
    clinic, dashboard = practice
    data = simulated(20.0, 24).path.read_bytes()
    file = tmp_path / "run.mcap"
    watched = WatchedFolder(tmp_path, dashboard.url)
    said: list[str] = []
    with PushClient(dashboard.url, clinic.tokens["device"]) as client:
        for part in (3, 2):
            file.write_bytes(data[: len(data) // part])
            assert watched.finished() == [], "it was growing a moment ago"
        (half,) = watched.finished()  # it stands still now, half written
        watched.send(client, half, said.append)
        file.write_bytes(data)
        assert watched.finished() == []
        (ready,) = watched.finished()
        sent: Any = watched.send(client, ready, said.append)
        assert sent is not None
        assert watched.finished() == []
        session = client.push(file).session_id
    assert clinic.store.recording_path(session).read_bytes() == data
