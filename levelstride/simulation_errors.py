"""What the simulator refuses, said as wrong usage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from firmware_sim import SimulationError


@contextmanager
def simulation_errors() -> Iterator[None]:
    """Turn the simulator's errors into errors of usage."""
    try:
        yield
    except SimulationError as error:
        raise click.UsageError(str(error)) from error
