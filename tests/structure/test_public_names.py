"""What notebooks may import from ``levelstride``, and that it is there and documented."""

from __future__ import annotations

import inspect
import subprocess
import sys

import levelstride
from levelstride import cli


def test_exported_names_are_these_and_exist() -> None:
    """A change of this list is a change of the public interface: changelog, docs."""
    assert sorted(levelstride.__all__) == [
        "LevelstrideError",
        "Session",
        "Simulation",
        "Stride",
        "__version__",
        "analyse",
        "analyze",
        "compare",
        "export",
        "read",
        "simulate",
        "strides_to_frame",
    ]
    for name in levelstride.__all__:
        assert getattr(levelstride, name) is not None
    assert set(levelstride.__all__) <= set(dir(levelstride))


def test_exported_names_have_docstrings() -> None:
    for name in levelstride.__all__:
        value = getattr(levelstride, name)
        if not isinstance(value, str):
            assert inspect.getdoc(value), name


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(levelstride, "no_such_name")


def test_every_command_loads_and_has_help() -> None:
    """The table of commands names modules that exist."""
    group = cli.levelstride
    assert isinstance(group, cli.LazyGroup)
    for name in cli.COMMANDS:
        command = cli.LazyGroup().get_command(None, name)  # type: ignore[arg-type]
        assert command is not None
        assert command.help
        assert command.get_short_help_str()


def test_importing_levelstride_loads_nothing_heavy() -> None:
    """A script that only wants the version, and the command line, start at once."""
    code = "import sys, levelstride; print([m for m in ('numpy', 'pandas', 'scipy') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
