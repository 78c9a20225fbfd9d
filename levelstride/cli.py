"""The command line: which commands there are, and how errors end a run."""

from __future__ import annotations

import gc
import io
import os
import sys
import traceback
from importlib import import_module
from typing import NoReturn

import click

from levelstride.exit_codes import DONE, FAULT, WRONG_USE
from levelstride.plain_text import one_line
from levelstride.rare_collections import rare_collections
from sensors.errors import LevelstrideError

COMMANDS = {
    "analyze": ("levelstride.commands.analyze", "analyze"),
    "dashboard": ("levelstride.commands.dashboard", "dashboard"),
    "demo": ("levelstride.commands.demo", "demo"),
    "doctor": ("levelstride.commands.doctor", "doctor"),
    "export": ("levelstride.commands.export", "export"),
    "import": ("levelstride.commands.import_files", "import_files"),
    "live": ("levelstride.commands.live", "live"),
    "push": ("levelstride.commands.push", "push"),
    "reanalyze": ("levelstride.commands.reanalyze", "reanalyze"),
    "record": ("levelstride.commands.record", "record"),
    "report": ("levelstride.commands.report", "report"),
    "scan": ("levelstride.commands.scan", "scan"),
    "sim-sensors": ("levelstride.commands.sim_sensors", "sim_sensors"),
    "simulate": ("levelstride.commands.simulate", "simulate"),
    "store": ("levelstride.commands.store", "store"),
    "users": ("levelstride.commands.users", "users"),
    "validate": ("levelstride.commands.validate", "validate"),
}
"""Command name to its module and function; a module is imported when its command is used."""


class LazyGroup(click.Group):
    """Imports a command's module only when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, None when there is none."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, function = COMMANDS[cmd_name]
        with rare_collections():
            command: click.Command = getattr(import_module(module), function)
        return command


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="For training and research. Not a medical device.",
)
@click.version_option(package_name="levelstride", message="levelstride %(version)s")
def levelstride() -> None:
    """Pelvic drop and tibial rotation at every stride, from Bluetooth IMUs.

    Exit codes: 0 done; 2 wrong usage or input; 3 finished, but with data lost or doubtful;
    1 a fault of levelstride.
    """


def main() -> NoReturn:
    """Run the command line and end the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that knows no "±"
    code = run(sys.argv[1:])
    gc.freeze()  # or Python, ending, looks through all that is left for objects in circles
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command line.

    Args:
        arguments: words after ``levelstride``.

    Returns:
        The exit code.
    """
    try:
        result = levelstride.main(args=arguments, prog_name="levelstride", standalone_mode=False)
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except click.Abort:
        click.echo("Stopped.", err=True)
        return 130
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "levelstride"
        click.echo(f"levelstride: {_said(error)} See: {command} --help", err=True)
        return WRONG_USE
    except click.ClickException as error:
        click.echo(f"levelstride: {_said(error)}", err=True)
        return WRONG_USE
    except LevelstrideError as error:
        click.echo(f"levelstride: {one_line(str(error))}", err=True)
        return WRONG_USE
    except BrokenPipeError:
        # the reader of our output has gone, for example `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        click.echo(
            f"levelstride: {one_line(where)}the system says: {error.strerror or error}.", err=True
        )
        return WRONG_USE
    except Exception as error:  # noqa: BLE001 - the last line of defence: a fault of ours, said so
        if os.environ.get("LEVELSTRIDE_DEBUG"):
            traceback.print_exc()
        click.echo(
            f"levelstride: this is a fault of levelstride: {type(error).__name__}: "
            f"{one_line(str(error))}. Set LEVELSTRIDE_DEBUG=1 for details and report it.",
            err=True,
        )
        return FAULT
    return result if isinstance(result, int) else DONE


def _said(error: click.ClickException) -> str:
    """What click says, in one line that ends; it gives each choice a line of its own."""
    words = one_line(" ".join(error.format_message().split()))
    return words if words.endswith((".", "?", "!")) else f"{words}."
