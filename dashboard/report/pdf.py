"""The report as PDF: two tagged pages, with selectable text and vector figures."""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypeVar

from dashboard.errors import PdfUnavailable

PDF_VARIANT = "pdf/ua-1"
PAGES = 2
_PICTURES = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u2300-\u23ff]"
    "[\ufe0e\ufe0f\u200d\U0001f3fb-\U0001f3ff]*"
)
"""Pictures among letters (emoji), with what joins and colours them."""
_FONTS_TIMEOUT_S = 10
FitOne = TypeVar("FitOne")


@lru_cache(maxsize=1024)
def _has_font(sign: str) -> bool:
    """Whether a font of this computer has a sign; unknown counts as no."""
    tool = shutil.which("fc-list")
    if tool is None:
        return False
    asked = [tool, f":charset={ord(sign):x}", "family"]
    try:
        found = subprocess.run(  # noqa: S603  # a fixed program and a number
            asked, capture_output=True, timeout=_FONTS_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return bool(found.stdout.strip())


def with_words_for_pictures(text: str) -> str:
    """A text whose emoji are in words where no font has them: ``[runner]``.

    Without a font a box would be printed, and a reader of the screen would say nothing.

    Args:
        text: text or HTML.
    """

    def word(found: re.Match[str]) -> str:
        sign = found.group()[0]
        if _has_font(sign):
            return found.group()
        return f"[{unicodedata.name(sign, 'picture').lower()}]"

    return _PICTURES.sub(word, text)


def report_pdf(html: Callable[[FitOne], str], fits: Iterable[FitOne]) -> bytes:
    """Lay out the report on two pages.

    Args:
        html: makes the report as HTML.
        fits: how much it shows, from roomy to tight; the first that fits is taken, else the last.

    Raises:
        PdfUnavailable: the library that makes PDF, or the system library it needs, is not there.
    """
    try:
        # A second; and only reports need Pango.
        import weasyprint
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError) as error:
        raise PdfUnavailable(str(error).splitlines()[0]) from error
    for name in ("weasyprint", "fontTools"):
        logging.getLogger(name).setLevel(logging.ERROR)

    # Pictures are part of the document; nothing is fetched from anywhere.
    fetcher = URLFetcher(allowed_protocols=("data",), allow_redirects=False)
    data = b""
    for fit in fits:
        page = with_words_for_pictures(html(fit))
        document = weasyprint.HTML(string=page, url_fetcher=fetcher, base_url=None)
        laid_out = document.render(pdf_variant=PDF_VARIANT)
        if len(laid_out.pages) <= PAGES:
            return bytes(laid_out.write_pdf(pdf_variant=PDF_VARIANT) or b"")
        data = bytes(laid_out.write_pdf(pdf_variant=PDF_VARIANT) or b"")
    return data
