"""A small practice: who there is, whose sessions there are, and asking as each of them."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from dashboard.accounts.settings import AccountSettings
from dashboard.app import create_app
from pipeline.journal_entry import JournalEntry
from pipeline.live_source import LiveSource
from pipeline.store import Store
from tests.dashboard.made_sessions import make_session

PASSWORD = "a long enough password"
_SCRATCH = TemporaryDirectory(prefix="levelstride-clinic-")
HERE = "http://127.0.0.1"
MONITOR = "monitor-token"
NAMES = {"anna": "Anna Mine", "bert": "Bert Mine", "zoe": "Zoe Secret"}
"""Runners: Anna has an account and is Tom's, Bert is Tom's, Zoe is Ute's alone."""


@dataclass
class Clinic:
    """The practice.

    Attributes:
        store: the whole library.
        sessions: session id by runner.
        runners: runner id by runner.
        tokens: secret of each asker: cookie, share link or bearer token.
    """

    store: Store
    sessions: dict[str, str] = field(default_factory=dict)
    runners: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    settings: AccountSettings = field(
        default_factory=lambda: AccountSettings(monitor_token=MONITOR)
    )
    app: Any = None

    def open(self, live: LiveSource | None = None, setup: Any = None) -> None:
        """Make the application."""
        self.app = create_app(store=self.store, accounts=self.settings, live=live, setup=setup)

    def headers(self, asker: str) -> dict[str, str]:
        """What a request of somebody carries."""
        if asker == "anonymous":
            return {}
        if asker in {"device", "monitor"}:
            return {"Authorization": f"Bearer {self.tokens[asker]}"}
        name = "levelstride-share" if asker == "share" else "levelstride-session"
        return {"Cookie": f"{name}={self.tokens[asker]}"}

    def ask(
        self,
        asker: str,
        path: str,
        *,
        method: str = "GET",
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Ask as somebody; redirects are not followed."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                return await client.request(
                    method,
                    path,
                    content=b"" if body is None else content,
                    headers={
                        "Origin": HERE,
                        "Content-Type": "application/json",
                        **({"Content-Length": "0"} if body is None else {}),
                        **self.headers(asker),
                        **(headers or {}),
                    },
                )

        return asyncio.run(send())

    def connect(self, asker: str, path: str, *, origin: str = HERE) -> str:
        """Open a socket as somebody: ``open`` or ``refused``; it is closed at once."""
        headers = {"Host": "127.0.0.1", "Origin": origin, **self.headers(asker)}
        scope = {
            "type": "websocket",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "ws",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", 80),
            "subprotocols": [],
        }
        said: list[str] = []

        async def talk() -> None:
            answered = asyncio.Event()
            asked = iter(["websocket.connect"])

            async def receive() -> dict[str, Any]:
                kind = next(asked, None)
                if kind is None:
                    await answered.wait()
                    return {"type": "websocket.disconnect", "code": 1001}
                return {"type": kind}

            async def send(message: Any) -> None:
                said.append(message["type"])
                answered.set()

            await self.app(scope, receive, send)

        asyncio.run(talk())
        return {"websocket.accept": "open", "websocket.close": "refused"}[said[0]]

    def callback(self, asker: str, output: str, values: Mapping[str, object]) -> httpx.Response:
        """Ask a callback of the pages, as the page's script does.

        Args:
            asker: who.
            output: the callback's output.
            values: of inputs and states, by ``id.property``.
        """
        found = [d for d in self.dependencies() if d["output"] == output]
        assert found, output

        def filled(parts: Any) -> list[dict[str, object]]:
            return [
                {**part, "value": values.get(f"{part['id']}.{part['property']}")} for part in parts
            ]

        outputs = [
            {"id": part.rpartition(".")[0], "property": part.rpartition(".")[2]}
            for part in output.strip(".").split("...")
        ]
        body = {
            "output": output,
            "outputs": outputs if output.startswith("..") else outputs[0],
            "inputs": filled(found[0]["inputs"]),
            "state": filled(found[0]["state"]),
            "changedPropIds": [f"{p['id']}.{p['property']}" for p in found[0]["inputs"][:1]],
        }
        return self.ask(asker, "/_dash-update-component", method="POST", body=body)

    def dependencies(self) -> list[dict[str, Any]]:
        """Callbacks as the pages know them."""
        found: list[dict[str, Any]] = self.ask("admin", "/_dash-dependencies").json()
        return found


def make_clinic(folder: Path, **settings: Any) -> Clinic:
    """A practice in a new library: a copy of one that is made once in a run of tests."""
    made = _first_clinic()
    shutil.copytree(made.folder, folder)
    return Clinic(
        Store.open(folder),
        settings=AccountSettings(monitor_token=MONITOR, **settings),
        sessions=dict(made.sessions),
        runners=dict(made.runners),
        tokens=dict(made.tokens),
        users=dict(made.users),
    )


@dataclass
class _Made:
    folder: Path
    sessions: dict[str, str] = field(default_factory=dict)
    runners: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)


@cache
def _first_clinic() -> _Made:
    clinic = _Made(Path(_SCRATCH.name) / "library")
    with Store.open(clinic.folder) as store:
        _fill(store, clinic)
    return clinic


def _fill(store: Store, clinic: _Made) -> None:
    for number, (key, name) in enumerate(NAMES.items()):
        clinic.sessions[key] = store.add_session(make_session(number, runner=name, per_side=25))
        found = store.journal.runner_id(name)
        assert found is not None
        clinic.runners[key] = found
        store.journal.add_entry(
            found, JournalEntry(make_session(number).started_utc.date(), note=f"note of {name}")
        )  # type: ignore[union-attr]
    people = store.accounts.people
    for user, role in (("ada", "admin"), ("tom", "therapist"), ("ute", "therapist")):
        clinic.users[user] = people.add(user, role).user_id  # type: ignore[arg-type]
    clinic.users["anna"] = people.add("anna", "runner", runner_id=clinic.runners["anna"]).user_id
    for user, runner in (("tom", "anna"), ("tom", "bert"), ("ute", "zoe")):
        people.assign(user, clinic.runners[runner])
    clinic.tokens = {
        "admin": people.begin(clinic.users["ada"]),
        "therapist": people.begin(clinic.users["tom"]),
        "ute": people.begin(clinic.users["ute"]),
        "runner": people.begin(clinic.users["anna"]),
        "monitor": MONITOR,
        "device": store.accounts.devices.register(
            clinic.users["anna"], "phone", clinic.runners["anna"]
        )[1],
        "share": store.accounts.shares.give(
            clinic.users["tom"], clinic.sessions["bert"], clinic.runners["bert"], days=7
        )[1],
    }
