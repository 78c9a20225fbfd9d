"""How an identity provider is reached."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """An OpenID Connect provider.

    Attributes:
        issuer: its address, as its tokens name it.
        client_id: what it calls this dashboard.
        client_secret: what this dashboard shows it.
        label: what the button says.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    label: str = ""
