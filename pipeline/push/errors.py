"""Errors of sending."""

from __future__ import annotations

from sensors.errors import LevelstrideError


class PushError(LevelstrideError):
    """A recording could not be sent."""


class PushRefused(PushError):
    """The library does not take the recording; sending it again will not help.

    Attributes:
        status: what the server answered.
    """

    def __init__(self, what: str, *, status: int, where: str, remedy: str = "") -> None:
        self.status = status
        super().__init__(what, where=where, remedy=remedy)


class PushUnreachable(PushError):
    """The library could not be reached for long; what has arrived there is kept."""


class ClearText(PushError):
    """The address would send movement data and the token unencrypted."""

    def __init__(self, url: str) -> None:
        super().__init__(
            "recordings and the token would cross the network in the clear",
            where=url,
            remedy="Use an address with https://, or --insecure in a network that you trust",
        )
