"""Whether the text of a cell is a number."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(inf|infinity|nan)", re.I)
_UNKNOWN = frozenset({"", "na", "n/a", "null"})


def is_number(cell: str, decimal_point: str = ".") -> bool:
    """Whether the readers take a cell for a number, or for the lack of one.

    Not finite numbers and empty cells count: they are looked for later, on the whole column.
    """
    text = cell.strip()
    if decimal_point != ".":
        text = text.replace(".", "x").replace(decimal_point, ".")
    return text.casefold() in _UNKNOWN or _NUMBER.fullmatch(text) is not None
