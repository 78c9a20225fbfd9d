"""Sign-in with the practice's identity provider (OpenID Connect, code flow with PKCE)."""

from __future__ import annotations

import asyncio
import hmac
from html import escape

from fastapi import FastAPI, Request
from starlette.responses import RedirectResponse, Response

from dashboard.accounts import cookies
from dashboard.accounts import routes as own
from dashboard.accounts.html import card, document
from dashboard.accounts.provider import Provider, ProviderFailed
from dashboard.accounts.provider_settings import ProviderSettings
from dashboard.accounts.settings import AccountSettings
from dashboard.accounts.sign_in_pages import SignInPages
from dashboard.language import tr
from dashboard.operations.figures import FIGURES
from pipeline.accounts.accounts import Accounts
from pipeline.accounts.secrets import new_token

_COOKIE_S = 600


class ProviderPages:
    """Endpoints; add them with ``add``.

    Args:
        accounts: who there is.
        settings: how the dashboard is run.
        provider: which provider.
        signing_in: lets a person in.
    """

    def __init__(
        self,
        accounts: Accounts,
        settings: AccountSettings,
        provider: ProviderSettings,
        signing_in: SignInPages,
    ) -> None:
        self._accounts = accounts
        self._settings = settings
        self._signing_in = signing_in
        self._provider = Provider(provider)

    def add(self, app: FastAPI) -> None:
        """Add the endpoints to ``app``."""
        app.add_api_route(own.PROVIDER, self.leave, methods=["GET"])
        app.add_api_route(own.PROVIDER_RETURN, self.come_back, methods=["GET"])

    def _returns(self, request: Request) -> str:
        # Without a public address: the guard has checked the host that the request names.
        here = self._settings.public_url or f"{request.url.scheme}://{request.url.netloc}"
        return here + own.PROVIDER_RETURN

    async def leave(self, request: Request) -> Response:
        """Send the browser to the provider."""
        state, nonce, verifier = new_token(), new_token(), new_token()
        try:
            where = await self._provider.address(
                returns=self._returns(request), state=state, nonce=nonce, verifier=verifier
            )
        except ProviderFailed as error:
            return document(request, tr("Sign in"), "", problem=str(error), status=502)
        response = RedirectResponse(where, 303)
        cookies.set_cookie(
            response,
            cookies.PROVIDER,
            f"{state}.{nonce}.{verifier}",
            secure=self._settings.secure,
            max_age=_COOKIE_S,
        )
        return response

    async def come_back(self, request: Request) -> Response:
        """Take the browser back, and let in whom the provider names."""
        try:
            subject = await self._subject(request)
        except ProviderFailed as error:
            FIGURES.count("sign_ins", result="refused")
            return self._once(document(request, tr("Sign in"), "", problem=str(error), status=403))
        user = await asyncio.to_thread(self._accounts.people.by_subject, subject)
        if user is None:
            FIGURES.count("sign_ins", result="refused")
            words = tr("No account here belongs to you yet. Tell the administrator this id:")
            inner = f'<p><code class="ls-secret" id="subject">{escape(subject)}</code></p>'
            page = document(request, tr("Sign in"), card(words, inner), status=403)
            return self._once(page)
        FIGURES.count("sign_ins", result="done")
        return self._once(await self._signing_in.let_in(request, user, "/"))

    async def _subject(self, request: Request) -> str:
        asked = request.query_params
        kept = cookies.cookie(request.headers, cookies.PROVIDER, secure=self._settings.secure)
        state, _, rest = kept.partition(".")
        nonce, _, verifier = rest.partition(".")
        came_back = asked.get("state", "").encode("utf-8", "replace")
        if not verifier or not hmac.compare_digest(state.encode(), came_back):
            raise ProviderFailed("this browser did not ask for it")
        if "code" not in asked:
            raise ProviderFailed("it did not let you in")
        return await self._provider.subject(
            code=asked["code"], returns=self._returns(request), nonce=nonce, verifier=verifier
        )

    def _once(self, response: Response) -> Response:
        cookies.drop_cookie(response, cookies.PROVIDER, secure=self._settings.secure)
        return response
