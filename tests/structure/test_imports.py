"""The arrows between the rooms run one way: dashboard -> pipeline -> sensors."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAY_IMPORT: dict[str, set[str]] = {
    "levelstride": {"dashboard", "pipeline", "sensors", "firmware_sim"},
    "dashboard": {"pipeline", "sensors"},
    "pipeline": {"sensors"},
    "sensors": set(),
    "firmware_sim": set(),
}


def modules(package: str) -> dict[str, Path]:
    """Module name to file, of a package and all below it."""
    found = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(path: Path, *, at_run_time: bool = False) -> set[str]:
    """Full names that a file imports; with ``at_run_time`` only those done on its import."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes: list[ast.AST] = []
    if at_run_time:
        for statement in tree.body:
            nodes.append(statement)
            if isinstance(statement, ast.Try):
                nodes += statement.body
    else:
        nodes = list(ast.walk(tree))
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute here"
            assert node.module is not None
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return names


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_room_imports_only_the_rooms_it_may(package: str) -> None:
    """Imports inside functions and type checks count, too."""
    files = modules(package)
    assert files
    for path in files.values():
        rooms = {name.split(".")[0] for name in imported(path)} & set(MAY_IMPORT)
        assert rooms <= MAY_IMPORT[package] | {package}, path


def test_no_module_takes_part_in_an_import_circle() -> None:
    """Not between rooms and not inside one."""
    files = {name: path for package in MAY_IMPORT for name, path in modules(package).items()}
    arrows = {
        name: {other for other in imported(path, at_run_time=True) if other in files} - {name}
        for name, path in files.items()
    }
    state: dict[str, int] = {}

    def visit(name: str, trail: tuple[str, ...]) -> None:
        if state.get(name) == 2:
            return
        assert state.get(name) != 1, " -> ".join((*trail, name))
        state[name] = 1
        for other in sorted(arrows[name]):
            # a package's __init__ is loaded before its modules; only its own imports count
            visit(other, (*trail, name))
        state[name] = 2

    for name in sorted(arrows):
        visit(name, ())


def test_every_python_file_is_in_a_known_place() -> None:
    """No stray packages at the top level."""
    known = {*MAY_IMPORT, "tests", "benchmarks", "docs", "examples"}
    tops = {p.relative_to(ROOT).parts[0] for p in ROOT.glob("[!.]*/**/*.py")}
    assert tops <= known


def test_the_wheel_and_the_type_check_have_every_room() -> None:
    """An editable installation has all folders, whatever the wheel would hold."""
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert set(tools["hatch"]["build"]["targets"]["wheel"]["packages"]) == set(MAY_IMPORT)
    assert set(tools["mypy"]["files"]) >= set(MAY_IMPORT)


def test_analyze_starts_without_the_slow_libraries() -> None:
    """Each takes as long to load as minutes of running take to analyse; few files need them."""
    shown = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, levelstride.commands.analyze; print(*sys.modules)",
        ],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    loaded = set(shown.stdout.split())
    assert "pipeline.engine" in loaded
    slow = {"pandas", "pyarrow", "scipy.signal", "scipy.stats", "sqlalchemy"}
    assert not loaded & {*slow, "bleak", "asyncio", "rich", "xml.etree.ElementTree"}
