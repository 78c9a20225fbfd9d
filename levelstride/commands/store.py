"""``levelstride store``: looking after a library."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from levelstride.exit_codes import DONE, DOUBTFUL
from levelstride.plain_text import one_line
from levelstride.progress import progress_bar
from levelstride.store_option import place_from, store_option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.store import Store, StorePlace

SHOWN = 20


@click.group(short_help="Back up, restore, copy and check the library; retention and erasure.")
def store() -> None:
    """Look after a library: back-up, restore, copy, verify, retention, erasure."""


@contextmanager
def _opened(place: StorePlace | None) -> Iterator[Store]:
    """The library; one that is not there is not made."""
    from pipeline.errors import StoreError
    from pipeline.store import Store, StorePlace  # SQLAlchemy takes a second

    place = StorePlace.named() if place is None else place
    if not place.is_there():
        raise StoreError(
            "there is no library", where=place.where, remedy="Name its folder with --store"
        )
    with Store.open(place) as opened:
        yield opened


def _list(what: str, names: Sequence[str]) -> None:
    for name in names[:SHOWN]:
        click.echo(f"{what}: {one_line(name)}", err=True)
    if len(names) > SHOWN:
        click.echo(f"{what}: and {len(names) - SHOWN} more", err=True)


def _refuse_existing(path: Path, *, force: bool) -> None:
    if path.exists() and not force:
        raise click.UsageError(f"{path} exists; use --force to replace it.")
    if not path.absolute().parent.is_dir():
        raise click.UsageError(f"there is no folder {path.absolute().parent}.")


@store.command(short_help="Write the whole library into one ZIP file.")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace an existing file.")
@store_option
def backup(out: Path, *, force: bool, store_folder: StorePlace | None) -> int:
    """Write everything the library holds into OUT, while it is in use.

    The file has a digest of every entry and can be restored into any kind of library. Exit code 3
    when something was damaged or missing; the back-up holds all the rest.
    """
    from pipeline.store_care.backup import back_up

    _refuse_existing(out, force=force)
    with _opened(store_folder) as library, progress_bar() as tell:
        done = back_up(library.parts, out, tell)
    _list("Damaged", done.problems)
    sessions = done.rows.get("sessions", 0)
    click.echo(f"{out}: {sessions} session(s), {len(done.files)} file(s)", err=True)
    return DOUBTFUL if done.problems else DONE


@store.command(short_help="Put a back-up into an empty library.")
@click.argument("archive", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@store_option
def restore(archive: Path, store_folder: StorePlace | None) -> int:
    """Put the back-up ARCHIVE into a library that is not there yet, or is empty.

    Every entry is checked first; after an interruption the same command goes on.
    """
    from pipeline.store import StorePlace
    from pipeline.store_care.backup import restore as put_back

    place = StorePlace.named() if store_folder is None else store_folder
    with progress_bar() as tell:
        done = put_back(archive, place, tell)
    _list("Damaged when it was backed up", done.problems)
    click.echo(
        f"{place.where}: {done.rows.get('sessions', 0)} session(s), {len(done.files)} file(s)",
        err=True,
    )
    return DOUBTFUL if done.problems else DONE


@store.command(short_help="Copy the library to another place, such as PostgreSQL and S3.")
@click.option("--to", required=True, metavar="FOLDER|URL", help="The new library, as for --store.")
@click.option("--to-files", metavar="FOLDER|URL", help="Its files, as for --files.")
@store_option
@click.pass_context
def copy(
    context: click.Context, to: str, to_files: str | None, store_folder: StorePlace | None
) -> int:
    """Copy everything into a library that is not there yet, or is empty.

    The old one stays as it is. After an interruption the same command goes on.
    """
    from pipeline.store_care.backup import copy_library

    place = place_from(context, context.command.params[0], to, to_files)
    assert place is not None
    with _opened(store_folder) as library:
        if library.place == place:
            raise click.UsageError("the library and its copy are the same place.")
        with progress_bar() as tell:
            done = copy_library(library.parts, place, tell)
    _list("Damaged", done.problems)
    click.echo(
        f"{place.where}: {done.rows.get('sessions', 0)} session(s), {len(done.files)} file(s)",
        err=True,
    )
    return DOUBTFUL if done.problems else DONE


@store.command(short_help="Hold rows, files and digests against each other.")
@click.option("--quick", is_flag=True, help="Sizes only, without reading the files.")
@click.option(
    "--mend",
    is_flag=True,
    help="Remove files that no session has named for a day; write missing digests.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, nothing else.")
@store_option
def verify(*, quick: bool, mend: bool, as_json: bool, store_folder: StorePlace | None) -> int:
    """Check that every session has its files, as they were stored, and every file its session.

    Exit code 3 when something is wrong.
    """
    from dataclasses import asdict

    from pipeline.store_care.verify import verify as check

    with _opened(store_folder) as library, progress_bar() as tell:
        found = check(library.parts, contents=not quick, mend=mend, tell=tell)
    if as_json:
        click.echo(json.dumps({**asdict(found), "whole": found.is_whole}))
    else:
        _list("Missing", found.missing)
        _list("Damaged", found.damaged)
        _list("No session names it", found.orphans)
        _list("Catalogue", found.catalogue)
        _list("Mended", found.mended)
        if found.without_digest:
            click.echo(
                f"{len(found.without_digest)} file(s) have no digest; --mend writes them.", err=True
            )
        words = "all is there" if found.is_whole else "something is wrong"
        click.echo(
            f"{found.sessions} session(s), {found.files} file(s), {found.bytes / 1e6:.1f} MB: {words}"
        )
    return DONE if found.is_whole else DOUBTFUL


@store.command(short_help="Delete sessions, or their recordings, after a time.")
@click.option("--older-than", required=True, metavar="AGE", help="Such as 90d, 8w, 6m or 2y.")
@click.option("--recordings-only", is_flag=True, help="Keep the results.")
@click.option("--dry-run", is_flag=True, help="Only say what would be deleted.")
@store_option
def retention(
    older_than: str, *, recordings_only: bool, dry_run: bool, store_folder: StorePlace | None
) -> int:
    """Delete what is older; by the session's start, or the day it was added.

    Tags and notes of deleted sessions go with them; the runners' journals stay.
    """
    from pipeline.store_care.retention import age_from, expired, let_go

    age = age_from(older_than)
    with _opened(store_folder) as library:
        found = [one for one in expired(library, age) if one.has_recording or not recordings_only]
        if dry_run:
            for one in found:
                click.echo(f"{one.session_id}  {one.listed_utc:%Y-%m-%d}")
            count = len(found)
        else:
            with progress_bar() as tell:
                count = let_go(library, found, recordings_only=recordings_only, tell=tell)
    what = "recording(s)" if recordings_only else "session(s)"
    click.echo(f"{count} {what} {'would be' if dry_run else 'were'} deleted", err=True)
    return DONE


@store.command(short_help="Delete everything of a person, with a proof.")
@click.argument("runner")
@click.option(
    "--proof",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="JSON file to write: what was deleted, with digests, and what a search found after.",
)
@click.option("--signed-by", default="", help="Who answers for it; stands in the proof.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@store_option
def erase(
    runner: str, proof: Path, signed_by: str, *, yes: bool, store_folder: StorePlace | None
) -> int:
    """Delete the sessions, files, journal and notes of RUNNER, and search for what is left.

    The proof names ids and digests, not the person. Back-ups and exports are not reached. Exit code
    3 when something is left, or the name still stands in texts about others.
    """
    from pipeline.errors import StoreError
    from pipeline.store_care.erasure import erase_runner
    from pipeline.table_file import replacing

    _refuse_existing(proof, force=False)
    with _opened(store_folder) as library:
        if library.journal.runner_id(runner) is None:
            raise StoreError(
                f"there is no runner {one_line(runner)[:64]!r}",
                where=library.place.where,
                remedy="Give the name as the pages show it, to the letter",
            )
        count = len(library.sessions(runner))
        if not yes:
            click.confirm(f"Delete {count} session(s) of {one_line(runner)}?", abort=True, err=True)
        erased = erase_runner(library, runner, signed_by=signed_by)
    with replacing(proof) as temporary:
        temporary.write_text(json.dumps(erased.proof, indent=1, ensure_ascii=False), "utf-8")
    _list("An id is left", erased.left)
    _list("The name still stands in", erased.mentions)
    click.echo(f"{erased.sessions} session(s), {erased.files} file(s) deleted; {proof}", err=True)
    return DOUBTFUL if erased.left or erased.mentions else DONE
