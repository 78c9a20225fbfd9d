"""Everything about accounts of one library."""

from __future__ import annotations

from sqlalchemy import Engine

from pipeline.accounts.audit import Audit
from pipeline.accounts.devices import Devices
from pipeline.accounts.people import People
from pipeline.accounts.runners import Runners
from pipeline.accounts.shares import Shares
from pipeline.accounts.upload_register import UploadRegister


class Accounts:
    """Accounts of a library; get it from ``Store.accounts``.

    Attributes:
        people: who signs in.
        runners: adds runners who have no session yet.
        shares: links that show one session.
        devices: machines that send.
        uploads: recordings on their way.
        audit: who did what.
    """

    def __init__(self, engine: Engine, where: str) -> None:
        self.people = People(engine, where)
        self.runners = Runners(engine, where)
        self.shares = Shares(engine, where)
        self.devices = Devices(engine, where)
        self.uploads = UploadRegister(engine, where)
        self.audit = Audit(engine, where)
