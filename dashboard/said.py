"""Sentences of the program in the language of the request: with names and numbers in them.

The session, the sensors and their errors speak English, since recordings and the terminal keep what they say.
Pages translate it here: whole, as the text of a template with its fields, or sentence by sentence. What the
catalogue does not know stays English.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from functools import cache

from dashboard.language import day_text, decimal, language, tr
from dashboard.translations.german import GERMAN
from dashboard.translations.german_said import SAID

MOST = 2000
"""Longer texts are left as they are."""
_FIELD = re.compile(r"\\?\{(\w+)\\?\}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_NUMBER = re.compile(r"[-−]?\d+(\.\d+)?")
_SENTENCE_END = re.compile(r"(?<=[.!?]) (?=[A-Z])")
_PLACES = re.compile(r" and |, ")


def said(text: str) -> str:
    """A sentence of the program, in the language of the request.

    Args:
        text: English.
    """
    if language() == "en" or not text or len(text) > MOST:
        return text
    if text in GERMAN:
        return tr(text)
    parts = _SENTENCE_END.split(text)
    return " ".join(_sentence(part) for part in parts)


def _sentence(text: str) -> str:
    """One sentence; its full stop and its capital may be missing in the catalogue."""
    if text in GERMAN:
        return tr(text)
    bare, stop = (text[:-1], ".") if text.endswith(".") else (text, "")
    known = _known(bare)
    if known is None and bare[:1].isupper():
        known = _known(bare[:1].lower() + bare[1:])
        known = None if known is None else known[:1].upper() + known[1:]
    if known is None and ": " in bare:  # a place, a sensor or a file stands before what happened
        head, rest = bare.split(": ", 1)
        said_of_it = _sentence(rest)
        known = None if said_of_it == rest else f"{_field(head)}: {said_of_it}"
    return text if known is None else f"{known}{stop}"


def _known(text: str) -> str | None:
    """A text of the catalogue, or one that fits a template; None otherwise."""
    if text in GERMAN:
        return tr(text)
    for pattern, german in _templates():
        found = pattern.fullmatch(text)
        if found is not None:
            fields = {name: _field(value) for name, value in found.groupdict().items()}
            return german.format(**fields)
    return None


@cache
def _templates() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple(
        (re.compile(_FIELD.sub(r"(?P<\1>(?:(?![.!?] [A-Z]).)+?)", re.escape(english))), german)
        for english, german in SAID.items()
        if "{" in english
    )


def _field(text: str) -> str:
    """What stands in a field: a number, places on the body, or a text that is somebody's own."""
    if _NUMBER.fullmatch(text):
        return decimal(text)
    if _DAY.fullmatch(text):
        with suppress(ValueError):  # no such day
            return day_text(date.fromisoformat(text))
    for known in (text, text[:1].lower() + text[1:], text[:1].upper() + text[1:]):
        if known in GERMAN:
            german = tr(known)
            return german[:1].upper() + german[1:] if text[:1].isupper() else german
    places = _PLACES.split(text)
    if len(places) > 1 and all(place in GERMAN for place in places):
        return " und ".join(tr(place) for place in places)
    return _known(text) or text
