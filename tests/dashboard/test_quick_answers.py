"""What is answered out of what is kept is what Dash would have answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboard.app import create_app
from dashboard.quick_answers import QuickAnswers
from pipeline.journal_entry import Remark
from pipeline.store import Store
from tests.dashboard.made_sessions import make_session

HERE = "http://127.0.0.1"
PAGE = "..page-content.children...page-title.data...page-problem.children.."
UNKNOWN = "00000000-0000-0000-0000-00000000dead"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, list[str]]]:
    with Store.open(tmp_path_factory.mktemp("quick") / "library") as store:
        ids = [store.add_session(make_session(number)) for number in range(1, 5)]
        store.journal.write_remark(ids[1], Remark(("new shoe",), "</script> “note” \\ \n ä"))
        recording = store.folder.parent / "a.mcap"
        recording.write_bytes(b"no recording")
        ids.append(store.add_session(make_session(7), recording))
        yield store, ids


def body(output: str, **values: object) -> dict[str, Any]:
    """What a page sends."""
    if output == PAGE:
        inputs = [{"id": "url", "property": "pathname", "value": values["path"]}]
        states: list[dict[str, Any]] = []
    else:
        query = {"trend-box.children": "trend-query", "stride-grid.children": "stride-query"}
        known = query.get(output)
        inputs = [{"id": known, "property": "data", "value": values.get("query")}] if known else []
        states = [{"id": "session-id", "property": "data", "value": values["session"]}]
        if not known:
            inputs, states = states, []
    names = [p.rpartition(".")[::2] for p in output.strip(".").split("...")]
    outputs = [{"id": name, "property": key} for name, key in names]
    return {
        "output": output,
        "outputs": outputs if output.startswith("..") else outputs[0],
        "inputs": inputs,
        "state": states,
        "changedPropIds": [f"{i['id']}.{i['property']}" for i in inputs],
    }


def ask(app: Any, sent: object, *, packed: bool = True, language: str = "en") -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
            return await client.post(
                "/_dash-update-component",
                content=sent if isinstance(sent, bytes) else json.dumps(sent).encode(),
                headers={
                    "Origin": HERE,
                    "Content-Type": "application/json",
                    "Accept-Language": language,
                    "Accept-Encoding": "gzip" if packed else "identity",
                },
            )

    return asyncio.run(send())


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_quick_answer_is_what_dash_would_have_said(
    library: tuple[Store, list[str]], monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    store, ids = library
    runner = store.summary(ids[0]).runner_id
    asked = [
        *[body(PAGE, path=path) for path in ("/sessions", "/sessions/", "/", f"/runners/{runner}")],
        *[body(PAGE, path=path) for path in (f"/runners/{UNKNOWN}", "/runners", "/metrics", "/x")],
        *[body(PAGE, path=f"/sessions/{key}") for key in (*ids, UNKNOWN, ids[0].upper())],
        *[body("recorded-box.children", session=key) for key in (*ids, UNKNOWN, 5, None)],
        *[
            body("trend-box.children", session=key, query=query)
            for key in (ids[0], UNKNOWN, None)
            for query in ({"metric": "tir_exc_deg"}, {"metric": "heart_rate_bpm"}, {}, None, "x")
        ],
        *[
            body("stride-grid.children", session=key, query=query)
            for key in (ids[0], UNKNOWN, None)
            for query in ({"page": "2"}, {"sort": "tir_exc_deg", "order": "desc"}, {}, None)
        ],
    ]
    app = create_app(store=store)
    given: list[bool] = []
    answer = QuickAnswers._answer

    def watched(self: QuickAnswers, sent: bytes) -> bytes | None:
        found = answer(self, sent)
        given.append(found is not None)
        return found

    monkeypatch.setattr(QuickAnswers, "_answer", watched)
    quick = [ask(app, sent, language=language) for sent in asked]
    usual = [*asked[:4], *[body(PAGE, path=f"/sessions/{key}") for key in ids]]
    usual += [
        body("trend-box.children", session=ids[0], query={"metric": "tir_exc_deg"}),
        body("recorded-box.children", session=ids[0]),
        body("stride-grid.children", session=ids[0], query={"page": "2"}),
    ]
    left = [sent for sent, quickly in zip(asked, given, strict=True) if not quickly]
    assert [sent for sent in usual if sent in left] == [], "these went through Dash"
    again = [ask(app, sent, language=language, packed=False) for sent in asked]
    monkeypatch.setattr(QuickAnswers, "_answer", lambda *_: None)
    plain = [ask(app, sent, language=language) for sent in asked]
    for sent, one, two, three in zip(asked, quick, again, plain, strict=True):
        said = (one.status_code, one.content and one.json())
        assert said == (two.status_code, two.content and two.json()), sent
        assert said == (three.status_code, three.content and three.json()), sent


def test_what_a_browser_would_not_send_is_left_to_dash(library: tuple[Store, list[str]]) -> None:
    store, _ = library
    quick = QuickAnswers(create_app(store=store), store=store, live=False)
    sent = (b"", b"[]", b"{", b'{"output": []}', b'{"output": null}', b"[" * 100_000, b"\xff")
    for junk in (*sent, json.dumps({"output": PAGE, "inputs": [1]}).encode()):
        assert quick._answer(junk) is None
    assert quick._answer(json.dumps(body(PAGE, path=5)).encode()) is None


@pytest.mark.parametrize("path", ["/runners/\ud800", "/sessions/\ud800", "/runners/%00"])
def test_an_address_that_no_database_takes_is_that_of_nobody(
    library: tuple[Store, list[str]], caplog: pytest.LogCaptureFixture, path: str
) -> None:
    answer = ask(create_app(store=library[0]), body(PAGE, path=path))
    assert answer.status_code == 200
    assert "No such" in answer.text
    assert caplog.records == []


def test_a_changed_library_is_answered_anew(tmp_path: Path) -> None:
    with Store.open(tmp_path / "library") as store:
        app = create_app(store=store)
        session_id = store.add_session(make_session(1, runner="Ann"))
        runner_id = store.summary(session_id).runner_id
        paths = ["/sessions", f"/sessions/{session_id}", f"/runners/{runner_id}"]

        def seen() -> list[str]:
            return [ask(app, body(PAGE, path=path)).text for path in paths]

        before = seen()
        assert seen() == before
        store.journal.write_remark(session_id, Remark(("uphill",), "hot"))
        after = seen()
        for old, new in zip(before, after, strict=True):
            assert "uphill" not in old
            assert "uphill" in new
        store.delete_session(session_id)
        assert all("uphill" not in text for text in seen())
