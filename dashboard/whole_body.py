"""The body of a request, read once and given on to whoever reads it next."""

from __future__ import annotations

from starlette.types import Message, Receive

LONGEST_CALLBACK = 1_000_000
"""Bytes that what a page sends to a callback may have."""


async def whole_body(receive: Receive) -> bytes | None:
    """The body; None when it is too long, or the sender is gone."""
    parts = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts += message.get("body", b"")
        if len(parts) > LONGEST_CALLBACK:
            return None
        if not message.get("more_body", False):
            return bytes(parts)


def again(body: bytes | None, receive: Receive) -> Receive:
    """Gives a body that was read already, and then what comes after it."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body or b"", "more_body": False}

    return replay
