"""A notice: something is empty, missing or wrong, and what to do next."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from dashboard.parts.attributes import attributes


def notice(title: str, *body: Any, links: tuple[tuple[str, str], ...] = ()) -> Any:
    """A calm box with a title, sentences and links.

    Args:
        title: what is the case, in a few words.
        body: sentences or components.
        links: pairs of words and address within the dashboard.
    """
    return html.Section(
        [
            html.H2(title),
            *[html.P(part) if isinstance(part, str) else part for part in body],
            *[html.P(dcc.Link(words, href=href)) for words, href in links],
        ],
        className="ls-notice",
        **attributes(aria_label=title),
    )
