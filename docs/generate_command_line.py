"""Writes docs/command-line.md from the commands themselves.

Run from the root of the project: ``uv run python docs/generate_command_line.py``.
"""

from __future__ import annotations

import inspect
from pathlib import Path

import click

from levelstride.cli import COMMANDS, levelstride

ROOT = Path(__file__).resolve().parent.parent

INTRODUCTION = """\
# Command line

<!-- Written by docs/generate_command_line.py from levelstride/commands; change it there. -->

`levelstride COMMAND …`, also `python -m levelstride COMMAND …`. Exit codes: 0 done; 2 wrong usage
or input, with one line on standard error that says what, where and what to do; 3 finished, but
with data lost or doubtful; 1 a fault of levelstride. With `--json` standard output holds one
object and nothing else. Progress goes to standard error.
"""


def command_line_page() -> str:
    """The whole page as Markdown."""
    context = click.Context(levelstride, info_name="levelstride")
    return "\n".join([INTRODUCTION, *(_section(name, context) for name in sorted(COMMANDS))])


def _section(name: str, parent: click.Context, *, level: str = "##") -> str:
    group = parent.command
    assert isinstance(group, click.Group)
    command = group.get_command(parent, name)
    assert command is not None
    context = click.Context(command, info_name=name, parent=parent)
    if isinstance(command, click.Group):
        head = f"## {name}\n\n{inspect.cleandoc(command.help or '')}\n"
        parts = [_section(each, context, level="###") for each in command.list_commands(context)]
        return "\n".join([head, *parts])
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    lines = [
        f"{level} {context.command_path.partition(' ')[2]}",
        "",
        f"`{usage}`",
        "",
        inspect.cleandoc(command.help or ""),
        "",
    ]
    options = [p.get_help_record(context) for p in command.get_params(context)]
    rows = [record for record in options if record is not None and "--help" not in record[0]]
    if rows:
        lines += ["| option | meaning |", "|---|---|"]
        lines += [f"| `{_cell(words)}` | {_cell(help_text)} |" for words, help_text in rows]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    (ROOT / "docs" / "command-line.md").write_text(command_line_page(), encoding="utf-8")
