"""The language of a request: words, numbers and dates as a reader expects them.

English texts are the keys of one catalogue (``dashboard.translations``); a text that it does not
have is shown in English. The language of a request comes from the reader's choice (a cookie) or,
without one, from what the browser asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.translations.german import GERMAN

LANGUAGES = ("en", "de")
LANGUAGE_NAMES = {"en": "English", "de": "Deutsch"}
COOKIE = "levelstride-language"
_LANGUAGE: ContextVar[str] = ContextVar("language", default="en")


def language() -> str:
    """Language of the request that is being answered: ``en`` or ``de``."""
    return _LANGUAGE.get()


def use_language(name: str) -> None:
    """Answer in a language from now on, in this context.

    Args:
        name: one of ``LANGUAGES``; any other one means English.
    """
    _LANGUAGE.set(name if name in LANGUAGES else "en")


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """Answer in a language for a while.

    Args:
        name: one of ``LANGUAGES``; any other one means English.
    """
    token = _LANGUAGE.set(name if name in LANGUAGES else "en")
    try:
        yield
    finally:
        _LANGUAGE.reset(token)


def tr(text: str, /, **values: object) -> str:
    """A text in the language of the request.

    Args:
        text: English text, the key of the catalogue.
        values: what stands in its braces.
    """
    words = GERMAN.get(text, text) if language() == "de" else text
    return words.format(**values) if values else words


def capital(text: str) -> str:
    """A text with a capital at its beginning; the others stay, as German nouns have them."""
    return text[:1].upper() + text[1:]


def decimal(text: str) -> str:
    """A number as text with the decimal sign of the language."""
    return text.replace(".", ",") if language() == "de" else text


def day_text(day: date) -> str:
    """A day: ``2026-03-31`` or ``31.03.2026``."""
    return f"{day:%d.%m.%Y}" if language() == "de" else f"{day:%Y-%m-%d}"


def moment_text(moment: datetime) -> str:
    """A day and time in the computer's own time zone."""
    local = moment.astimezone()
    return f"{day_text(local.date())} {local:%H:%M}"


def wanted_language(headers: Headers) -> str:
    """Language that a request asks for.

    Args:
        headers: headers of the request; not to be trusted.
    """
    try:
        chosen = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        chosen = None
    if chosen is not None and chosen.value in LANGUAGES:
        return chosen.value
    for part in headers.get("accept-language", "")[:200].split(","):
        name = part.split(";")[0].strip().split("-")[0].lower()
        if name in LANGUAGES:
            return name
    return "en"


class LanguageChoice:
    """ASGI middleware that sets the language of each request.

    Args:
        app: what answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Set the language, and pass the request on."""
        if scope["type"] in ("http", "websocket"):
            use_language(wanted_language(Headers(scope=scope)))
        await self._app(scope, receive, send)
