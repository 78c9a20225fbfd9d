"""Pages for signing in and out, for setting a first password, and for opening a shared session."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from fastapi import FastAPI, Request
from starlette.responses import RedirectResponse, Response

from dashboard import routes
from dashboard.accounts import cookies
from dashboard.accounts import routes as own
from dashboard.accounts.doorkeeper import visitor_of
from dashboard.accounts.html import FormRefused, card, document, field, form, form_of, new_password
from dashboard.accounts.policy import rule_for
from dashboard.accounts.rate_limit import RateLimit
from dashboard.accounts.settings import AccountSettings
from dashboard.language import tr
from dashboard.operations.figures import FIGURES
from pipeline.accounts.accounts import Accounts
from pipeline.accounts.errors import AccountError, SignInRefused, TooManyTries
from pipeline.accounts.people import User
from pipeline.accounts.secrets import new_token
from pipeline.errors import FieldError


def address_of(request: Request) -> str:
    """Address of whoever asks, as the server (or the proxy it trusts) sees it."""
    return request.client.host if request.client is not None else ""


def local_page(given: str) -> str:
    """A page of this dashboard to go to after signing in; never another site's.

    Args:
        given: from an address, so not to be trusted.
    """
    harmless = given.startswith("/") and not given.startswith(("//", "/\\")) and given.isprintable()
    rule = rule_for("GET", given) if harmless else None
    return given if rule is not None and rule.is_page else "/"


class SignInPages:
    """Endpoints; add them with ``add``.

    Args:
        accounts: who there is.
        settings: how the dashboard is run.
    """

    def __init__(self, accounts: Accounts, settings: AccountSettings) -> None:
        self._accounts = accounts
        self._settings = settings
        self._limit = RateLimit()
        # Hashing is dear on purpose: a crowd that tries must not take the threads of the pages.
        self._signing = ThreadPoolExecutor(2, thread_name_prefix="sign-in")

    def add(self, app: FastAPI) -> None:
        """Add the endpoints to ``app``."""
        app.add_api_route(own.SIGN_IN, self.show_sign_in, methods=["GET"])
        app.add_api_route(own.SIGN_IN, self.sign_in, methods=["POST"])
        app.add_api_route(own.SIGN_OUT, self.sign_out, methods=["POST"])
        app.add_api_route(own.WELCOME, self.show_welcome, methods=["GET"])
        app.add_api_route(own.WELCOME, self.welcome, methods=["POST"])
        app.add_api_route(own.SHARED, self.open_share, methods=["GET"])

    async def show_sign_in(self, request: Request) -> Response:
        """The form."""
        if visitor_of(request.scope).user is not None:
            return RedirectResponse("/", 303)
        return self._sign_in_page(request, local_page(request.query_params.get("next", "/")))

    async def sign_in(self, request: Request) -> Response:
        """Check name and password."""
        after, name, address = "/", "", address_of(request)
        try:
            fields = await form_of(request, self._form_secret(request))
            after, name = local_page(fields.get("next", "/")), fields.get("name", "")[:200]
            self._limit.begin(name, address)
            user = await asyncio.get_running_loop().run_in_executor(
                self._signing, self._accounts.people.sign_in, name, fields.get("password", "")
            )
        except TooManyTries as error:
            FIGURES.count("sign_ins", result="too_many")
            refused = self._sign_in_page(request, after, name, problem=str(error), status=429)
            refused.headers["retry-after"] = str(int(error.wait_s) + 1)
            return refused
        except SignInRefused:
            FIGURES.count("sign_ins", result="refused")
            words = tr("Name or password is wrong, or the account is closed.")
            return self._sign_in_page(request, after, name, problem=words, status=403)
        except FormRefused as error:
            return self._sign_in_page(request, after, name, problem=str(error), status=403)
        self._limit.succeeded(name, address)
        FIGURES.count("sign_ins", result="done")
        return await self.let_in(request, user, after)

    async def let_in(self, request: Request, user: User, after: str) -> Response:
        """Sign a browser in, under a new token; an earlier sign-in of it ends."""
        earlier = visitor_of(request.scope).token

        def begin() -> str:
            if earlier:
                self._accounts.people.end(earlier)
            self._accounts.audit.did(user.user_id, user.role, "sign-in")
            return self._accounts.people.begin(user.user_id)

        token = await asyncio.to_thread(begin)
        response = RedirectResponse(after, 303)
        secure = self._settings.secure
        cookies.set_cookie(response, cookies.SESSION, token, secure=secure)
        for name in (cookies.FORM, cookies.SHARE):
            cookies.drop_cookie(response, name, secure=secure)
        return response

    async def sign_out(self, request: Request) -> Response:
        """End this browser's sign-in."""
        visitor = visitor_of(request.scope)
        try:
            await form_of(request, visitor.token)
        except FormRefused as error:
            if visitor.user is not None:
                return document(request, tr("Sign out"), "", problem=str(error), status=403)
        if visitor.token:
            await asyncio.to_thread(self._accounts.people.end, visitor.token)
        response = RedirectResponse(own.SIGN_IN, 303)
        response.headers["clear-site-data"] = '"cache"'
        for name in (cookies.SESSION, cookies.SHARE):
            cookies.drop_cookie(response, name, secure=self._settings.secure)
        return response

    async def show_welcome(self, request: Request, token: str) -> Response:
        """The form for a first, or forgotten, password."""
        user = await asyncio.to_thread(self._accounts.people.linked, token)
        return self._welcome_page(request, token, user)

    async def welcome(self, request: Request, token: str) -> Response:
        """Set the password; the link ends."""
        user = await asyncio.to_thread(self._accounts.people.linked, token)
        if user is None:
            return self._welcome_page(request, token, None)
        try:
            fields = await form_of(request, self._form_secret(request))
            password = new_password(fields)
            await asyncio.to_thread(self._accounts.people.set_password, user.name, password)
        except (FieldError, AccountError) as error:
            return self._welcome_page(request, token, user, problem=str(error))
        return await self.let_in(request, user, "/")

    async def open_share(self, request: Request, token: str) -> Response:
        """Open the session of a link."""
        guest = await asyncio.to_thread(self._accounts.shares.caller, token)
        if guest is None:
            words = tr("This link has ended, or never was. Ask whoever gave it for a new one.")
            return document(request, tr("Shared session"), card(words, ""), status=404)
        response = RedirectResponse(routes.session_url(guest.session_id), 303)
        response.headers["x-robots-tag"] = "noindex, nofollow"
        cookies.set_cookie(response, cookies.SHARE, token, secure=self._settings.secure)
        return response

    def _form_secret(self, request: Request) -> str:
        return cookies.cookie(request.headers, cookies.FORM, secure=self._settings.secure)

    def _with_form_secret(self, response: Response, secret: str) -> Response:
        cookies.set_cookie(
            response, cookies.FORM, secret, secure=self._settings.secure, max_age=3600
        )
        return response

    def _sign_in_page(
        self, request: Request, after: str, name: str = "", *, problem: str = "", status: int = 200
    ) -> Response:
        secret = self._form_secret(request) or new_token()
        inner = form(
            own.SIGN_IN,
            secret,
            field("name", tr("Name"), value=name, autocomplete="username", more="autofocus")
            + field("password", tr("Password"), kind="password", autocomplete="current-password"),
            tr("Sign in"),
            hidden={"next": after},
        )
        provider = self._settings.provider
        if provider is not None:
            words = provider.label or tr("Sign in with the practice's account")
            inner += f'<p><a class="ls-button" href="{own.PROVIDER}">{words}</a></p>'
        page = document(
            request,
            tr("Sign in"),
            f'<section class="ls-card">{inner}</section>',
            problem=problem,
            status=status,
        )
        return self._with_form_secret(page, secret)

    def _welcome_page(
        self, request: Request, token: str, user: User | None, *, problem: str = ""
    ) -> Response:
        if user is None:
            words = tr("This link was used, or is too old. Ask the administrator for a new one.")
            return document(request, tr("Set a password"), card(words, ""), status=404)
        secret = self._form_secret(request) or new_token()
        inner = form(
            own.WELCOME.format(token=token),
            secret,
            field("name", tr("Name"), value=user.name, autocomplete="username", more="readonly")
            + field("password", tr("New password"), kind="password", autocomplete="new-password")
            + field("again", tr("Once more"), kind="password", autocomplete="new-password"),
            tr("Set the password"),
        )
        status = 409 if problem else 200
        page = document(
            request,
            tr("Set a password"),
            f'<section class="ls-card">{inner}</section>',
            problem=problem,
            status=status,
        )
        return self._with_form_secret(page, secret)
