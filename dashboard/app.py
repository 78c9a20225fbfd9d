"""The dashboard's application: Dash pages, live endpoints and the guard, on one FastAPI app."""

from __future__ import annotations

import asyncio
import logging
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from dash import ClientsideFunction, Dash, Input, Output, html, no_update, set_props
from dash.exceptions import DependencyException
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from dashboard import routes
from dashboard.accounts import routes as account_routes
from dashboard.accounts.install import AccountsOfApp, refused_page, share_bar
from dashboard.accounts.settings import AccountSettings
from dashboard.compare_callbacks import add_compare_callbacks, compare_skeleton
from dashboard.download_endpoint import add_download_endpoint
from dashboard.guard import ALLOWED_HOSTS, Guard, content_security_policy
from dashboard.import_endpoint import add_import_endpoints
from dashboard.import_jobs import ImportJobs
from dashboard.journal_endpoint import add_journal_endpoints
from dashboard.language import LanguageChoice, language
from dashboard.library_callbacks import add_library_callbacks, library_skeleton
from dashboard.live_endpoint import add_live_endpoints
from dashboard.operations.endpoints import add_operations_endpoints
from dashboard.operations.observe import Observe
from dashboard.pages.router import is_page, page_for
from dashboard.pages.shell import CONTENT_ID, PROBLEM_ID, TITLE_ID, URL_ID, shell
from dashboard.parts.notice import notice
from dashboard.quick_answers import QuickAnswers
from dashboard.report_endpoint import add_report_endpoint
from dashboard.session_callbacks import add_session_callbacks, session_skeleton
from dashboard.setup_endpoint import add_setup_endpoints
from dashboard.text import APP_NAME
from dashboard.warm_up import warm_up
from pipeline.live_source import LiveSource
from pipeline.setup_session import SetupSource
from pipeline.store import Store
from sensors.errors import LevelstrideError

# Dash makes its page from the "current request", which it sets for "/" only.
_fastapi_backend: Any = import_module("dash.backends._fastapi")
_LOG = logging.getLogger(__name__)

_INDEX = """<!DOCTYPE html>
<html lang="%LANGUAGE%">
    <head>
        {%metas%}
        <meta name="color-scheme" content="light dark">
        <title>{%title%}</title>
        <link rel="icon" type="image/svg+xml" href="/assets/favicon.svg">
        {%css%}
    </head>
    <body>
        {%app_entry%}
        <noscript>The dashboard needs JavaScript, from this computer only.</noscript>
        <footer>
            {%config%}
            {%scripts%}
            {%renderer%}
        </footer>
    </body>
</html>"""


def _report_failure(error: Exception) -> Any:
    """Tell the user that a callback failed, and log why."""
    _LOG.error("a page could not be made", exc_info=error)
    known = isinstance(error, LevelstrideError)
    set_props(
        PROBLEM_ID,
        {
            "children": notice(
                "This part of the page could not be made",
                str(error)
                if known
                else "The cause is in the program's log. Reload the page to try again.",
            )
        },
    )
    return no_update


def _add_page_callbacks(dash_app: Any, store: Store, *, live: bool, setup: bool) -> None:
    async def show_page(asked: object) -> tuple[Any, str, None]:
        path = asked if isinstance(asked, str) else "/"
        refused = refused_page(path)
        if refused is not None:
            return refused, APP_NAME, None
        page = await asyncio.to_thread(page_for, path, store=store, live=live, setup=setup)
        bar = share_bar(path)
        return [bar, page.content] if bar is not None else page.content, page.title, None

    dash_app.callback(
        Output(CONTENT_ID, "children"),
        Output(TITLE_ID, "data"),
        Output(PROBLEM_ID, "children"),
        Input(URL_ID, "pathname"),
    )(show_page)
    dash_app.clientside_callback(
        ClientsideFunction("levelstride", "show_title"),
        Output("main", "data-title"),
        Input(TITLE_ID, "data"),
        prevent_initial_call=True,
    )


def _add_index(server: FastAPI, dash_app: Any) -> None:
    # Dash adds its own catch-all to whichever application was made last; this one is ours, and
    # gives an unknown address its proper status.
    async def index(request: Request) -> HTMLResponse:
        token = _fastapi_backend.set_current_request(request)
        try:
            return HTMLResponse(dash_app.index(), 200 if is_page(request.url.path) else 404)
        finally:
            _fastapi_backend.reset_current_request(token)

    server.add_api_route("/{path:path}", index, methods=["GET"], include_in_schema=False)


