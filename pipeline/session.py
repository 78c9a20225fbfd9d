"""A session: one runner's strides of one recording, with their provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.stride import Stride
from pipeline.tasks.repetition import Repetition

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Session:
    """Result of analysing one recording or input file.

    Attributes:
        session_id: UUID, text form.
        runner: name or code the runner is listed under; empty when not given.
        started_utc: start of the recording, time zone aware; None when the source does not say.
        duration_s: from the first to the last sample.
        strides: in order of ``foot_strike_s``.
        conditions: free pairs such as ``shoe``, ``insole``, ``surface``, ``task``.
        quality: what is known of the data: per placement ``rate_hz``, ``samples``,
            ``lost_samples``, ``clipped_samples``; calibration method and residuals.
        problems: sentences about lost or doubtful data; empty when there is nothing to say.
        notes: sentences about what could not be known, or was mended without loss.
        provenance: versions, parameters, digest of the source file, mode (``online``/``offline``).
        source: the analysed file.
        repetitions: single-leg squats and step-downs, in order of time; found offline only.
    """

    session_id: str
    runner: str
    started_utc: datetime | None
    duration_s: float
    strides: Sequence[Stride]
    conditions: Mapping[str, str] = field(default_factory=dict)
    quality: Mapping[str, object] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    provenance: Mapping[str, object] = field(default_factory=dict)
    source: Path | None = None
    repetitions: Sequence[Repetition] = ()

    @property
    def table(self) -> pd.DataFrame:
        """The stride table: one row per stride, columns as ``pipeline.stride_table`` lists them."""
        from pipeline.stride_table import strides_to_frame  # pandas takes a second

        return strides_to_frame(self.strides)

    def valid_strides(self, side: str | None = None) -> list[Stride]:
        """Valid strides, of one side or of both."""
        return [s for s in self.strides if s.valid and (side is None or s.side == side)]
