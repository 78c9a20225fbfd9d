"""Empty, partial and damaged sessions: every page shows what is known, and says what is not."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from plotly.utils import PlotlyJSONEncoder

from dashboard import routes
from dashboard.language import speaking
from dashboard.pages.router import page_for
from dashboard.report.make import session_report
from dashboard.session_callbacks import raw_for, recorded_for, rows_of, trend_for, zoomed
from pipeline.session import Session
from pipeline.store import Store
from pipeline.tasks.repetition import Repetition
from tests.dashboard.made_sessions import make_session, make_stride
from tests.dashboard.requests import ask
from tests.dashboard.served import ServedDashboard
from tests.simulated import simulated

RUNNER = "Ruth <b>R</b>"
Damage = Callable[[Path, str], None]


def _table(kind: str, change: Callable[[bytes], bytes | None]) -> Damage:
    def damage(folder: Path, session_id: str) -> None:
        path = folder / kind / f"{session_id}.parquet"
        data = change(path.read_bytes() if path.exists() else b"")
        if data is None:
            path.unlink()
        else:
            path.write_bytes(data)

    return damage


def _rewritten(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[bytes], bytes]:
    def rewrite(data: bytes) -> bytes:
        out = io.BytesIO()
        change(pd.read_parquet(io.BytesIO(data))).to_parquet(out, index=False)
        return out.getvalue()

    return rewrite


STRIDES: dict[str, Damage] = {
    "strides gone": _table("strides", lambda data: None),
    "strides no table": _table("strides", lambda data: b""),
    "strides cut": _table("strides", lambda data: data[: len(data) // 2]),
    "strides of something else": _table(
        "strides", _rewritten(lambda table: pd.DataFrame({"a": [1, 2]}))
    ),
    "strides without truth": _table(
        "strides", _rewritten(lambda table: table.assign(valid="perhaps"))
    ),
    "strides with words for numbers": _table(
        "strides", _rewritten(lambda table: table.assign(cpd_peak_deg="much"))
    ),
}
TABLES: dict[str, Damage] = {
    "curves gone": _table("curves", lambda data: None),
    "curves cut": _table("curves", lambda data: data[:100]),
    "repetitions no table": _table("repetitions", lambda data: b"PAR1"),
}


def _recording(change: Callable[[bytes], bytes | None]) -> Damage:
    def damage(folder: Path, session_id: str) -> None:
        path = folder / "recordings" / f"{session_id}.mcap"
        data = change(path.read_bytes())
        if data is None:
            path.unlink()
        else:
            path.write_bytes(data)

    return damage


RECORDINGS: dict[str, Damage] = {
    "recording gone": _recording(lambda data: None),
    "recording empty": _recording(lambda data: b""),
    "recording no recording": _recording(lambda data: b"{" * 5000),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a library: three sessions of a runner; the newest one has a recording."""
    folder = tmp_path_factory.mktemp("made") / "library"
    with Store.open(folder) as store:
        for number in range(2):
            store.add_session(make_session(number, per_side=30, runner=RUNNER))
        recording = simulated(20.0, 3).path
        store.add_session(make_session(2, per_side=30, runner=RUNNER), recording)
    return folder


@pytest.fixture
def library(tmp_path: Path, made: Path) -> Iterator[Store]:
    """A copy of it, to be damaged."""
    shutil.copytree(made, tmp_path / "library")
    with Store.open(tmp_path / "library") as store:
        yield store


def plain(component: Any) -> str:
    """A page as the browser gets it, with texts as they are shown."""
    return unescape(json.dumps(component, cls=PlotlyJSONEncoder, ensure_ascii=False))


def all_pages(store: Store, session_id: str) -> dict[str, str]:
    """Every page that shows a session, all of them can be made."""
    runner_id = store.summary(session_id).runner_id
    others = [s.session_id for s in store.sessions()]
    addresses = {
        "session": routes.session_url(session_id),
        "library": routes.SESSIONS,
        "runners": routes.RUNNERS,
        "runner": routes.runner_url(runner_id),
        "compare": routes.compare_url(*others),
        "within": routes.compare_url(session_id),
    }
    found = {}
    for name, address in addresses.items():
        found[name] = plain(page_for(address, store=store, live=False).content)
    found["report"] = session_report(store, session_id)
    with speaking("de"):
        german = plain(page_for(addresses["session"], store=store, live=False).content)
    assert "Qualität" in german
    assert "0:31" in found["session"], "the duration is known"
    assert RUNNER in found["session"]
    assert "Not a medical device" in found["report"]
    return found


def answers(store: Store, session_id: str) -> dict[str, int]:
    """Status of everything of a session that can be fetched; none is a fault of the server."""
    runner_id = store.summary(session_id).runner_id
    addresses = (
        routes.strides_csv_url(session_id),
        routes.filled(routes.SESSION_REPORT, session_id=session_id, kind="html"),
        routes.filled(routes.RUNNER_EXPORT, runner_id=runner_id),
    )
    served = ServedDashboard(store, None)
    served.start()
    try:
        return {address: ask(served.port, address).status for address in addresses}
    finally:
        served.stop()


def _newest(store: Store) -> str:
    return store.sessions()[0].session_id


