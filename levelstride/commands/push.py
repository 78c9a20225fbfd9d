"""``levelstride push``."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import click

from levelstride.exit_codes import DONE, DOUBTFUL
from levelstride.progress import progress_bar
from levelstride.store_option import store_option
from pipeline.errors import StoreError
from pipeline.push.client import PushClient, checked_url
from pipeline.push.errors import PushError, PushRefused, PushUnreachable
from pipeline.push.watch import WatchedFolder
from pipeline.store import Store, StorePlace

TOKEN_VARIABLE = "LEVELSTRIDE_TOKEN"  # noqa: S105 - the name of a variable
LOOK_S = 5.0


def _token(path: Path | None) -> str:
    text = os.environ.get(TOKEN_VARIABLE, "") if path is None else path.read_text("utf-8")
    if not text.strip():
        raise click.UsageError(f"Give the device's token with --token-file or in {TOKEN_VARIABLE}.")
    return text.strip()


def _recording(what: str, store_folder: StorePlace | None) -> Path:
    path = Path(what)
    if path.is_file():
        return path
    if path.suffix:
        raise click.UsageError(f"There is no file {what}.")
    with Store.open(store_folder) as store:
        recording = store.session(what).recording
        if recording is None:
            raise StoreError("the session's recording was not kept", where=what)
        return recording


@click.command(short_help="Send recordings to a library elsewhere.")
@click.argument("what", metavar="SESSION|FILE", required=False)
@click.option("--to", "url", required=True, help="Address of the library: https://clinic.example.")
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="File with the device's token; or the variable LEVELSTRIDE_TOKEN.",
)
@click.option(
    "--watch",
    "folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Send each recording of a folder when it has stopped growing, until Ctrl-C.",
)
@click.option("--once", is_flag=True, help="With --watch: send what is there, and end.")
@click.option("--wait/--no-wait", default=True, help="Until it is analysed.", show_default=True)
@click.option("--insecure", is_flag=True, help="Allow http:// beyond this computer.")
@click.option(
    "--give-up",
    "give_up_s",
    type=click.FloatRange(0),
    default=600.0,
    show_default=True,
    help="Seconds to try while nothing gets through.",
)
@click.option("--json", "as_json", is_flag=True, help="One object on standard output.")
@store_option
def push(
    what: str | None,
    url: str,
    token_file: Path | None,
    folder: Path | None,
    once: bool,
    wait: bool,
    insecure: bool,
    give_up_s: float,
    as_json: bool,
    store_folder: StorePlace | None,
) -> int:
    """Send a session of the library, or a recording, to a library elsewhere.

    A cut connection is taken up again where it stopped, and the same recording is taken once,
    however often it is sent.
    """
    if (what is None) == (folder is None):
        raise click.UsageError("Give a session or file to send, or --watch FOLDER.")
    url = checked_url(url, insecure=insecure)
    with PushClient(url, _token(token_file), give_up_s=give_up_s) as client:
        if folder is not None:
            return _watch(client, WatchedFolder(folder, url), once=once)
        path = _recording(what or "", store_folder)
        with progress_bar() as tell:
            pushed = client.push(path, wait=wait, progress=tell)
    if as_json:
        click.echo(
            json.dumps(
                {
                    "session": pushed.session_id,
                    "sha256": pushed.digest,
                    "was_there": pushed.was_there,
                }
            )
        )
    else:
        words = "was there already" if pushed.was_there else "sent"
        click.echo(f"{path.name}: {words}. Session there: {pushed.session_id or 'not yet'}")
    return DONE


def _watch(client: PushClient, watched: WatchedFolder, *, once: bool) -> int:
    refused = False
    watched.finished()

    def said(words: str) -> None:
        click.echo(words, err=True)

    while True:
        time.sleep(1.0 if once else LOOK_S)
        for path in watched.finished():
            try:
                done = watched.send(client, path, said)
            except PushRefused:
                raise  # the token
            except PushUnreachable as error:
                if once:
                    raise
                said(str(error))
                break
            except PushError as error:  # this file; it is offered again
                said(str(error))
                refused = True
                continue
            refused = refused or done is None
            if done is not None:
                click.echo(f"{path.name}: {'was there already' if done.was_there else 'sent'}")
        if once:
            return DOUBTFUL if refused else DONE
