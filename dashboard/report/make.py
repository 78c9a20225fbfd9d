"""Makes the report of a stored session."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version

from dashboard.report.content import FITS, Audience, ReportContent
from dashboard.report.document import report_html
from dashboard.report.pdf import report_pdf
from dashboard.runner_history import HISTORY_METRICS, history, others_of
from dashboard.session_view import session_view
from pipeline.journal_entry import Plan
from pipeline.store import Store
from pipeline.stride import SIDES


def session_report(store: Store, session_id: str, audience: Audience = "colleague") -> str:
    """The report of a session as HTML, with everything that was written.

    Args:
        store: library.
        session_id: id, not to be trusted.
        audience: for whom it is.

    Raises:
        SessionNotFound: no session has this id.
        StoreError: the session cannot be read.
    """
    return report_html(report_content(store, session_id, audience))


def session_report_pdf(store: Store, session_id: str, audience: Audience = "colleague") -> bytes:
    """The report as two printed pages; long texts are cut, and it is said there.

    Arguments and errors are those of ``session_report``, and one more:

    Raises:
        PdfUnavailable: the library that makes PDF, or the system library it needs, is not there.
    """
    content = report_content(store, session_id, audience)
    return report_pdf(lambda fit: report_html(replace(content, fit=fit)), FITS)


def report_content(store: Store, session_id: str, audience: Audience) -> ReportContent:
    """What the report shows; arguments and errors are those of ``session_report``."""
    view = session_view(store, session_id, wait=True)
    summary = view.stored.summary
    others = others_of(store, summary)
    written = store.journal.runner_file(summary.runner_id)
    named = bool(summary.runner)
    sessions = sorted([summary, *others], key=lambda s: s.started_utc or s.added_utc, reverse=True)
    return ReportContent(
        view=view,
        made=datetime.now(UTC),
        software=f"levelstride {version('levelstride')}",
        histories={
            key: {side: history(store, sessions, key, side) for side in SIDES}
            for key in HISTORY_METRICS
        }
        if others
        else {},
        entries=written.entries if named else (),
        plan=written.plan if named else Plan(),
        audience=audience,
    )
