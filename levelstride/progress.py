"""A progress bar on standard error, for what takes longer than a moment."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import TaskID

    from pipeline.analysis import Progress as Tell


@contextmanager
def progress_bar() -> Iterator[Tell]:
    """Give a function that takes what is being done and the share of it that is done.

    Nothing is shown before it is called: who fails at once leaves one line. Nothing is shown at all
    where nobody looks, and then ``rich``, which takes a fifth of a second, is not loaded.
    """
    if not _is_seen():
        yield lambda _what, _share: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    progress = Progress(*columns, console=Console(stderr=True), transient=True)
    tasks: dict[str, TaskID] = {}

    def tell(what: str, share: float) -> None:
        if not tasks:
            progress.start()
        if what not in tasks:
            for task in tasks.values():
                progress.update(task, completed=1.0)
            tasks[what] = progress.add_task(what, total=1.0)
        progress.update(tasks[what], completed=share)

    try:
        yield tell
    finally:
        if tasks:
            progress.stop()


def _is_seen() -> bool:
    """Whether standard error is a terminal, or is said to be one, as ``rich`` understands it."""
    said = os.environ.get("TTY_COMPATIBLE"), os.environ.get("FORCE_COLOR")
    return sys.stderr.isatty() or any(said)
