"""What a first drawing is left to: the process that asks, or another one.

A first drawing computes for a while, and a process of Python computes one thing at a time. A server
for many therefore only shows what was drawn, and has what was not drawn by another process.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

PAGE = "page"
ESTIMATES = "estimates"
_ELSEWHERE: ContextVar[bool] = ContextVar("drawn elsewhere", default=False)


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that is drawn at a time.

    Attributes:
        session_id: the session.
        part: ``PAGE``, its review page; a metric, whose trend it is; or ``ESTIMATES``, the values
            of all sessions of its runner, that others are held against.
        language: of the texts; empty for numbers.
    """

    session_id: str
    part: str
    language: str = ""


class NotDrawn(Exception):
    """A piece was not drawn before, and is not to be drawn here.

    Attributes:
        piece: what lacks.
        made_from: everything that it would be drawn from.
    """

    def __init__(self, piece: Piece, made_from: Hashable) -> None:
        self.piece = piece
        self.made_from = made_from
        super().__init__(piece)


@contextmanager
def drawing_elsewhere() -> Iterator[None]:
    """Raise ``NotDrawn`` for a while, where something would have to be drawn for the first time."""
    token = _ELSEWHERE.set(True)
    try:
        yield
    finally:
        _ELSEWHERE.reset(token)


def draw_here(piece: Piece, made_from: Hashable) -> None:
    """Go on and draw a piece, unless it is to be drawn elsewhere.

    Args:
        piece: what was not drawn before.
        made_from: everything that it is drawn from.

    Raises:
        NotDrawn: it is to be drawn elsewhere.
    """
    if _ELSEWHERE.get():
        raise NotDrawn(piece, made_from)
