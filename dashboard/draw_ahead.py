"""Draws what people look at first of a session, before anybody asks for it."""

from __future__ import annotations

from dashboard.drawn_session import session_text, trend_text
from dashboard.language import LANGUAGES, speaking
from dashboard.pages.session import CARD_METRICS
from dashboard.recorded_marks import recorded
from pipeline.store import Store


def draw_ahead(store: Store, session_id: str) -> None:
    """Keep the review page of a session, and the trends of its headline metrics, in all languages.

    Args:
        store: the whole library.
        session_id: the session.

    Raises:
        SessionNotFound: no session has this id.
        StoreError: the session cannot be read.
    """
    for name in LANGUAGES:
        with speaking(name):
            if not session_text(store, session_id).settled:
                # a page is kept only when it holds what the recording says
                recorded(store, store.session(session_id, whole=False), wait=True)
                session_text(store, session_id)
            for metric in CARD_METRICS:
                trend_text(store, session_id, metric)
