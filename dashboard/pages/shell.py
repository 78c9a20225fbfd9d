"""The frame around every page: skip link, header with navigation, footer."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from dashboard import routes
from dashboard.language import LANGUAGE_NAMES, tr
from dashboard.parts.attributes import attributes
from dashboard.text import APP_NAME, FOOTER, FOOTER_DETAIL

URL_ID = "url"
CONTENT_ID = "page-content"
TITLE_ID = "page-title"
PROBLEM_ID = "page-problem"


def shell(*, live: bool, setup: bool = False, account: str = "") -> Any:
    """Layout of the whole application; the router fills the content.

    Args:
        live: whether a live session can be watched, and so is linked.
        setup: whether sensors can be set up.
        account: address of the page of one's account; empty without accounts.
    """
    links = [
        (tr("Sessions"), routes.SESSIONS),
        (tr("Runners"), routes.RUNNERS),
        (tr("Compare"), routes.COMPARE),
        (tr("Metrics"), routes.METRICS),
        (tr("Help"), routes.HELP_THERAPIST),
    ]
    if setup:
        links.insert(0, (tr("Set-up"), routes.SETUP))
    if live:
        links.insert(0, (tr("Live"), routes.LIVE))
    return html.Div(
        [
            dcc.Location(id=URL_ID, refresh="callback-nav"),
            dcc.Store(id=TITLE_ID),
            html.A(tr("Skip to content"), href="#main", className="ls-skip"),
            html.Header(
                [
                    dcc.Link(APP_NAME, href="/", className="ls-brand"),
                    html.Nav(
                        [dcc.Link(words, href=href, className="ls-nav") for words, href in links],
                        **attributes(aria_label=tr("Main")),
                    ),
                    *(
                        # not a page of this application, so the browser has to load it
                        [html.A(tr("Account"), href=account, className="ls-nav", id="account")]
                        if account
                        else []
                    ),
                    html.Select(
                        [
                            html.Option(name, value=key, lang=key)
                            for key, name in LANGUAGE_NAMES.items()
                        ],
                        id="language",
                        className="ls-select",
                        **attributes(aria_label=tr("Language")),
                    ),
                    html.Button(
                        html.Span(tr("Dark"), id="colour-scheme-words"),
                        id="colour-scheme",
                        className="ls-scheme",
                        **attributes(aria_label=tr("Dark colours"), aria_pressed="false"),
                    ),
                ],
                className="ls-header",
            ),
            html.Main(
                [
                    html.Div(id=PROBLEM_ID, role="alert"),
                    html.Div(id=CONTENT_ID),
                ],
                id="main",
                className="ls-main",
                tabIndex=-1,
            ),
            html.Footer(
                [html.Strong(tr(FOOTER)), html.Span(tr(FOOTER_DETAIL))], className="ls-footer"
            ),
        ],
    )
