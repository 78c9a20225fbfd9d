"""Whether the text of a cell is a number."""

from __future__ import annotations

import re

NULL_CELLS = ("", "nan", "NaN", "NAN", "NA", "N/A", "na", "n/a", "null", "NULL", "-nan")
"""Cells that stand for the lack of a number, exactly as written."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?(inf|infinity|nan)", re.I | re.ASCII)
_BLANKS = " \t"
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+(e[+-]?\d+)?", re.I | re.ASCII)


def is_number(cell: str, decimal_point: str = ".") -> bool:
    """Whether the readers take a cell for a number, or for the lack of one.

    Not finite numbers and empty cells count: they are looked for later, on the whole column.
    """
    if cell in NULL_CELLS:
        return True
    text = cell.strip(_BLANKS)
    if decimal_point != ".":
        text = text.replace(".", "x").replace(decimal_point, ".")
    return _NUMBER.fullmatch(text) is not None


def has_decimal_comma(cell: str) -> bool:
    """Whether a cell would be a number if its comma were a decimal point."""
    return _DECIMAL_COMMA.fullmatch(cell.strip(' \t"')) is not None
