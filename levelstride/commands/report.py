"""``levelstride report``."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from uuid import UUID

import click

from levelstride.exit_codes import DONE, DOUBTFUL
from levelstride.store_option import store_option

if TYPE_CHECKING:
    from pipeline.store import StorePlace

SUFFIXES = (".html", ".pdf")


def _is_id(word: str) -> bool:
    try:
        return str(UUID(word)) == word.lower()
    except ValueError:
        return False


@click.command(short_help="Two printed pages on a session, as HTML or PDF.")
@click.argument("session", metavar="FILE…|SESSION-ID", nargs=-1, required=True)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="Report to write; .html or .pdf.",
)
@click.option(
    "--for",
    "audience",
    type=click.Choice(["colleague", "patient"]),
    default="colleague",
    show_default=True,
    help="For whom it is.",
)
@click.option(
    "--language", type=click.Choice(["en", "de"]), default="en", show_default=True, help="Language."
)
@click.option("--runner", default="", help="Name or code; for files.")
@click.option("--force", is_flag=True, help="Replace an existing file.")
@store_option
def report(
    session: tuple[str, ...],
    out: Path,
    audience: str,
    language: str,
    runner: str,
    *,
    force: bool,
    store_folder: StorePlace | None,
) -> int:
    """Write the report of a session.

    SESSION-ID names a session of the library, FILE… the files of one session, which are analysed
    for it and not kept.
    """
    if out.suffix.lower() not in SUFFIXES:
        raise click.UsageError(f"{out} ends in {out.suffix or 'nothing'}; use .html or .pdf.")
    if out.exists() and not force:
        raise click.UsageError(f"{out} exists; use --force to replace it.")
    if not out.absolute().parent.is_dir():
        raise click.UsageError(f"there is no folder {out.absolute().parent}.")
    # Pages and statistics take seconds to load.
    from dashboard.language import speaking
    from dashboard.report.content import AUDIENCES
    from dashboard.report.make import session_report, session_report_pdf
    from pipeline.import_session import import_session
    from pipeline.store import Store
    from pipeline.table_file import replacing

    chosen = next(one for one in AUDIENCES if one == audience)
    with ExitStack() as stack:
        stack.enter_context(speaking(language))
        if len(session) == 1 and _is_id(session[0]):
            store = stack.enter_context(Store.open(store_folder))
            session_id = session[0]
        else:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="levelstride-")))
            store = stack.enter_context(Store.open(folder))
            session_id = import_session(store, [Path(word) for word in session], runner=runner)
        data = (
            session_report_pdf(store, session_id, chosen)
            if out.suffix.lower() == ".pdf"
            else session_report(store, session_id, chosen).encode()
        )
        stored = store.session(session_id, whole=False)
        doubtful = bool(stored.problems or stored.unread)
    with replacing(out) as temporary:
        temporary.write_bytes(data)
    click.echo(f"{out}: {len(data) / 1000:.0f} kB", err=True)
    return DOUBTFUL if doubtful else DONE
