"""A dashboard that is really served, in a thread of the test process."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from dashboard.accounts.settings import AccountSettings
from dashboard.app import create_app
from dashboard.server import serve
from pipeline.live_source import LiveSource
from pipeline.setup_session import SetupSource
from pipeline.store import Store

START_TIMEOUT_S = 120


@dataclass
class ServedDashboard:
    """A server and how to stop it.

    Attributes:
        url: address without a slash at the end.
    """

    store: Store
    live: LiveSource | None
    setup: SetupSource | None = None
    accounts: AccountSettings | None = None
    url: str = ""
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _errors: list[BaseException] = field(default_factory=list)

    @property
    def port(self) -> int:
        """The port in ``url``."""
        return int(self.url.rsplit(":", 1)[1])

    def start(self, port: int = 0) -> None:
        """Serve a new application, on a free port unless one is given."""
        app = create_app(store=self.store, live=self.live, setup=self.setup, accounts=self.accounts)
        listening = threading.Event()
        self._stop = threading.Event()

        def ready(url: str) -> None:
            self.url = url
            listening.set()

        def run() -> None:
            try:
                serve(app, port=port, ready=ready, stop_event=self._stop)
            except BaseException as error:  # noqa: BLE001  # handed to the test's thread
                self._errors.append(error)
                listening.set()

        self._thread = threading.Thread(target=run, name="dashboard under test")
        self._thread.start()
        assert listening.wait(START_TIMEOUT_S), "the server did not start"
        if self._errors:
            raise self._errors[0]

    def stop(self) -> None:
        """Stop, and wait until the server has ended."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(100)
            assert not self._thread.is_alive(), "the server did not stop"
