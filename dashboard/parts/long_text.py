"""A text that people wrote, folded when it is long."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.language import tr

SHOWN_AT_ONCE = 1200
"""Characters of a text that is shown without being unfolded."""
SHOWN_OF_LONG = 600


def long_text(text: str, element_id: str | None = None) -> list[Any]:
    """The text; of a long one the beginning, and the whole to be unfolded.

    Args:
        text: as it was written.
        element_id: id of the element that holds it, or its beginning.
    """
    more: dict[str, Any] = {"id": element_id} if element_id else {}
    if len(text) <= SHOWN_AT_ONCE:
        return [html.P(text, className="ls-user-text", dir="auto", **more)]
    begin = text.strip()[:SHOWN_OF_LONG].rsplit(maxsplit=1)[0]
    words = tr("Show all {count} characters", count=len(text))
    return [
        html.P(f"{begin} …", className="ls-user-text", dir="auto", **more),
        html.Details(
            [html.Summary(words), html.P(text, className="ls-user-text", dir="auto")],
            className="ls-details",
        ),
    ]
