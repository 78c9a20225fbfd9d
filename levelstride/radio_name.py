"""What ``--radio`` names."""

from __future__ import annotations

from typing import Literal, NamedTuple


class RadioName(NamedTuple):
    """A radio, as named on the command line.

    Attributes:
        kind: ``host``, ``sim`` or ``tcp``.
        address: host and port of a virtual air, for ``tcp``.
    """

    kind: Literal["host", "sim", "tcp"]
    address: tuple[str, int] = ("", 0)

    @property
    def simulated(self) -> bool:
        """Whether nothing real can be recorded there."""
        return self.kind != "host"
