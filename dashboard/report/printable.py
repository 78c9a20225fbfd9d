"""Signs that no font of this computer has: emoji in words, others as an empty sign, and said so."""

from __future__ import annotations

import bisect
import re
import shutil
import subprocess
import unicodedata
from functools import lru_cache

from dashboard.language import tr

STAND_IN = "▯"
"""Stands for a sign that cannot be printed."""
_PICTURE = (
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u2300-\u23ff]"
    "[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]*"
)
_PICTURES = re.compile(f"{_PICTURE}(?:\u200d{_PICTURE})*")
"""Pictures among letters (emoji), with what joins and colours them."""
_UNUSUAL = re.compile("[^\x00-\u024f]")
_NEED_NO_GLYPH = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_SELECTORS = range(0xFE00, 0xFE10)
_FONTS_TIMEOUT_S = 10
Ranges = tuple[tuple[int, int], ...]


def _ranges(listed: str) -> Ranges:
    """First and last code of each range in lines such as ``:charset=20-7e a0``, in order, apart."""
    found: list[tuple[int, int]] = []
    for word in re.findall(r"(?<![^\s=])[0-9a-f]+(?:-[0-9a-f]+)?(?!\S)", listed):
        first, _, last = word.partition("-")
        found.append((int(first, 16), int(last or first, 16)))
    joined: list[tuple[int, int]] = []
    for first, last in sorted(found):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return tuple(joined)


@lru_cache(maxsize=1)
def _signs_of_fonts() -> Ranges | None:
    """Signs that some font of this computer has; None where that cannot be asked."""
    tool = shutil.which("fc-list")
    if tool is None:
        return None
    try:
        found = subprocess.run(  # noqa: S603  # a fixed program
            [tool, ":", "charset"], capture_output=True, timeout=_FONTS_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return _ranges(found.stdout.decode("ascii", "replace")) or None


def _has_font(sign: str) -> bool:
    """Whether a font has a sign. Where that cannot be asked, letters are taken to have one."""
    known = _signs_of_fonts()
    if known is None:
        return not _PICTURES.match(sign)
    place = bisect.bisect_right(known, (ord(sign), 0x110000)) - 1
    return place >= 0 and known[place][0] <= ord(sign) <= known[place][1]


def printable(document: str) -> str:
    """An HTML document in which every sign can be printed.

    Emoji that no font has are put in words (``[runner]``), other signs as ``STAND_IN``, and the
    document then says at its end how many: a font would otherwise print boxes, and a reader of the
    screen would say nothing.

    Args:
        document: HTML with ``</body>``.
    """
    missing = 0

    def word(found: re.Match[str]) -> str:
        sign = found.group()[0]
        if _has_font(sign):
            return found.group()
        return f"[{unicodedata.name(sign, 'picture').lower()}]"

    def stand_in(found: re.Match[str]) -> str:
        nonlocal missing
        sign = found.group()
        if (
            unicodedata.category(sign) in _NEED_NO_GLYPH
            or ord(sign) in _SELECTORS
            or _has_font(sign)
        ):
            return sign
        missing += 1
        return STAND_IN

    text = _UNUSUAL.sub(stand_in, _PICTURES.sub(word, document))
    if not missing:
        return text
    words = tr(
        "{count} signs are printed as {sign}, as no font of this computer has them; the HTML "
        "report and the pages show them wherever the reader's computer can.",
        count=missing,
        sign=STAND_IN,
    )
    return text.replace("</body>", f'<p class="small">{words}</p>\n</body>')