async def _no_such_script(request: Request, error: Exception) -> Response:
    """Dash raises for a script that it does not have; a wrong address is no fault of the server."""
    del request, error
    return PlainTextResponse("There is no such file.", 404)


def create_app(
    *,
    store: Store,
    live: LiveSource | None = None,
    setup: SetupSource | None = None,
    accounts: AccountSettings | None = None,
) -> FastAPI:
    """Make the dashboard's application.

    Args:
        store: library whose sessions are shown.
        live: session that the live page watches and controls; None for review only.
        setup: finds sensors before a session; None offers no set-up.
        accounts: how people sign in; None for one person at this computer, who sees everything.

    Returns:
        An ASGI application for ``dashboard.server.serve``.
    """
    server = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    server.add_exception_handler(DependencyException, _no_such_script)

    @server.get(routes.HEALTH)
    async def health() -> JSONResponse:
        return JSONResponse({"status": "ok", "live": live is not None})

    signing_in = None if accounts is None else AccountsOfApp(store, accounts)
    add_operations_endpoints(server, store, signing_in.gauges if signing_in else dict)
    if signing_in is not None:
        signing_in.add_endpoints(server)
        store = signing_in.store
    add_download_endpoint(server, store)
    add_journal_endpoints(server, store)
    add_report_endpoint(server, store)
    jobs = ImportJobs(store) if signing_in is None else signing_in.jobs
    add_import_endpoints(server, jobs)
    server.router.on_startup.append(warm_up)
    server.router.on_shutdown.append(jobs.close)
    if signing_in is not None:
        server.router.on_shutdown.append(signing_in.close)
    if live is not None:
        add_live_endpoints(server, live)
    can_set_up = live is not None and setup is not None
    if live is not None and setup is not None:
        add_setup_endpoints(server, setup)
    # Any: the parts of Dash that are used here carry no or wrong types.
    dash_app: Any = Dash(
        __name__,
        server=cast("Any", server),
        title=APP_NAME,
        update_title="",
        assets_folder=str(Path(__file__).parent / "assets"),
        index_string=_INDEX,
        serve_locally=True,
        compress=False,
        enable_mcp=False,
        on_error=_report_failure,
    )
    plain_index = dash_app.index
    dash_app.index = lambda *given, **named: plain_index(*given, **named).replace(
        "%LANGUAGE%", language(), 1
    )
    account = account_routes.ACCOUNT if signing_in else ""
    # A function, as the words depend on the request.
    dash_app.layout = lambda: shell(live=live is not None, setup=can_set_up, account=account)
    dash_app.validation_layout = html.Div(
        [dash_app.layout(), session_skeleton(), library_skeleton(), compare_skeleton()]
    )
    _add_page_callbacks(dash_app, store, live=live is not None, setup=can_set_up)
    add_session_callbacks(dash_app, store)
    add_library_callbacks(dash_app, store)
    add_compare_callbacks(dash_app, store)
    _add_index(server, dash_app)
    # Pages use no Dash callbacks over a socket; without this each tab would hold one open.
    dash_app.backend.websocket_capability = False
    dash_app.enable_dev_tools(debug=False, dev_tools_disable_version_check=True)
    # Dash lists assets at the first request for "/"; a first request for another page would
    # come without them.
    dash_app._setup_server()
    # Hashes of inline scripts are known only after the last callback is defined.
    csp = content_security_policy(dash_app.csp_hashes())
    server.add_middleware(
        QuickAnswers,
        store=store,
        live=live is not None,
        drawings=signing_in.drawings if signing_in is not None else None,
    )
    server.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=4)
    if signing_in is not None:
        signing_in.add_door(server)
    server.add_middleware(LanguageChoice)
    server.add_middleware(Observe)
    if accounts is None:
        server.add_middleware(Guard, csp=csp)
    else:
        server.add_middleware(
            Guard,
            csp=csp,
            allowed_hosts=ALLOWED_HOSTS | accounts.hosts,
            any_address=accounts.any_address,
            secure=accounts.secure,
        )
    return server
