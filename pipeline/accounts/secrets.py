"""Secrets: passwords as argon2id hashes, and random tokens that are kept as SHA-256 only."""

from __future__ import annotations

import hashlib
import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from pipeline.errors import FieldError

LEAST_LETTERS = 10
MOST_LETTERS = 200
_AT_ONCE = threading.BoundedSemaphore(2)  # each takes 64 MiB while it works
_HASHER = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=2)
_NOBODYS_HASH = _HASHER.hash(secrets.token_urlsafe(32))


def hash_password(password: str) -> str:
    """Argon2id hash of a new password.

    Raises:
        FieldError: it is too short or too long.
    """
    if not LEAST_LETTERS <= len(password) <= MOST_LETTERS:
        raise FieldError(
            "password",
            f"has {len(password)} letters",
            f"Take {LEAST_LETTERS} to {MOST_LETTERS}; a sentence is good",
        )
    with _AT_ONCE:
        return _HASHER.hash(password)


def password_fits(stored: str | None, password: str) -> bool:
    """Whether a password belongs to a hash; takes as long when there is no hash.

    Args:
        stored: hash out of the catalogue; None or empty for an account that is not there.
        password: from a browser, so not to be trusted.
    """
    with _AT_ONCE:
        try:
            fits = _HASHER.verify(stored or _NOBODYS_HASH, password[: MOST_LETTERS + 1])
        except (VerificationError, InvalidHashError):
            return False
    return bool(stored) and fits


def needs_new_hash(stored: str) -> bool:
    """Whether a hash was made with weaker settings than today's."""
    return _HASHER.check_needs_rehash(stored)


def new_token() -> str:
    """A secret of 256 random bits that stands in an address, a header or a cookie."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is kept of a token. It is random, so a fast hash is as good as a slow one."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
