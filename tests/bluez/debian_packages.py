"""Debian packages fetched and unpacked by an ordinary user: nothing is installed."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.bluez.not_run import NotRun, tool

FETCH_TIMEOUT_S = 600.0
LIBRARY = re.compile(r"lib[a-z0-9.+-]+|zlib1g")
DEPENDS = re.compile(r"^ [ |](?:Pre)?Depends: ([a-z0-9.+-]+)$", re.M)


class DebianPackages:
    """The package sources that this computer is set up with, read with lists of our own.

    apt checks signatures as ever. The lists are fetched anew, because a slim system has none and
    only root may renew the system's.

    Args:
        folder: for lists and packages; may be deleted afterwards.

    Raises:
        NotRun: this is no Debian, or its package sources do not answer.
    """

    def __init__(self, folder: Path) -> None:
        for name, package in (("apt-get", "apt"), ("apt-cache", "apt"), ("dpkg-deb", "dpkg")):
            tool(name, package)
        self._folder = folder
        for name in ("state/lists/partial", "cache/archives/partial", "packages"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self._apt("apt-get", "--quiet", "--error-on=any", "update")

    def dependencies(self, names: Iterable[str]) -> list[str]:
        """What packages depend on, directly."""
        return DEPENDS.findall(self._apt("apt-cache", "depends", *names))

    def with_libraries(self, name: str) -> list[str]:
        """A package and all libraries that it needs, directly or not."""
        known, new = {name}, {name}
        while new:
            new = {n for n in self.dependencies(sorted(new)) if LIBRARY.fullmatch(n)} - known
            known |= new
        return sorted(known)

    def unpack(self, names: Iterable[str], target: Path) -> list[str]:
        """Fetch packages and unpack them over one another.

        Returns:
            File names of the packages, which tell their versions.
        """
        place = self._folder / "packages"
        self._apt("apt-get", "--quiet", "download", *names, cwd=place)
        files = sorted(place.glob("*.deb"))
        for file in files:
            subprocess.run(["dpkg-deb", "-x", file, target], check=True, timeout=FETCH_TIMEOUT_S)
            file.unlink()
        return [file.name for file in files]

    def _apt(self, *command: str, cwd: Path | None = None) -> str:
        program, *rest = command
        options = {
            "Dir::State": self._folder / "state",
            "Dir::State::status": "/var/lib/dpkg/status",
            "Dir::Cache": self._folder / "cache",
            "Debug::NoLocking": "1",
            "Acquire::Languages": "none",
            "Acquire::Retries": "2",
            # as root, apt would fetch as a user who may not write here
            "APT::Sandbox::User": "root" if os.geteuid() == 0 else "",
        }
        settings = [f"-o{key}={value}" for key, value in options.items() if value]
        try:
            done = subprocess.run(
                [program, *settings, *rest],
                cwd=cwd,
                capture_output=True,
                text=True,
                check=False,
                timeout=FETCH_TIMEOUT_S,
                env={**os.environ, "LC_ALL": "C"},
            )
        except subprocess.TimeoutExpired:
            raise NotRun(f"{program} did not finish within {FETCH_TIMEOUT_S:g} s") from None
        if done.returncode:
            said = [line for line in done.stderr.splitlines() if line.startswith("E: ")]
            raise NotRun(f"{program} failed: {(said or ['it does not say why'])[0]}")
        return done.stdout
