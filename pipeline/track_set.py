"""The tracks of a session, and where in them every sensor stood still."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.stillness import StillnessMonitor
from pipeline.track import SensorTrack
from sensors.placement import Placement
from sensors.sample_block import SampleBlock


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
        self.stillness = StillnessMonitor()

    def push(self, block: SampleBlock) -> None:
        """Take in samples that follow those pushed before for the same placement.

        Raises:
            ValueError: the placement was not announced.
        """
        if block.placement not in self.placements:
            raise ValueError(f"{block.placement} was not announced")
        track = self.tracks.get(block.placement)
        if track is None:
            track = self.tracks[block.placement] = SensorTrack(
                block.placement, block.rate_hz, live=self._live
            )
        track.push(block)
        self.stillness.advance(track)

    @property
    def pelvis(self) -> SensorTrack | None:
        """The pelvis track, None when it has sent nothing."""
        return self.tracks.get(Placement.PELVIS)

    @property
    def first_s(self) -> float:
        """Session time of the first sample kept."""
        return min(float(t.time_s.row(t.time_s.start)) for t in self.tracks.values())

    @property
    def last_s(self) -> float:
        """Session time of the last sample."""
        return max(t.watermark_s for t in self.tracks.values())

    def trim(self, before_s: float) -> None:
        """Forget samples before a session time."""
        for track in self.tracks.values():
            if track.end and before_s > track.time_s.row(track.time_s.start):
                track.trim(track.position_at(before_s))
