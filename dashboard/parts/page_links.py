"""Links to the parts of a long page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.language import tr
from dashboard.parts.attributes import attributes


def page_links(parts: Sequence[tuple[str, str]], element_id: str) -> Any:
    """A line of links within the page.

    Args:
        parts: ids of the parts with their titles, in order.
        element_id: id of the line.
    """
    return html.Nav(
        [html.A(title, href=f"#{name}") for name, title in parts],
        id=element_id,
        className="ls-page-links",
        **attributes(aria_label=tr("On this page")),
    )
