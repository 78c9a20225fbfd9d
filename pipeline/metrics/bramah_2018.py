"""Peak contralateral pelvic drop of the runners of Bramah et al. 2018."""

from __future__ import annotations

from pipeline.metrics.definition import ReferenceBand

_SOURCE = "Bramah et al. 2018, Am J Sports Med 46:3023-3031"
_SPEED = "3.2 m/s, treadmill"


def bramah_2018_bands(caution: str) -> tuple[ReferenceBand, ...]:
    """Healthy and injured group, with what to mind when our metric is held against them."""
    return (
        ReferenceBand("runners without injury", 36, _SPEED, 3.7, 1.9, _SOURCE, caution),
        ReferenceBand(
            "runners with one of four soft tissue injuries", 72, _SPEED, 6.4, 2.1, _SOURCE, caution
        ),
    )
