"""The report as PDF: tagged, with selectable text and vector figures."""

from __future__ import annotations

import logging

from dashboard.errors import PdfUnavailable

PDF_VARIANT = "pdf/ua-1"


def report_pdf(html: str) -> bytes:
    """Lay out the report on pages.

    Args:
        html: what ``report_html`` made.

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
    document = weasyprint.HTML(string=html, url_fetcher=fetcher, base_url=None)
    data = document.write_pdf(pdf_variant=PDF_VARIANT)
    return bytes(data or b"")
