"""The form in which every metric is described."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReferenceBand:
    """Mean and standard deviation of a metric in a published group.

    A band says where a group lay, not where a runner ought to be.

    Attributes:
        population: who was measured.
        n: number of people.
        speed: speed and surface, in words.
        mean: mean over the people, unit of the metric.
        sd: standard deviation between the people, unit of the metric.
        source: publication.
        caution: how the published quantity differs from ours; empty when it does not.
    """

    population: str
    n: int
    speed: str
    mean: float
    sd: float
    source: str
    caution: str = ""


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """Description of one metric of a stride.

    Attributes:
        key: column of the stride table.
        name: full name in words.
        short_name: name for narrow places.
        unit: unit as it is printed (``°``, ``% stance``, ``ms`` is never used: SI seconds).
        decimals: digits after the point when printed.
        definition: what is measured, in words.
        sign: what a positive value means; empty when the value cannot be negative.
        source: where the definition comes from.
        formula: the same as plain text.
        reference_bands: published groups with a mean and a standard deviation.
        context: published or computed figures that are no band, each a sentence with its source.
        does_not_mean: what must not be read into the value.
        headline: whether it is shown first.
        has_standard_error: whether the stride table has a column ``<key>_se``.
    """

    key: str
    name: str
    short_name: str
    unit: str
    decimals: int
    definition: str
    sign: str
    source: str
    formula: str
    does_not_mean: str
    reference_bands: tuple[ReferenceBand, ...] = ()
    context: tuple[str, ...] = ()
    headline: bool = False
    has_standard_error: bool = False

    @property
    def standard_error_key(self) -> str:
        """Column of the standard error, ``<key>_se``, whether or not the table has it."""
        return f"{self.key}_se"
