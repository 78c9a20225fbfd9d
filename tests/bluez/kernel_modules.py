"""Kernel modules of an unpacked kernel package, in the order in which they can be loaded."""

from __future__ import annotations

import lzma
import re
from collections.abc import Iterable
from pathlib import Path

_DEPENDS = re.compile(rb"\0depends=([^\0]*)\0")


def _plain_name(name: str) -> str:
    return name.split(".ko")[0].replace("-", "_")


def _content(path: Path) -> bytes:
    raw = path.read_bytes()
    return lzma.decompress(raw) if path.suffix == ".xz" else raw


def load_order(folder: Path, wanted: Iterable[str]) -> list[tuple[str, bytes]]:
    """Modules and what they need, needs first.

    Args:
        folder: where the package's modules lie, at any depth.
        wanted: names; one that is built into the kernel, and so has no file, is left out.

    Returns:
        File name and content of each module.
    """
    files = {_plain_name(path.name): path for path in folder.rglob("*.ko*")}
    order: dict[str, bytes] = {}

    def visit(name: str) -> None:
        if name in order or name not in files:
            return
        content = _content(files[name])
        found = _DEPENDS.search(content)
        for other in found[1].decode().split(",") if found else []:
            visit(_plain_name(other))
        order[name] = content

    for name in wanted:
        visit(name)
    return [(f"{name}.ko", content) for name, content in order.items()]
