"""What a session was analysed with: the version of the algorithm, its parameters, and the pass.

The parameters are the constants of the modules that take part in an analysis, read from their source:
a threshold that is changed makes another method, also when nobody thinks of the version.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

ALGORITHM_VERSION = 6
"""Raised with each change of results (*Scientific Changes* of the changelog)."""
_ENTRIES = ("pipeline.analyse_file",)
_ROOMS = ("pipeline", "sensors")
_ROOT = Path(__file__).resolve().parent.parent


def method_of(provenance: Mapping[str, object]) -> str:
    """The method by which this program has just analysed a session; empty if it has not.

    Args:
        provenance: of the session; it names the pass.
    """
    mode = provenance.get("mode")
    return f"{analysis_method()}-{mode}" if mode in ("online", "offline") else ""


@cache
def analysis_method() -> str:
    """This program's method without the pass, such as ``1-0a1b2c3d4e5f``."""
    digest = hashlib.sha256()
    for name, value in sorted(_constants().items()):
        digest.update(f"{name}={value}\n".encode())
    return f"{ALGORITHM_VERSION}-{digest.hexdigest()[:12]}"


def _constants() -> dict[str, str]:
    """Constants of the modules that an analysis loads, by full name."""
    found: dict[str, str] = {}
    seen: set[str] = set()
    waiting = list(_ENTRIES)
    while waiting:
        module = waiting.pop()
        path = _file(module)
        if module in seen or path is None:
            continue
        seen.add(module)
        tree = ast.parse(path.read_text("utf-8"))
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                waiting += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            targets: list[ast.expr] = []
            if isinstance(node, ast.Assign):
                targets = node.targets
            elif isinstance(node, ast.AnnAssign) and node.value is not None:
                targets = [node.target]
            for target in targets:
                if isinstance(target, ast.Name) and target.id.isupper():
                    assert isinstance(node, ast.Assign | ast.AnnAssign)
                    if node.value is not None:
                        found[f"{module}.{target.id}"] = ast.unparse(node.value)
    return found


def _file(module: str) -> Path | None:
    """Source of a module of ours."""
    parts = module.split(".")
    if parts[0] not in _ROOMS:
        return None
    path = _ROOT.joinpath(*parts)
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None
