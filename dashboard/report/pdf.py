"""The report as PDF: two tagged pages, with selectable text and vector figures."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from dashboard.errors import PdfUnavailable
from dashboard.report.printable import printable

PDF_VARIANT = "pdf/ua-1"
PAGES = 2
FitOne = TypeVar("FitOne")


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
        page = printable(html(fit))
        document = weasyprint.HTML(string=page, url_fetcher=fetcher, base_url=None)
        laid_out = document.render(pdf_variant=PDF_VARIANT)
        if len(laid_out.pages) <= PAGES:
            return bytes(laid_out.write_pdf(pdf_variant=PDF_VARIANT) or b"")
        data = bytes(laid_out.write_pdf(pdf_variant=PDF_VARIANT) or b"")
    return data
