"""The report as one HTML file without script and without anything from elsewhere."""

from __future__ import annotations

from html import escape
from pathlib import Path

from dashboard.language import language, tr
from dashboard.number_text import date_text
from dashboard.report.content import ReportContent
from dashboard.report.first_page import first_page
from dashboard.report.second_page import second_page


def report_html(content: ReportContent) -> str:
    """The report as one HTML document.

    Args:
        content: everything it shows; texts of people are escaped.
    """
    style = (Path(__file__).parent / "style.css").read_text("utf-8")
    summary = content.view.stored.summary
    title = f"{tr('Running session')} {date_text(summary.started_utc)}"
    body = "\n".join([*first_page(content), *second_page(content)])
    return (
        f'<!DOCTYPE html>\n<html lang="{language()}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n"
        '<link rel="icon" href="data:,">\n'
        f'<meta name="generator" content="{escape(content.software)}">\n'
        f'<style>\n{style}</style>\n</head>\n<body class="tight-{content.fit.tightness}">\n{body}\n</body>\n</html>\n'
    )
