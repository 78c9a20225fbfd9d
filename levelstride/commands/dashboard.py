"""``levelstride dashboard``."""

from __future__ import annotations

import ipaddress
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from dashboard.accounts.child_process import load
from levelstride.commands.options import browser_option, port_option
from levelstride.exit_codes import DONE
from levelstride.store_option import store_option

if TYPE_CHECKING:
    from pipeline.store import StorePlace

_file: Any = click.Path(path_type=Path, dir_okay=False)
_ANYWHERE = frozenset({"0.0.0.0", "::", "[::]"})  # noqa: S104 - names to recognise, not to bind


def _secret(path: Path | None, what: str) -> str:
    """The line of a file that holds a secret."""
    if path is None:
        return ""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        text = ""
    if not text or "\n" in text:
        raise click.UsageError(f"{path}, the file of the {what}, should hold one line of text.")
    return text


def _public(url: str) -> str:
    parts = urlsplit(url)
    if url and (
        parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"}
    ):
        raise click.UsageError("--public-url should be like https://clinic.example.")
    return url.rstrip("/")


def _trusted(proxies: str) -> None:
    for proxy in proxies.split(","):
        try:
            if proxy.strip() != "*":
                ipaddress.ip_network(proxy.strip(), strict=False)
        except ValueError:
            raise click.UsageError(
                f"--proxy should be addresses like 127.0.0.1 or 10.0.0.0/8, not {proxy.strip()!r}."
            ) from None


@click.command(short_help="Review pages of the library.")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="This computer only; any other address needs accounts.",
)
@port_option
@browser_option
@store_option
@click.option("--accounts", is_flag=True, help="People sign in; see levelstride users.")
@click.option("--public-url", default="", help="Address under which people reach it by a proxy.")
@click.option("--allow-host", multiple=True, help="Host name that requests may name; repeatable.")
@click.option("--tls-cert", type=_file, help="Certificate, for TLS without a proxy.")
@click.option("--tls-key", type=_file, help="Its key.")
@click.option(
    "--proxy",
    default="127.0.0.1",
    show_default=True,
    help="With --public-url: addresses of the proxies, whose word is taken for who asks.",
)
@click.option(
    "--quota-gb",
    type=click.FloatRange(0.001, 1e6),
    default=50.0,
    show_default=True,
    help="What the sent recordings of one runner may take together.",
)
@click.option(
    "--largest-gb",
    type=click.FloatRange(0.001, 4.0),
    default=2.0,
    show_default=True,
    help="Largest recording that is taken.",
)
@click.option("--monitor-token", type=_file, help="File with the token for /operations/metrics.")
@click.option("--oidc-issuer", default="", help="OpenID Connect provider, for sign-in there.")
@click.option("--oidc-client-id", default="", help="What it calls this dashboard.")
@click.option("--oidc-secret", type=_file, help="File with the secret shared with it.")
@click.option("--log-json", is_flag=True, help="Logs as JSON lines, without personal data.")
def dashboard(
    host: str,
    port: int,
    browser: bool,
    store_folder: StorePlace | None,
    accounts: bool,
    public_url: str,
    allow_host: tuple[str, ...],
    tls_cert: Path | None,
    tls_key: Path | None,
    proxy: str,
    quota_gb: float,
    largest_gb: float,
    monitor_token: Path | None,
    oidc_issuer: str,
    oidc_client_id: str,
    oidc_secret: Path | None,
    log_json: bool,
) -> int:
    """Serve the review pages, until Ctrl-C.

    On this computer everything is open to whoever sits at it. With --accounts, and always when
    other computers can reach it, people sign in.
    """
    if accounts or public_url or oidc_issuer or host in _ANYWHERE:
        load()  # beside what is loaded here: both take a second or two
    from dashboard.accounts.only_server import only_server
    from dashboard.accounts.provider_settings import ProviderSettings
    from dashboard.accounts.settings import GIGABYTE, AccountSettings
    from dashboard.errors import NotLoopback
    from dashboard.operations.observe import log_as_json
    from dashboard.server import Reach, is_loopback
    from levelstride.pages import serve_pages
    from pipeline.accounts.errors import AccountError
    from pipeline.store import Store

    if bool(tls_cert) != bool(tls_key):
        raise click.UsageError("--tls-cert and --tls-key belong together.")
    if bool(oidc_issuer) != bool(oidc_client_id) or bool(oidc_issuer) != bool(oidc_secret):
        raise click.UsageError("--oidc-issuer, --oidc-client-id and --oidc-secret belong together.")
    public_url = _public(public_url)
    for_others = not is_loopback(host)
    wanted = accounts or for_others or bool(public_url) or bool(oidc_issuer)
    _trusted(proxy)
    if not wanted and (tls_cert or monitor_token or allow_host):
        raise click.UsageError(
            "--tls-cert, --monitor-token and --allow-host are for a dashboard with --accounts."
        )
    if log_json:
        log_as_json(sys.stderr)
    with Store.open(store_folder) as store:
        if not wanted:
            serve_pages(store, None, host=host, port=port, browser=browser)
            return DONE
        if not store.accounts.people.any():
            if for_others:
                raise NotLoopback(host)
            raise AccountError(
                "there is no account yet",
                where="dashboard",
                remedy="Add the first: levelstride users add NAME --role admin",
            )
        secure = bool(tls_cert) or public_url.startswith("https:")
        if for_others and not secure:
            click.echo(
                "Passwords would cross the network in the clear: give --tls-cert and --tls-key, "
                "or put a proxy with TLS before it and name it with --public-url https://….",
                err=True,
            )
        named = frozenset(name.lower() for name in allow_host)
        provider = ProviderSettings(
            oidc_issuer,
            oidc_client_id,
            _secret(oidc_secret, "provider"),
            os.environ.get("LEVELSTRIDE_OIDC_LABEL", ""),
        )
        settings = AccountSettings(
            secure=secure,
            public_url=public_url,
            allowed_hosts=named | ({host.strip("[]").lower()} - _ANYWHERE),
            any_address=host in _ANYWHERE,
            provider=provider if oidc_issuer else None,
            monitor_token=_secret(monitor_token, "monitor"),
            largest_bytes=int(largest_gb * GIGABYTE),
            quota_bytes=int(quota_gb * GIGABYTE),
        )
        reach = Reach(tls_cert, tls_key, proxy if public_url else "")
        with only_server(store):
            serve_pages(
                store, None, host=host, port=port, browser=browser, accounts=settings, reach=reach
            )
    return DONE
