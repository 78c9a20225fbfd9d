"""What became of the samples of a sensor."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class SampleCounts:
    """What became of a sensor's samples.

    Attributes:
        samples: samples given out.
        lost: samples that the sensor took and that never came.
        clipped: samples at the end of a range.
        repeated: samples that came again and were left out.
        damaged: notifications that were no valid packet.
        late: samples that came after their successors, into a gap, and were left out: live only,
            where they still count as lost. When a recording is read they are in their place.
    """

    samples: int = 0
    lost: int = 0
    clipped: int = 0
    repeated: int = 0
    damaged: int = 0
    late: int = 0
