"""What the one who asks may see: runners and sessions, by id."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from pipeline.accounts.caller import Caller, caller, now_acting_for, owners_read
from pipeline.accounts.errors import NotAllowed
from pipeline.accounts.people import People
from pipeline.catalogue.models import RunnerRow, SessionRow
from pipeline.catalogue.transactions import CatalogueTransactions
from pipeline.errors import FieldError, SessionNotFound, StoreError
from pipeline.runner_name import runner_name

READERS = frozenset({"runner", "therapist", "admin", "share", "device"})
PEOPLE = frozenset({"runner", "therapist", "admin"})
CARERS = frozenset({"therapist", "admin"})
"""Who looks after runners. An administrator, too, sees a runner's data only when assigned."""
SENDERS = frozenset({"runner", "therapist", "admin", "device"})


class Access(CatalogueTransactions):
    """Answers what the caller may do; everything that is not allowed looks as if it were not there."""

    def asker(self, kinds: frozenset[str] = READERS) -> Caller:
        """The caller, of one of these kinds.

        Raises:
            NotAllowed: nobody was recognised, or somebody of another kind.
        """
        who = caller()
        if who is None or who.kind not in kinds:
            raise NotAllowed
        return who

    def runner(self, runner_id: str, kinds: frozenset[str] = READERS) -> Caller:
        """The caller, who may see a runner.

        Raises:
            NotAllowed: the caller is of another kind.
            StoreError: there is no such runner for the caller.
        """
        who = self.asker(kinds)
        if runner_id not in who.runner_ids:
            raise StoreError(
                "there is no such runner",
                where="library",
                remedy="It may have been deleted; load the page again",
            )
        return who

    def session(self, session_id: str, kinds: frozenset[str] = READERS) -> tuple[Caller, str]:
        """The caller, who may see a session, and the id of its runner.

        Args:
            session_id: as the library writes it.
            kinds: who may ask.

        Raises:
            NotAllowed: the caller is of another kind.
            SessionNotFound: there is no such session for the caller.
        """
        who = self.asker(kinds)
        owner = self.owner(session_id)
        if owner is None or not sees(who, owner, session_id):
            raise SessionNotFound(session_id, where="library")
        return who, owner

    def owner(self, session_id: str) -> str | None:
        """Id of the runner of a session; None when there is no such session.

        Within one request it is read once.
        """
        known = owners_read()
        owner = None if known is None else known.get((self._where, session_id))
        if owner is None:
            query = select(SessionRow.runner_id).where(SessionRow.session_id == session_id)
            with self._reading() as catalogue:
                owner = catalogue.scalar(query)
            if owner is not None:
                self.read_just_now({session_id: owner})
        return owner

    def read_just_now(self, owners: Mapping[str, str]) -> None:
        """Remember, to the end of the request, whose sessions the catalogue says they are."""
        known = owners_read()
        if known is not None:
            known.update({(self._where, key): owner for key, owner in owners.items()})

    def name_of(self, runner_id: str) -> str:
        """Name of a runner; empty when there is none."""
        query = select(RunnerRow.name).where(RunnerRow.runner_id == runner_id)
        with self._reading() as catalogue:
            return catalogue.scalar(query) or ""

    def id_of(self, name: str) -> str | None:
        """Id of the runner of a name; None when there is none."""
        query = select(RunnerRow.runner_id).where(RunnerRow.name == name)
        with self._reading() as catalogue:
            return catalogue.scalar(query)

    def target(self, name: str, kinds: frozenset[str]) -> str:
        """Name of the runner under which the caller may store a session.

        Args:
            name: what was asked for; empty means a runner's or device's own.
            kinds: who may ask.

        Raises:
            NotAllowed: the caller is of another kind, or may not see the runner of this name.
            FieldError: a person who looks after several runners named none.
        """
        who = self.asker(kinds)
        if who.own_runner_id:
            own = self.name_of(who.own_runner_id)
            if not own:
                raise NotAllowed("this account's runner is not in the library any more")
            if name not in {"", own} and who.kind != "device":
                raise NotAllowed("you can store sessions under your own name only")
            return own
        name = runner_name(name, "library")
        if not name:
            raise FieldError("runner", "is empty", "Say whose session it is")
        known = self.id_of(name)
        if known is not None and known not in who.runner_ids:
            raise NotAllowed("a runner of this name is not assigned to you")
        return name

    def take_charge(self, who: Caller, name: str) -> str:
        """Assign a runner whom a caller has just added; the runner's id."""
        runner_id = self.id_of(name) or ""
        if runner_id and runner_id not in who.runner_ids:
            People(self._engine, self._where).assign(who.name, runner_id)
            now_acting_for(replace(who, runner_ids=who.runner_ids | {runner_id}))
        return runner_id


def sees(who: Caller, runner_id: str, session_id: str) -> bool:
    """Whether a caller may see a session of a runner."""
    return runner_id in who.runner_ids and who.session_id in {"", session_id}


def canonical(session_id: str) -> str:
    """A session id in the form in which the library writes it; any other text as it is."""
    with suppress(ValueError, AttributeError, TypeError):
        return str(UUID(session_id))
    return str(session_id)
