"""Running commands as a user would, in this process or in one of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from levelstride import cli


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str


Command = Callable[..., Outcome]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run one command line in this process."""

    def call(*words: object) -> Outcome:
        capsys.readouterr()
        code = cli.run([str(word) for word in words])
        streams = capsys.readouterr()
        return Outcome(code, streams.out, streams.err)

    return call
