"""One server with accounts for a library at a time.

Tries to sign in are counted, and uploads are guarded, in the memory of the process; a second server
would count apart, and take up recordings that the first one analyses.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.accounts.errors import AccountError
from pipeline.reanalysis_claim import claimed
from pipeline.store import Store

_NAME = "dashboard-with-accounts"


class ServedAlready(AccountError):
    """Another process serves this library with accounts."""

    def __init__(self, where: str) -> None:
        super().__init__(
            "another dashboard with accounts serves this library",
            where=where,
            remedy="Stop it first; one process serves a library",
        )


@contextmanager
def only_server(store: Store) -> Iterator[None]:
    """Hold a library until its server ends, however it ends.

    Args:
        store: the library.

    Raises:
        ServedAlready: another process, or thread, serves it.
    """
    with claimed(store.place, store.parts, _NAME) as alone:
        if not alone:
            raise ServedAlready(store.place.where)
        yield
