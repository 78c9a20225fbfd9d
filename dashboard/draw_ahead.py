"""Draws what people look at first of a session, before anybody asks for it."""

from __future__ import annotations

from dashboard.drawing_elsewhere import ESTIMATES, PAGE, Piece
from dashboard.drawn_session import page_is_kept, session_text, trend_is_kept, trend_text
from dashboard.kept_tables import session_with_tables
from dashboard.language import LANGUAGES, speaking
from dashboard.pages.session import CARD_METRICS
from dashboard.recorded_marks import recorded
from dashboard.runner_history import LOOKED_AT, runner_sessions, session_estimates
from pipeline.store import Store

TREND_METRICS = (*CARD_METRICS, "contact_time_s", "stride_time_s")
"""Metrics whose trends are drawn ahead: those of the cards, and the two most asked for otherwise."""


def draw_ahead(store: Store, session_id: str) -> None:
    """Keep the review page of a session, and the trends of its first metrics, in all languages.

    Args:
        store: the whole library.
        session_id: the session.

    Raises:
        SessionNotFound: no session has this id.
        StoreError: the session cannot be read.
    """
    for piece in lacking_pieces(store, session_id):
        draw_piece(store, piece)


def lacking_pieces(store: Store, session_id: str) -> list[Piece]:
    """What of a session is not kept as it would be drawn now, in order of drawing.

    Args:
        store: the whole library.
        session_id: the session.

    Raises:
        SessionNotFound: no session has this id.
        StoreError: the catalogue cannot be read.
    """
    summary = store.summary(session_id, metrics=False)
    pieces = []
    for name in LANGUAGES:
        with speaking(name):
            if not page_is_kept(store, summary):
                pieces.append(Piece(summary.session_id, PAGE, name))
            pieces += [
                Piece(summary.session_id, metric, name)
                for metric in TREND_METRICS
                if not trend_is_kept(store, summary, metric)
            ]
    return pieces


def draw_piece(store: Store, piece: Piece) -> bool:
    """Draw a piece and keep it; one that is kept already is left.

    Args:
        store: the whole library.
        piece: what is to be drawn.

    Returns:
        Whether it is kept now; a page of damaged data is not, and a trend that is not known.

    Raises:
        SessionNotFound: no session has this id.
        StoreError: the session cannot be read.
    """
    if piece.part == ESTIMATES:
        return _keep_estimates(store, piece.session_id)
    with speaking(piece.language):
        if piece.part == PAGE:
            if page_is_kept(store, store.summary(piece.session_id, metrics=False)):
                return True
        elif _settled(store, piece):  # trends come after the page, which has read the recording
            return True
        # what is drawn is kept only when it holds what the recording says
        recorded(store, session_with_tables(store, piece.session_id), wait=True)
        return _settled(store, piece)


def _settled(store: Store, piece: Piece) -> bool:
    if piece.part == PAGE:
        return session_text(store, piece.session_id).settled
    text = trend_text(store, piece.session_id, piece.part)
    return text is not None and text.settled


def _keep_estimates(store: Store, session_id: str) -> bool:
    summary = store.summary(session_id, metrics=False)
    for one in runner_sessions(store, summary.runner_id, metrics=False)[:LOOKED_AT]:
        session_estimates(store, one)
    return True
