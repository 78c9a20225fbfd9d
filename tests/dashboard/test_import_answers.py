"""Files that do not tell where sensors were worn, or their rate: the page asks, and goes on."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from pipeline.store import Store
from tests.dashboard.browser_checks import accessibility_problems, drop_files
from tests.dashboard.conftest import OpenPage, ServeDashboard
from tests.dashboard.requests import ask, post_json
from tests.dashboard.test_import_endpoint import begin, upload, wait_for
from tests.pipeline.vendor_files import motion, write_dot

BARE = "PacketCounter,Acc_X,Acc_Y,Acc_Z,Gyr_X,Gyr_Y,Gyr_Z"
WORN = ("pelvis", "shank_left", "shank_right")


def files_that_tell_nothing(folder: Path) -> list[Path]:
    """Three exports of one recording, without head, times and telling names."""
    folder.mkdir()
    written = write_dot(folder, motion(), names=BARE, head=False)
    return [
        path.rename(folder / f"sensor {number}.csv") for number, path in enumerate(written, start=1)
    ]


def handed_over(port: int, contents: dict[str, bytes]) -> dict[str, Any]:
    """The job of files that are one session, as soon as it asks or ends."""
    uploads = [
        json.loads(upload(port, name, body).body)["upload"] for name, body in contents.items()
    ]
    (job,) = begin(port, uploads, runner="Ann")
    return wait_for(port, job["id"])


def answered(port: int, job: dict[str, Any], **said: Any) -> dict[str, Any]:
    answer = post_json(port, "/api/imports/answers", json.dumps({"job": job["id"], **said}))
    assert answer.status == 200, answer.body
    return wait_for(port, job["id"])


def test_a_real_export_without_places_and_rate_is_imported_after_two_answers(
    serve_dashboard: ServeDashboard, store: Store, shared_data: Path
) -> None:
    folder = shared_data / "exports_raw" / "xsens_mtmanager_txt"
    ids = {"00B42279": "pelvis", "00B421ED": "shank_left", "00B4227D": "shank_right"}
    contents = {}
    for sensor in ids:
        (path,) = folder.glob(f"MT_012005D6_009-001_{sensor}.txt")
        contents[path.name] = re.sub(rb"// Update Rate:[^\n]*\n", b"", path.read_bytes())
    port = serve_dashboard().port
    job = handed_over(port, contents)
    assert (job["state"], job["asks_rate"], len(job["sensors"])) == ("asking", False, 3)
    places = {name: next(ids[one] for one in ids if one in name) for name in job["sensors"]}
    job = answered(port, job, places=places)
    assert (job["state"], job["asks_rate"], job["sensors"]) == ("asking", True, [])
    job = answered(port, job, rate_hz="100")
    assert job["state"] == "done", job["problem"]
    (summary,) = store.sessions()
    assert summary.strides_left > 0
    assert summary.strides_right > 0
    assert not list(store.folder.glob(".incoming-*/*"))


def test_answers_are_checked(serve_dashboard: ServeDashboard, store: Store, tmp_path: Path) -> None:
    contents = {
        path.name: path.read_bytes() for path in files_that_tell_nothing(tmp_path / "exports")
    }
    port = serve_dashboard().port
    job = handed_over(port, contents)
    assert job["state"] == "asking"

    def refused(**said: Any) -> int:
        body = json.dumps({"job": job["id"], **said})
        return int(post_json(port, "/api/imports/answers", body).status)

    twice = dict.fromkeys(job["sensors"], "pelvis")
    assert refused(places=twice) == 409
    assert refused(places=dict.fromkeys(job["sensors"], "knee")) == 422
    for rate in ("fast", "nan", "0", "1e9", "-60"):
        assert refused(rate_hz=rate) == 409, rate
    assert post_json(port, "/api/imports/answers", '{"job": "x"}').status == 409
    foreign = ask(
        port,
        "/api/imports/answers",
        method="POST",
        headers={"Origin": "http://evil.example", "Content-Type": "application/json"},
        body=b"{}",
    )
    assert foreign.status == 403
    left_out = answered(port, job, places=dict.fromkeys(job["sensors"], ""), rate_hz="100")
    assert left_out["state"] == "failed"
    assert "worn" in left_out["problem"]
    assert refused(rate_hz="100") == 409  # it has ended
    assert store.sessions() == []
    assert not list(store.folder.glob(".incoming-*/*"))


@pytest.mark.browser
@pytest.mark.timeout(240)
def test_the_page_asks_and_the_import_goes_on(
    serve_dashboard: ServeDashboard, open_page: OpenPage, store: Store, tmp_path: Path
) -> None:
    page = open_page()
    page.goto(f"{serve_dashboard().url}/sessions")
    expect(page.locator("#import-drop")).to_be_visible()
    drop_files(page, "#import-drop", files_that_tell_nothing(tmp_path / "exports"))
    form = page.locator("#import-jobs form")
    expect(form.locator("select")).to_have_count(3, timeout=60_000)
    assert accessibility_problems(page) == []
    for number, place in enumerate(WORN, start=1):
        form.get_by_label(f"sensor {number}", exact=False).select_option(place)
    form.get_by_role("button").click()
    rate = form.get_by_label("Sampling rate (Hz)")
    expect(rate).to_be_visible(timeout=60_000)
    rate.fill("100,0")
    form.get_by_role("button").click()
    expect(page.locator("#import-jobs li a")).to_be_visible(timeout=60_000)
    assert len(store.sessions()) == 1
