"""``levelstride users``: accounts of a library, from its own computer."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager

import click

from levelstride.exit_codes import DONE
from levelstride.store_option import store_option
from pipeline.accounts.accounts import Accounts
from pipeline.accounts.caller import ROLES, as_role
from pipeline.accounts.errors import AccountError
from pipeline.accounts.secrets import LEAST_LETTERS
from pipeline.store import Store, StorePlace

COMMAND = "command"
"""As what the command line stands in the audit."""
_json_option = click.option(
    "--json", "as_json", is_flag=True, help="One object on standard output."
)


@click.group(short_help="Accounts: who signs in, and who sees whom.")
def users() -> None:
    """Accounts of a library. Whoever can run this can read the library anyway."""


def _open(store_folder: StorePlace | None) -> AbstractContextManager[Store]:
    return Store.open(store_folder)


def _did(accounts: Accounts, action: str, name: str, *, runner_id: str = "") -> None:
    target = accounts.people.named(name).user_id
    accounts.audit.did("", COMMAND, action, runner_id=runner_id, target_id=target)


def _runner_id(store: Store, runner: str) -> str:
    found = store.journal.runner_id(runner)
    if found is None:
        raise AccountError(
            f"there is no runner {runner[:100]!r}",
            where="library",
            remedy="A runner comes with the first session; or give --new-runner",
        )
    return found


def _password() -> str:
    return str(
        click.prompt(
            f"Password (at least {LEAST_LETTERS} letters)",
            hide_input=True,
            confirmation_prompt="Once more",
            err=True,
        )
    )


def _tell_link(accounts: Accounts, name: str) -> None:
    token = accounts.people.password_link(name)
    click.echo(f"/welcome/{token}")
    click.echo(
        "Put the address of the dashboard before it; it sets a password once, within two days.",
        err=True,
    )


@users.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--runner", default="", help="With the role runner: which runner it is.")
@click.option("--new-runner", is_flag=True, help="Add the runner, who has no session yet.")
@click.option("--link", is_flag=True, help="Print a link that sets the password, and ask for none.")
@store_option
def add(
    name: str, role: str, runner: str, new_runner: bool, link: bool, store_folder: StorePlace | None
) -> int:
    """Add an account."""
    with _open(store_folder) as store:
        accounts = store.accounts
        runner_id = ""
        if role == "runner":
            if not runner:
                raise click.UsageError("The role runner needs --runner.")
            runner_id = accounts.runners.add(runner) if new_runner else _runner_id(store, runner)
        elif runner or new_runner:
            raise click.UsageError("--runner belongs to the role runner; see users assign.")
        password = None if link else _password()
        user = accounts.people.add(name, as_role(role), password=password, runner_id=runner_id)
        _did(accounts, "add", user.name, runner_id=runner_id)
        click.echo(f"Added {user.name} ({user.role}).", err=True)
        if link:
            _tell_link(accounts, user.name)
    return DONE


@users.command("list")
@_json_option
@store_option
def list_users(as_json: bool, store_folder: StorePlace | None) -> int:
    """List the accounts."""
    with _open(store_folder) as store:
        names = store.accounts.runners.names()
        found = [
            {
                "name": user.name,
                "role": user.role,
                "closed": user.disabled,
                "sees": sorted(names.get(key, key) for key in user.runner_ids),
                "password": user.has_password,
                "provider": bool(user.oidc_subject),
            }
            for user in store.accounts.people.all()
        ]
    if as_json:
        click.echo(json.dumps({"accounts": found}))
        return DONE
    for one in found:
        sees = ", ".join(str(name) for name in one["sees"]) if isinstance(one["sees"], list) else ""
        closed = " (closed)" if one["closed"] else ""
        click.echo(f"{one['name']}{closed}  {one['role']}  sees: {sees or '-'}")
    if not found:
        click.echo("No accounts. Add the first: levelstride users add NAME --role admin", err=True)
    return DONE


@users.command("disable")
@click.argument("name")
@click.option("--undo", is_flag=True, help="Open it again.")
@store_option
def disable(name: str, undo: bool, store_folder: StorePlace | None) -> int:
    """Close an account at once."""
    with _open(store_folder) as store:
        store.accounts.people.set_disabled(name, not undo)
        _did(store.accounts, "open" if undo else "close", name)
    click.echo(f"{name} is {'open' if undo else 'closed'}.", err=True)
    return DONE


@users.command("assign")
@click.argument("name")
@click.argument("runner")
@click.option("--undo", is_flag=True, help="No longer.")
@store_option
def assign(name: str, runner: str, undo: bool, store_folder: StorePlace | None) -> int:
    """Let somebody see a runner."""
    with _open(store_folder) as store:
        runner_id = _runner_id(store, runner)
        store.accounts.people.assign(name, runner_id, given=not undo)
        _did(store.accounts, "unassign" if undo else "assign", name, runner_id=runner_id)
    click.echo(f"{name} {'no longer sees' if undo else 'sees'} {runner}.", err=True)
    return DONE


@users.command("password")
@click.argument("name")
@click.option("--link", is_flag=True, help="Print a link that sets it, and ask for none.")
@store_option
def password(name: str, link: bool, store_folder: StorePlace | None) -> int:
    """Set a password; signs the person out everywhere."""
    with _open(store_folder) as store:
        if link:
            _tell_link(store.accounts, name)
        else:
            store.accounts.people.named(name)
            store.accounts.people.set_password(name, _password())
            click.echo("Done.", err=True)
        _did(store.accounts, "password", name)
    return DONE


@users.command("link")
@click.argument("name")
@click.option("--subject", default="", help="The person's id (sub) at the provider; empty: none.")
@store_option
def link_subject(name: str, subject: str, store_folder: StorePlace | None) -> int:
    """Say whom the identity provider means."""
    with _open(store_folder) as store:
        store.accounts.people.set_subject(name, subject or None)
        _did(store.accounts, "provider", name)
    click.echo("Done.", err=True)
    return DONE


@users.command("token", short_help="Make a token with which a device sends recordings.")
@click.argument("name")
@click.argument("runner")
@click.option("--device", default="device", show_default=True, help="What the device is called.")
@store_option
def token(name: str, runner: str, device: str, store_folder: StorePlace | None) -> int:
    """Print a token; NAME is the account that answers for it, RUNNER whose recordings it sends."""
    with _open(store_folder) as store:
        accounts = store.accounts
        runner_id = _runner_id(store, runner)
        made, secret = accounts.devices.register(
            accounts.people.named(name).user_id, device, runner_id
        )
        accounts.audit.did("", COMMAND, "device", runner_id=runner_id, target_id=made.device_id)
    click.echo(secret)
    click.echo("It is shown only now. Keep it in a file that only its owner can read.", err=True)
    return DONE


@users.command("devices")
@click.option("--revoke", metavar="ID", default="", help="Take a device's token back.")
@store_option
def devices(revoke: str, store_folder: StorePlace | None) -> int:
    """List devices that send, or revoke one."""
    with _open(store_folder) as store:
        if revoke:
            store.accounts.devices.revoke(revoke)
            store.accounts.audit.did("", COMMAND, "device-end", target_id=revoke)
        names = store.accounts.runners.names()
        for device in store.accounts.devices.of_user():
            state = " (revoked)" if device.revoked else ""
            seen = f"{device.seen_utc:%Y-%m-%d %H:%M}" if device.seen_utc else "never"
            runner = names.get(device.runner_id, device.runner_id)
            click.echo(f"{device.device_id}{state}  {device.name}  of {runner}  last sent: {seen}")
    return DONE


@users.command("audit")
@click.option("--runner", default="", help="Only with this runner.")
@click.option("--user", default="", help="Only by this account.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=1000, show_default=True)
@_json_option
@store_option
def audit(
    runner: str, user: str, limit: int, as_json: bool, store_folder: StorePlace | None
) -> int:
    """Who saw and did what, newest first."""
    with _open(store_folder) as store:
        accounts = store.accounts
        entries = accounts.audit.entries(
            limit=limit,
            runner_id=_runner_id(store, runner) if runner else "",
            user_id=accounts.people.named(user).user_id if user else "",
        )
        people = accounts.people.names()
        runners = store.accounts.runners.names()
    rows = [
        {
            "at_utc": f"{e.at_utc:%Y-%m-%dT%H:%M:%SZ}",
            "who": people.get(e.user_id, e.user_id),
            "as": e.role,
            "action": e.action,
            "runner": runners.get(e.runner_id, e.runner_id),
            "session": e.session_id,
            "concerns": people.get(e.target_id, e.target_id),
        }
        for e in entries
    ]
    if as_json:
        click.echo(json.dumps({"entries": rows}))
        return DONE
    for row in rows:
        click.echo("  ".join(value or "-" for value in row.values()))
    return DONE
