"""Names of runners, as the library takes them."""

from __future__ import annotations

import unicodedata

from pipeline.errors import StoreError

MAX_RUNNER_NAME = 200


def runner_name(name: str, where: str) -> str:
    """A runner's name without blanks around it.

    Args:
        name: any text of printable characters.
        where: the library, for the error.

    Raises:
        StoreError: it is too long or holds characters that cannot be printed.
    """
    cleaned = name.strip()
    if len(cleaned) > MAX_RUNNER_NAME or not all(_is_text(character) for character in cleaned):
        raise StoreError(
            "the name of the runner is too long or holds characters that cannot be printed",
            where=where,
            remedy=f"Use up to {MAX_RUNNER_NAME} printable characters",
        )
    return cleaned


def _is_text(character: str) -> bool:
    """Printable, a blank, or a sign that joins letters or emoji or sets their direction."""
    return character.isprintable() or character == " " or unicodedata.category(character) == "Cf"
