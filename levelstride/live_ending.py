"""What ``levelstride live`` says at its end: the sessions that were stored, and what went wrong."""

from __future__ import annotations

from collections.abc import Sequence

import click

from levelstride.exit_codes import DONE, DOUBTFUL
from levelstride.live_recording import EndedSession
from levelstride.plain_text import one_line
from sensors.errors import LevelstrideError


def tell_the_end(stored: Sequence[EndedSession], errors: Sequence[LevelstrideError]) -> int:
    """Write a line for each session, for each problem of its data, and for each error.

    Args:
        stored: sessions in the library, in order.
        errors: why sessions failed, stored or not.

    Returns:
        The command's exit code.
    """
    for session in stored:
        left, right = session.valid
        click.echo(
            f"Stored {left} left and {right} right valid strides as session {session.session_id}.",
            err=True,
        )
        for problem in session.problems:
            click.echo(f"Problem: {one_line(problem)}.", err=True)
    for error in errors:
        click.echo(f"A session had an error: {one_line(str(error))}", err=True)
    return DOUBTFUL if errors or any(each.problems for each in stored) else DONE
