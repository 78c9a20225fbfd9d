"""The tracks of a session, and where in them every sensor stood still."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.stillness import WINDOW_S, StillnessMonitor
from pipeline.track import SensorTrack
from sensors.placement import Placement
from sensors.sample_block import SampleBlock

BEHIND_S = 8.0
"""Of a whole session, windows of stillness are cut when so many seconds of samples wait for it. Live they
are cut when somebody asks, or before their samples are forgotten: in the midst of gait nobody does, and most
windows are forgotten before they are cut."""


class TrackSet:
    """Takes in sample blocks of the announced placements.

    Args:
        placements: sensors that may send.
        live: orient the samples as they come.
    """

    def __init__(self, placements: Iterable[Placement], *, live: bool = True) -> None:
        self._live = live
        self.placements = tuple(sorted(set(placements)))
        self.tracks: dict[Placement, SensorTrack] = {}
        self.first_s = float("inf")
        """Session time of the first sample, also when it was forgotten; infinite when there was none."""
        self._stillness = StillnessMonitor(live=live)

    def push(self, block: SampleBlock) -> None:
        """Take in samples that follow those pushed before for the same placement.

        Raises:
            ValueError: the placement was not announced.
        """
        if block.placement not in self.placements:
            raise ValueError(f"{block.placement} was not announced")
        track = self.tracks.get(block.placement)
        if track is None and not len(block):
            return
        if track is None:
            track = self.tracks[block.placement] = SensorTrack(
                block.placement, block.rate_hz, live=self._live
            )
            self.first_s = min(self.first_s, float(block.time_s[0]))
        track.push(block)
        if not self._live and track.watermark_s > self._stillness.known_s(track) + BEHIND_S:
            self._stillness.advance(track)

    @property
    def stillness(self) -> StillnessMonitor:
        """Where the sensors were still, up to their last samples."""
        for track in self.tracks.values():
            self._stillness.advance(track)
        return self._stillness

    def forget_stillness(self, before_s: float) -> None:
        """Forget windows of stillness that end before a session time."""
        self._stillness.forget(before_s)

    @property
    def pelvis(self) -> SensorTrack | None:
        """The pelvis track, None when it has sent nothing."""
        return self.tracks.get(Placement.PELVIS)

    @property
    def last_s(self) -> float:
        """Session time of the last sample."""
        return max(t.watermark_s for t in self.tracks.values())

    def trim(self, before_s: float) -> None:
        """Forget samples before a session time."""
        for track in self.tracks.values():
            if track.end and before_s > track.time_s.row(track.time_s.start):
                if before_s > self._stillness.known_s(track) - WINDOW_S:
                    self._stillness.advance(track)
                track.trim(track.position_at(before_s))
