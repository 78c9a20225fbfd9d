"""What a recording is called inside a BIDS data set."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import OutputError


@dataclass(frozen=True, slots=True)
class BidsLabels:
    """What a recording is called in the data set; letters and digits only.

    Attributes:
        subject: ``sub-``; never the runner's name, because data sets are made to be passed on.
        session: ``ses-``; empty for none.
        task: ``task-``; empty takes the session's task or gait.
        run: ``run-``; 0 for none.
    """

    subject: str = "01"
    session: str = ""
    task: str = ""
    run: int = 0

    def __post_init__(self) -> None:
        for name in ("subject", "session", "task"):
            label = getattr(self, name)
            if label and not re.fullmatch(r"[A-Za-z0-9]{1,40}", label):
                raise OutputError(
                    f"{label[:40]!r} is no {name} label of a Motion-BIDS data set",
                    path=f"--{name}",
                    remedy="Use letters and digits only",
                )
        if not self.subject:
            raise OutputError("the subject label is empty", path="--subject")

    @property
    def folder(self) -> Path:
        """Folder of the recording inside the data set."""
        subject = Path(f"sub-{self.subject}")
        return subject / f"ses-{self.session}" if self.session else subject

    @property
    def person(self) -> str:
        """``sub-01`` or ``sub-01_ses-02``."""
        return "_".join(self.folder.parts)

    def stem(self, task: str, *, tracking_system: str = "") -> str:
        """Beginning of a file name, up to the suffix.

        Args:
            task: task label.
            tracking_system: label of the sensor, or empty.
        """
        parts = [self.person, f"task-{task}"]
        if tracking_system:
            parts.append(f"tracksys-{tracking_system}")
        if self.run:
            parts.append(f"run-{self.run:02d}")
        return "_".join(parts)
