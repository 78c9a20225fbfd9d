"""Raw requests to a served dashboard, with whatever headers a test wants."""

from __future__ import annotations

import http.client
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """Status, headers (lower case names) and body of an answer."""

    status: int
    headers: dict[str, str]
    body: bytes


def ask(
    port: int,
    path: str,
    *,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
) -> Answer:
    """Send one request to this computer; Host is right unless ``headers`` give another."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        return Answer(
            answer.status,
            {name.lower(): value for name, value in answer.getheaders()},
            answer.read(),
        )
    finally:
        connection.close()


def post_json(port: int, path: str, body: str, **headers: str) -> Answer:
    """Post JSON as the dashboard's own page would; ``headers`` override."""
    given = {
        "Origin": f"http://127.0.0.1:{port}",
        "Content-Type": "application/json",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return ask(port, path, method="POST", headers=given, body=body.encode())
