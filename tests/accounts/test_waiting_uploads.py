"""Recordings that were sent and wait: looked at by ``verify``, erased with the person."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from levelstride.cli import run
from pipeline.store import Store
from pipeline.store_care.erasure import erase_runner
from pipeline.store_care.verify import verify
from pipeline.upload_folder import upload_path
from tests.accounts.clinic import NAMES, Clinic

DATA = b"a recording that is on its way " * 10


def waiting(clinic: Clinic, state: str = "receiving", data: bytes = DATA) -> Path:
    """An upload of Anna's device, and its file."""
    uploads = clinic.store.accounts.uploads
    device = clinic.store.accounts.devices.caller(clinic.tokens["device"])
    assert device is not None
    upload, _ = uploads.announce(device, hashlib.sha256(DATA).hexdigest(), len(DATA), 10**9)
    uploads.set_state(upload, state)  # type: ignore[arg-type]
    path = upload_path(clinic.store.folder, upload.upload_id)
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    return path


def test_what_is_on_its_way_is_no_fault(fresh_clinic: Clinic) -> None:
    path = waiting(fresh_clinic, data=DATA[:50])
    found = verify(fresh_clinic.store.parts)
    assert found.is_whole
    assert found.bytes > 50
    path.unlink()
    assert verify(fresh_clinic.store.parts).is_whole, "nothing has arrived yet"


@pytest.mark.parametrize("state", ["waiting", "working"])
def test_a_received_recording_that_is_short_or_gone_is_told(
    fresh_clinic: Clinic, state: str
) -> None:
    path = waiting(fresh_clinic, state, DATA[:50])
    name = f"uploads/{path.parent.name}"
    assert verify(fresh_clinic.store.parts).damaged == [name]
    path.unlink()
    assert verify(fresh_clinic.store.parts).missing == [name]


def test_what_belongs_to_no_upload_is_named_and_removed_after_a_day(fresh_clinic: Clinic) -> None:
    store = fresh_clinic.store
    stranger = store.folder / "uploads" / "stranger" / "recording.mcap"
    stranger.parent.mkdir(parents=True)
    stranger.write_bytes(b"x")
    assert verify(store.parts, mend=True).orphans == ["uploads/stranger"]
    for path in (stranger, stranger.parent):
        os.utime(path, (1.0, 1.0))
    assert verify(store.parts).orphans == ["uploads/stranger"]
    assert len(verify(store.parts, mend=True).mended) == 1
    assert not stranger.parent.exists()
    assert verify(store.parts).is_whole


def test_erasing_a_person_takes_what_waits_along(fresh_clinic: Clinic) -> None:
    path = waiting(fresh_clinic, "waiting")
    erased = erase_runner(fresh_clinic.store, NAMES["anna"])
    assert not path.parent.exists()
    assert erased.left == ()
    (file,) = [f for f in erased.proof["files"] if f["name"].startswith("uploads/")]  # type: ignore[attr-defined]
    assert file["sha256"] == hashlib.sha256(DATA).hexdigest()
    assert verify(fresh_clinic.store.parts).is_whole


def test_deleting_a_person_does_so_too(fresh_clinic: Clinic) -> None:
    path = waiting(fresh_clinic)
    fresh_clinic.store.delete_runner(NAMES["anna"])
    assert not path.parent.exists()


def test_erasing_somebody_unknown_is_refused_before_anything_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Store.open(tmp_path / "library").close()
    proof = tmp_path / "proof.json"
    command = ["store", "erase", "Nobody", "--proof", str(proof)]
    assert run([*command, "--store", str(tmp_path / "library")]) == 2
    said = capsys.readouterr().err
    assert "no runner" in said
    assert "Delete" not in said
    assert not proof.exists()
    assert json.dumps(said).count("\\n") == 1
