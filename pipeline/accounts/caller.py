"""Who asks: the person, share or device on whose behalf the program reads and writes.

The server sets it for each request; everything below takes it from here. Without one, nothing of
a library with accounts can be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

Role = Literal["runner", "therapist", "admin"]
ROLES: tuple[Role, ...] = ("runner", "therapist", "admin")
PERSONS = frozenset(ROLES)
"""Kinds of callers that are a person with an account."""
Kind = Literal["runner", "therapist", "admin", "share", "device"]
"""A role of a person, a link that shows one session, or a machine that sends."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes:
        kind: role of the person, ``share`` or ``device``.
        user_id: account; of a share or device, of the person who made it.
        name: what the person is called; empty for shares and devices.
        runner_ids: runners whose sessions may be seen.
        own_runner_id: the runner that this is, or that the device sends for; else empty.
        session_id: the only session that may be seen; empty for no such bound.
        device_id: the device; empty for others.
    """

    kind: Kind
    user_id: str
    name: str = ""
    runner_ids: frozenset[str] = frozenset()
    own_runner_id: str = ""
    session_id: str = ""
    device_id: str = ""


_CALLER: ContextVar[Caller | None] = ContextVar("caller", default=None)
_OWNERS: ContextVar[dict[tuple[str, str], str] | None] = ContextVar("owners", default=None)


def caller() -> Caller | None:
    """Who asks now; None when nobody was recognised."""
    return _CALLER.get()


@contextmanager
def acting_for(who: Caller | None) -> Iterator[None]:
    """Act on somebody's behalf for a while.

    Args:
        who: the caller; None for nobody.
    """
    token = _CALLER.set(who)
    try:
        yield
    finally:
        _CALLER.reset(token)


@contextmanager
def in_one_request() -> Iterator[None]:
    """What is asked of the catalogue again and again, whose a session is, is asked once for a while.

    For what is answered within a moment; a job of minutes must ask anew.
    """
    token = _OWNERS.set({})
    try:
        yield
    finally:
        _OWNERS.reset(token)


def owners_read() -> dict[tuple[str, str], str] | None:
    """Runner by library and session, as this request has read it; None outside of one."""
    return _OWNERS.get()


def now_acting_for(who: Caller) -> None:
    """Go on, in this context, on behalf of somebody who may see more or less than before."""
    _CALLER.set(who)


def as_role(text: str) -> Role:
    """A role out of the catalogue or from a command.

    Raises:
        ValueError: there is no such role.
    """
    if text not in ROLES:
        raise ValueError(f"no role {text[:20]!r}")
    return text
