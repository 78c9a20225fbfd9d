"""The library: search, filters, import, and the sessions found, newest first."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from dashboard import routes
from dashboard.language import tr
from dashboard.parts.attributes import attributes
from dashboard.parts.forms import choice_field
from dashboard.parts.import_box import import_box
from dashboard.parts.library_table import library_table
from dashboard.parts.notice import notice
from dashboard.text import EMPTY_LIBRARY, EMPTY_LIBRARY_TITLE
from pipeline.session_search import SearchResult

PAGE_ROWS = 50
"""Sessions on one page of the list."""
BOX_ID = "library-box"
WORDS_ID = "library-words"
QUERY_ID = "library-query"
FILTERS = ("runner", "condition", "tag", "gait", "quality")
"""Names of the filters, in the order of ``filter_of``."""
ANSWERED_IDS = frozenset({BOX_ID, WORDS_ID})
"""Elements that callbacks read or fill."""
QUALITY_WORDS = {
    "clean": "without remarks",
    "remarks": "with remarks on its data",
    "empty": "without valid strides",
}


def _select(name: str, label: str, choices: list[tuple[str, str]]) -> Any:
    return choice_field(f"library-{name}", name, label, [("", tr("all")), *choices])


def _filters(found: SearchResult) -> Any:
    return html.Div(
        [
            html.Div(
                [
                    html.Label(tr("Search"), htmlFor=WORDS_ID, className="ls-label"),
                    dcc.Input(
                        id=WORDS_ID,
                        type="search",
                        value="",
                        placeholder=tr("name, date, shoe, tag …"),
                        debounce=0.25,
                        maxLength=200,
                        autoComplete="off",
                        className="ls-input",
                    ),
                ],
                className="ls-field ls-filter-words",
            ),
            _select(
                "runner",
                tr("Runner"),
                [(key, name or tr("not given")) for key, name in found.runners.items()],
            ),
            _select(
                "condition",
                tr("Condition"),
                [(words, f"{words} ({count})") for words, count in found.conditions.items()],
            ),
            _select("tag", tr("Tag"), [(tag, f"{tag} ({n})") for tag, n in found.tags.items()]),
            _select("gait", tr("Gait"), [("run", tr("running")), ("walk", tr("walking"))]),
            _select(
                "quality", tr("Quality"), [(key, tr(words)) for key, words in QUALITY_WORDS.items()]
            ),
        ],
        className="ls-card ls-filters",
        role="search",
        **attributes(aria_label=tr("Search sessions")),
    )


def count_text(found: SearchResult) -> str:
    """How many sessions there are, and how many match."""
    if found.total == 1 and found.matching == 1:
        return tr("1 session")
    if found.matching == found.total:
        return tr("{count} sessions", count=found.total)
    return tr("{count} of {total} sessions", count=found.matching, total=found.total)


def page_buttons(pages: int, page: int) -> list[Any]:
    """Numbers of pages: the first, the last, and those around the one that is shown.

    Args:
        pages: how many there are.
        page: the one that is shown, from 1.
    """
    buttons: list[Any] = []
    before = 0
    for number in range(1, pages + 1):
        if number not in {1, pages} and abs(number - page) > 2:
            continue
        if number > before + 1:
            buttons.append(html.Span("…", **attributes(aria_hidden="true")))
        before = number
        here = attributes(aria_current="page") if number == page else {}
        buttons.append(
            html.Button(
                str(number),
                type="button",
                className="ls-page",
                **attributes(data_set=f"page={number}"),
                **here,
            )
        )
    return buttons


def found_box(found: SearchResult, page: int) -> list[Any]:
    """Count, table and page numbers.

    Args:
        found: sessions of this page, and the counts.
        page: number of the page, from 1.
    """
    pages = max(1, -(-found.matching // PAGE_ROWS))
    return [
        html.P(count_text(found), id="library-count", className="ls-dim", role="status"),
        library_table(found.sessions)
        if found.sessions
        else notice(tr("No session matches"), tr("Take a filter back, or search for other words.")),
        html.Div(
            page_buttons(pages, min(page, pages)),
            className="ls-pages",
            hidden=pages == 1,
            **attributes(aria_label=tr("Pages of the list")),
            role="navigation",
        ),
    ]


def sessions_page(found: SearchResult, *, live: bool) -> Any:
    """The list, or what to do when it is empty.

    Args:
        found: first page of all sessions.
        live: whether the live page can make a session.
    """
    if not found.total:
        commands = html.Ul(
            [
                html.Li([html.Code("levelstride demo"), f" {tr('shows a simulated runner.')}"]),
                html.Li(
                    [
                        html.Code("levelstride live"),
                        f" {tr('measures with sensors and stores the session.')}",
                    ]
                ),
            ]
        )
        links = ((tr("Go to the live page"), routes.LIVE),) if live else ()
        box = import_box()
        box.open = True
        return html.Div(
            [
                html.H1(tr("Sessions")),
                notice(tr(EMPTY_LIBRARY_TITLE), tr(EMPTY_LIBRARY), commands, links=links),
                box,
            ]
        )
    return html.Div(
        [
            html.H1(tr("Sessions")),
            import_box(),
            dcc.Store(id=QUERY_ID),
            html.Div(
                [_filters(found), html.Div(found_box(found, 1), id=BOX_ID)],
                **attributes(data_query=QUERY_ID),
            ),
            html.P(
                tr(
                    "Values are medians over valid strides. They describe sessions; they do not "
                    "rate runners."
                ),
                className="ls-dim ls-small",
            ),
        ]
    )
