"""How a dashboard with accounts is run."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from dashboard.accounts.provider_settings import ProviderSettings

GIGABYTE = 1_000_000_000


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """Settings.

    Attributes:
        secure: whether browsers reach the server by TLS, its own or a proxy's.
        public_url: address under which people reach it, without a slash at the end; may be empty.
        allowed_hosts: host names that requests may be addressed to, besides loopback.
        any_address: whether requests may be addressed to any address in numbers.
        provider: identity provider; None for sign-in with a password only.
        monitor_token: token with which figures for monitoring can be read; empty for none.
        largest_bytes: largest recording that is taken.
        quota_bytes: what the sent recordings of one runner may take together.
    """

    secure: bool = False
    public_url: str = ""
    allowed_hosts: frozenset[str] = frozenset()
    any_address: bool = False
    provider: ProviderSettings | None = None
    monitor_token: str = field(default="", repr=False)
    largest_bytes: int = 2 * GIGABYTE
    quota_bytes: int = 50 * GIGABYTE

    @property
    def hosts(self) -> frozenset[str]:
        """Allowed host names with that of ``public_url``."""
        named = urlsplit(self.public_url).hostname if self.public_url else None
        return self.allowed_hosts | ({named} if named else frozenset())
