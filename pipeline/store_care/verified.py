"""What a look at a whole library found."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Verified:
    """What was found.

    Attributes:
        sessions: number of sessions.
        files: number of files that were looked at.
        bytes: their size together.
        missing: files that a row names and that are not there.
        damaged: files whose content is not what was stored.
        orphans: files that no row names.
        without_digest: files stored by an earlier version, whose content nothing can be held against.
        catalogue: sentences about the catalogue itself.
        mended: sentences about what was put right.
    """

    sessions: int = 0
    files: int = 0
    bytes: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    without_digest: list[str] = field(default_factory=list)
    catalogue: list[str] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong; files that nothing can be held against count as right."""
        return not (self.missing or self.damaged or self.orphans or self.catalogue)
