"""Errors of the simulator: a small tree of its own, because the simulator imports no other room."""

from __future__ import annotations


class SimulationError(ValueError):
    """A session that cannot be simulated as asked.

    Attributes:
        field: Name of the offending argument.
        value: What was given, as text.
    """

    def __init__(self, field: str, value: object, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.value = repr(value)


class FirmwareError(Exception):
    """A GATT request that the simulated firmware refuses with an ATT error.

    Attributes:
        att_code: ATT error code that goes back over the air (Core spec Vol 3, Part F, 3.4.1.1).
    """

    def __init__(self, att_code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.att_code = att_code
