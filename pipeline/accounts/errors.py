"""Errors of accounts."""

from __future__ import annotations

from sensors.errors import LevelstrideError


class AccountError(LevelstrideError):
    """Something about an account is not possible."""


class NotAllowed(AccountError):
    """The person who asks may not do this."""

    def __init__(self, what: str = "your account may not do this") -> None:
        super().__init__(what, remedy="Ask the practice's administrator, if you should")


class UnknownAccount(AccountError):
    """No account has this name.

    Attributes:
        name: the name that was asked for.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"there is no account {name[:100]!r}",
            remedy="List them with: levelstride users list",
        )


class SignInRefused(AccountError):
    """Name and password do not belong together, or the account is closed; not told which."""

    def __init__(self) -> None:
        super().__init__(
            "the name or the password is wrong, or the account is closed",
            remedy="Try again, or ask the practice's administrator",
        )


class TooManyTries(AccountError):
    """Sign-in was tried too often.

    Attributes:
        wait_s: seconds until the next try is looked at.
    """

    def __init__(self, wait_s: float) -> None:
        self.wait_s = wait_s
        minutes = max(1, round(wait_s / 60))
        super().__init__(
            "sign-in was tried too often",
            remedy=f"Wait {minutes} minute{'s' if minutes > 1 else ''} and try again",
        )
