"""Parts that reports are put together from: cut texts, pictures, tables, lists."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape

from dashboard.language import tr


def shortened(text: str, characters: int | None) -> tuple[str, str]:
    """A text that people wrote, cut after a word if need be, and what is said of the cut.

    Args:
        text: the text.
        characters: how many of them may stay; None for all.
    """
    text = text.strip()
    if characters is None or len(text) <= characters:
        return text, ""
    kept = text[:characters].rsplit(maxsplit=1)[0] if characters else ""
    cut = tr(
        "Cut here: {shown} of {count} characters; the rest stands on the page of the session or "
        "runner and in the HTML report.",
        shown=len(kept),
        count=len(text),
    )
    return f"{kept} …" if kept else "", cut


def figure(svg: str | None, words: str, caption: str) -> str:
    """A chart as a picture that cannot do anything, with words for those who cannot see it."""
    if svg is None:
        return ""
    data = base64.b64encode(svg.encode()).decode()
    return (
        f'<figure><img alt="{escape(words)}" src="data:image/svg+xml;base64,{data}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of HTML cells; the first cell of a row is its heading."""
    head = "".join(f'<th scope="col">{escape(words)}</th>' for words in headings)
    body = "".join(
        "<tr>"
        f'<th scope="row">{row[0]}</th>' + "".join(f"<td>{cell}</td>" for cell in row[1:]) + "</tr>"
        for row in rows
    )
    # On a phone a wide table is scrolled, also by keyboard.
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(", ".join(headings))}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def listed(sentences: Iterable[str]) -> str:
    """A list of sentences."""
    return f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in sentences)}</ul>"