@pytest.mark.parametrize("name", STRIDES)
def test_without_readable_strides_the_kept_medians_are_shown(library: Store, name: str) -> None:
    session_id = _newest(library)
    STRIDES[name](library.folder, session_id)
    pages = all_pages(library, session_id)
    median = library.summary(session_id).metrics["left"]["cpd_peak_deg"].median
    for page in ("session", "report"):
        assert "Part of this session cannot be read" in pages[page]
        assert f"{median:.1f}°" in pages[page]
        assert str(library.folder) not in pages[page]
    assert "curve-drop" in pages["session"], "curves are known all the same"
    assert "1 session cannot be read and is left out" in pages["compare"]
    assert "1 session cannot be read and is left out" in pages["runner"]
    assert trend_for(library, session_id, "cpd_peak_deg") is not None
    assert "No stride matches" in plain(rows_of(library, session_id, {"page": "1"}))


@pytest.mark.parametrize("name", TABLES)
def test_without_another_table_the_rest_stands(library: Store, name: str) -> None:
    session_id = _newest(library)
    TABLES[name](library.folder, session_id)
    pages = all_pages(library, session_id)
    assert "Part of this session cannot be read" in pages["session"]
    assert "card-left-cpd_peak_deg" in pages["session"]


@pytest.mark.parametrize("name", RECORDINGS)
def test_without_a_readable_recording_the_numbers_stand(library: Store, name: str) -> None:
    session_id = _newest(library)
    RECORDINGS[name](library.folder, session_id)
    pages = all_pages(library, session_id)
    assert "card-left-cpd_peak_deg" in pages["session"]
    later = plain(recorded_for(library, session_id))
    assert "conditions within the run are not known" in pages["session"] + later
    raw = plain(raw_for(library, session_id, "pelvis", "gyr"))
    assert "ls-remark" in raw
    assert str(library.folder) not in raw


def test_damaged_samples_for_drawing_are_made_anew(library: Store) -> None:
    session_id = _newest(library)
    assert "raw-graph" in plain(raw_for(library, session_id, "pelvis", "gyr"))
    folder = library.signal_folder(session_id)
    facts = json.loads((folder / "facts.json").read_text("utf-8"))
    for damage in (
        lambda: (folder / "pelvis.npy").write_bytes(b"x"),
        lambda: (folder / "pelvis-time.npy").unlink(),
        lambda: (folder / "facts.json").write_text(json.dumps({"version": facts["version"]})),
        lambda: (folder / "facts.json").write_text("[]"),
        lambda: (folder / "recording.json").write_text('{"stamp_ns": '),
    ):
        damage()
        window = [0.1, 0.2]
        assert "lines" in plain(zoomed(library, session_id, "pelvis", "gyr", window))
        damage()
        assert "raw-graph" in plain(raw_for(library, session_id, "pelvis", "gyr"))


def test_nothing_of_a_damaged_session_is_a_fault_of_the_server(library: Store) -> None:
    session_id = _newest(library)
    STRIDES["strides no table"](library.folder, session_id)
    RECORDINGS["recording gone"](library.folder, session_id)
    assert list(answers(library, session_id).values()) == [409, 200, 200]


def _partial() -> dict[str, Session]:
    few = [make_stride(n, "left") for n in range(3)]
    unknown = [make_stride(n, side, known=False) for n in range(9) for side in ("left", "right")]
    invalid = [make_stride(n, "right", flags=("gap",)) for n in range(9)]
    walk = [make_stride(n, "left", gait="walk") for n in range(30)]
    made = {
        "no stride": make_session(5, strides=[], runner=RUNNER, per_side=30),
        "one stride": make_session(5, strides=few[:1], runner=RUNNER, per_side=30),
        "few on one side": make_session(5, strides=few, runner=RUNNER, per_side=30),
        "nothing known": make_session(5, strides=unknown, runner=RUNNER, per_side=30),
        "none valid": make_session(5, strides=invalid, runner=RUNNER, per_side=30),
        "walking on one side": make_session(5, strides=walk, runner=RUNNER, per_side=30),
        "no quality": make_session(5, runner=RUNNER, per_side=30),
        "no date, no name of a shoe": make_session(5, runner=RUNNER, per_side=30),
    }
    made["no quality"] = replace(made["no quality"], quality={}, provenance={})
    undated = made["no date, no name of a shoe"]
    made["no date, no name of a shoe"] = replace(undated, started_utc=None, conditions={})
    return made


@pytest.mark.parametrize("name", _partial())
def test_partial_sessions_show_what_is_known(library: Store, name: str) -> None:
    session_id = library.add_session(_partial()[name])
    pages = all_pages(library, session_id)
    text = pages["session"]
    known = any(library.summary(session_id).metrics.values())
    assert ("No valid stride" in text) == (not known)
    assert "NaN" not in text
    assert "nan" not in pages["report"].replace("finance", "")
    if name == "no quality":
        assert "How the sensors were aligned to the body is not known." in text
    if name == "no date, no name of a shoe":
        assert "date not known" in text


def test_a_session_of_tasks_alone_has_their_numbers_on_page_and_report(library: Store) -> None:
    repetitions = [
        Repetition(
            "step_down", "left", n + 1, 4.0 * n, 4.0 * n + 1, 4.0 * n + 2, {"wobble_deg_s": 7.5}
        )
        for n in range(3)
    ]
    session = replace(
        make_session(5, strides=[], runner=RUNNER, per_side=30), repetitions=repetitions
    )
    pages = all_pages(library, library.add_session(session))
    assert "The single-leg tasks of the session follow." in pages["session"]
    for page in ("session", "report"):
        assert "7.5°/s" in pages[page]
        assert "No valid stride" not in pages[page]
        assert "Left (3 repetitions)" in pages[page]
