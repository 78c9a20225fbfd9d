"""All metrics, in the order of the stride table."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pipeline.metrics.cadence import CADENCE
from pipeline.metrics.contact_time import CONTACT_TIME
from pipeline.metrics.cpd_exc import CPD_EXC
from pipeline.metrics.cpd_mid import CPD_MID
from pipeline.metrics.cpd_peak import CPD_PEAK
from pipeline.metrics.cpd_peak_abs import CPD_PEAK_ABS
from pipeline.metrics.cpd_peak_pct import CPD_PEAK_PCT
from pipeline.metrics.definition import MetricDefinition
from pipeline.metrics.duty_factor import DUTY_FACTOR
from pipeline.metrics.flight_time import FLIGHT_TIME
from pipeline.metrics.heart_rate import HEART_RATE
from pipeline.metrics.pelvis_rom import PELVIS_ROM
from pipeline.metrics.slope import SLOPE
from pipeline.metrics.speed import SPEED
from pipeline.metrics.step_time import STEP_TIME
from pipeline.metrics.stride_time import STRIDE_TIME
from pipeline.metrics.tibial_shock import TIBIAL_SHOCK
from pipeline.metrics.tir_exc import TIR_EXC
from pipeline.metrics.tir_peak_pct import TIR_PEAK_PCT
from pipeline.metrics.tir_vel import TIR_VEL
from pipeline.metrics.vertical_oscillation import VERTICAL_OSCILLATION

METRICS: Mapping[str, MetricDefinition] = MappingProxyType(
    {
        metric.key: metric
        for metric in (
            STRIDE_TIME,
            CONTACT_TIME,
            FLIGHT_TIME,
            CADENCE,
            CPD_PEAK,
            CPD_PEAK_ABS,
            CPD_EXC,
            CPD_MID,
            CPD_PEAK_PCT,
            PELVIS_ROM,
            TIR_EXC,
            TIR_PEAK_PCT,
            TIR_VEL,
            TIBIAL_SHOCK,
            STEP_TIME,
            DUTY_FACTOR,
            VERTICAL_OSCILLATION,
            SPEED,
            SLOPE,
            HEART_RATE,
        )
    }
)
"""Column of the stride table to its metric, in the order of the columns."""

HEADLINE: tuple[str, ...] = tuple(key for key, metric in METRICS.items() if metric.headline)
"""Keys of the metrics that are shown first."""
