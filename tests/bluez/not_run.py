"""Why these tests could not be tried on this computer, which is neither passed nor failed."""

from __future__ import annotations

import shutil


class NotRun(Exception):
    """Something that the tests stand on is not on this computer; the sentence says what."""


def tool(name: str, package: str) -> str:
    """Path of a program.

    Args:
        name: the program.
        package: the Debian package that has it.

    Raises:
        NotRun: it is not installed.
    """
    path = shutil.which(name)
    if path is None:
        raise NotRun(f"{name} is not installed (Debian package {package})")
    return path
