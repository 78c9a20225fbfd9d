"""How bad the world is: every imperfection with its switch, and three named levels of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal, NamedTuple, TypeAlias

from firmware_sim.errors import SimulationError

FaultLevel: TypeAlias = Literal["none", "field", "harsh"]
SlipAxis: TypeAlias = Literal["x", "y", "z"]
SENSOR_NAMES = ("pelvis", "shank_left", "shank_right", "all")
_AXES = ("x", "y", "z")


class TimedFault(NamedTuple):
    """Something that happens once, at a set time.

    Attributes:
        at_s: Session time.
        placement: Whom it strikes: a placement, or ``all``.
        size: Length in s (out of range), time off in s (reboot), turn in deg (slip); 0 = the usual
            size (10 s, 2 s, 3 deg). Battery death has no size.
    """

    at_s: float
    placement: str = "shank_left"
    size: float = 0.0

    def strikes(self, placement: str) -> bool:
        """Whether the sensor worn at ``placement`` is meant."""
        return self.placement in (placement, "all")


@dataclass(frozen=True, slots=True)
class FaultSettings:
    """Sizes of imperfections; SD = standard deviation of the draw. Sources: ``docs/simulator.md``.

    Attributes:
        mount_tilt_deg: Largest tilt of the sensor on its segment, deg.
        mount_turn_deg: Largest turn about the long axis of the shank, deg.
        gyro_bias_dps: SD of constant gyroscope bias per axis, deg/s.
        gyro_thermal_dps: SD of the bias that warming up adds in the end, deg/s.
        gyro_instability_dph: Bias instability, deg/h: SD of a bias that wanders over minutes.
        acc_bias_mg: SD of accelerometer bias per axis, mg.
        acc_thermal_mg: SD of the bias that warming up adds in the end, mg.
        scale: SD of relative scale error per axis.
        scale_thermal: SD of relative scale change in the end of warming up.
        cross_axis: SD of cross-axis sensitivity.
        g_sensitivity_dps_g: SD of gyroscope bias by acceleration, deg/s per g, each pair of axes.
        noise_gain: Factor on the noise densities of the part.
        warm_up_k: Smallest and largest warming of the sensor in the session, K.
        bandwidth_hz: Anti-alias low-pass of second order before sampling, Hz; 0 = points of the signal.
        clip_recovery_samples: Most samples that a saturated output stays at its limit afterwards.
        rate_error: Largest relative error of the sensor's own sampling clock.
        clock_ppm: Largest device-clock drift, parts per million.
        clock_wander_ms_h: Wander of the device clock about its drift, ms in an hour.
        clock_ppm_k2: Slowing of the device crystal off 25 degrees, parts per million per K^2.
        soft_tissue_deg: Scale of the stride-locked artefact, deg: (pelvis, shank axial).
        wobble_deg: Scale of the impact-driven sensor wobble, deg.
        strap_ringing_g: Axial peak of the strap's ringing after a running impact, g.
        slip_creep_deg: Creep of the strap over 30 min, deg (all sensors).
        slip_axis: Segment axis about which straps slip (y is the long axis).
        slip_step: Sudden slips, deg.
        impact_gain: Factor on the impact transients (harsh impacts clip at 16 g).
        squat_error_deg: SD of (obliquity, rotation) at the lowest point of the calibration movement.
        connection_interval_ms: Bluetooth connection interval, ms.
        notifications_per_event: Notifications that one connection event carries.
        queue_packets: Notifications that the device's send queue holds; what comes on top is dropped.
        mtu: ATT MTU that the device agrees to, bytes.
        loss: Mean share of lost notifications, in bursts.
        burst_packets: Mean length of a loss burst, packets.
        loss_residual: Share of notifications lost singly, besides the bursts.
        dropouts: Number of silent periods per sensor within each 120 s of session, on average.
        duplicates: Share of notifications that the host delivers twice.
        reorder: Share of notifications that the host delivers after the next one.
        jitter_ms: Scale of host-side delay, ms.
        stalls_per_min: Host stalls (100-270 ms) per minute.
        startup_loss: Largest share of frames missing in the first seconds of devices without a clock.
        supervision_s: Time without contact after which a link is given up, s.
        out_of_range: Stretches without contact.
        reboot: Restarts of the device.
        battery_death: When a device falls silent for ever.
        battery_start_percent: Battery level at the beginning, per cent; 0 = drawn, 60-99.
        battery_s_per_percent: Time in which the battery falls by one per cent, s.
        swapped_labels: Whether the two shank sensors carry each other's placement in Config.
    """

    mount_tilt_deg: float = 10.0
    mount_turn_deg: float = 30.0
    gyro_bias_dps: float = 0.3
    gyro_thermal_dps: float = 0.0
    gyro_instability_dph: float = 0.0
    acc_bias_mg: float = 3.0
    acc_thermal_mg: float = 0.0
    scale: float = 0.002
    scale_thermal: float = 0.0
    cross_axis: float = 0.001
    g_sensitivity_dps_g: float = 0.0
    noise_gain: float = 1.0
    warm_up_k: tuple[float, float] = (5.0, 15.0)
    bandwidth_hz: float = 0.0
    clip_recovery_samples: int = 0
    rate_error: float = 0.005
    clock_ppm: float = 10.0
    clock_wander_ms_h: float = 0.0
    clock_ppm_k2: float = 0.0
    soft_tissue_deg: tuple[float, float] = (0.0, 0.0)
    wobble_deg: float = 0.0
    strap_ringing_g: float = 0.0
    slip_creep_deg: float = 0.0
    slip_axis: SlipAxis = "y"
    slip_step: tuple[TimedFault, ...] = ()
    impact_gain: float = 1.0
    squat_error_deg: tuple[float, float] = (0.0, 0.0)
    connection_interval_ms: float = 15.0
    notifications_per_event: int = 4
    queue_packets: int = 16
    mtu: int = 247
    loss: float = 0.0
    burst_packets: float = 1.0
    loss_residual: float = 0.0
    dropouts: float = 0.0
    duplicates: float = 0.0
    reorder: float = 0.0
    jitter_ms: float = 0.5
    stalls_per_min: float = 0.0
    startup_loss: float = 0.0
    supervision_s: float = 4.0
    out_of_range: tuple[TimedFault, ...] = ()
    reboot: tuple[TimedFault, ...] = ()
    battery_death: tuple[TimedFault, ...] = ()
    battery_start_percent: float = 0.0
    battery_s_per_percent: float = 360.0
    swapped_labels: bool = False


FAULTS: dict[FaultLevel, FaultSettings] = {
    "none": FaultSettings(),
    "field": FaultSettings(
        gyro_bias_dps=0.5,
        gyro_thermal_dps=0.3,
        gyro_instability_dph=5.0,
        acc_bias_mg=12.0,
        acc_thermal_mg=1.5,
        scale=0.006,
        scale_thermal=0.001,
        cross_axis=0.004,
        g_sensitivity_dps_g=0.03,
        clip_recovery_samples=1,
        clock_ppm=30.0,
        clock_wander_ms_h=1.5,
        soft_tissue_deg=(0.5, 1.0),
        wobble_deg=0.5,
        strap_ringing_g=0.3,
        squat_error_deg=(0.4, 0.8),
        loss=0.005,
        burst_packets=2.0,
        duplicates=0.001,
        jitter_ms=3.0,
        stalls_per_min=2.0,
        startup_loss=0.14,
    ),
    "harsh": FaultSettings(
        gyro_bias_dps=1.0,
        gyro_thermal_dps=0.6,
        gyro_instability_dph=10.0,
        acc_bias_mg=20.0,
        acc_thermal_mg=3.0,
        scale=0.01,
        scale_thermal=0.002,
        cross_axis=0.008,
        g_sensitivity_dps_g=0.1,
        clip_recovery_samples=3,
        clock_ppm=100.0,
        clock_wander_ms_h=3.0,
        clock_ppm_k2=0.034,
        soft_tissue_deg=(1.0, 2.0),
        wobble_deg=1.0,
        strap_ringing_g=1.0,
        impact_gain=1.9,
        squat_error_deg=(0.8, 1.6),
        loss=0.02,
        burst_packets=2.5,
        loss_residual=0.001,
        dropouts=0.7,
        duplicates=0.001,
        jitter_ms=8.0,
        stalls_per_min=6.0,
        startup_loss=0.2,
    ),
}

_LIMITS: dict[str, tuple[float, float]] = {
    "mount_tilt_deg": (0.0, 45.0),
    "mount_turn_deg": (0.0, 180.0),
    "scale": (0.0, 0.2),
    "scale_thermal": (0.0, 0.1),
    "cross_axis": (0.0, 0.2),
    "clip_recovery_samples": (0, 20),
    "rate_error": (0.0, 0.05),
    "clock_ppm": (0.0, 1000.0),
    "impact_gain": (0.0, 5.0),
    "connection_interval_ms": (7.5, 500.0),
    "notifications_per_event": (1, 20),
    "queue_packets": (1, 1000),
    "mtu": (23, 247),
    "loss": (0.0, 0.9),
    "burst_packets": (1.0, 1000.0),
    "loss_residual": (0.0, 0.9),
    "dropouts": (0.0, 1.0),
    "duplicates": (0.0, 0.9),
    "reorder": (0.0, 0.9),
    "startup_loss": (0.0, 0.9),
    "supervision_s": (0.1, 32.0),
    "battery_start_percent": (0.0, 100.0),
    "battery_s_per_percent": (1.0, 1e6),
}
"""Limits [least, most] of a value, where they are not 0 and 10 000."""

FaultValue: TypeAlias = (
    float | str | bool | tuple[float, float] | tuple[TimedFault, ...] | TimedFault
)


def faults_with(level: FaultLevel, overrides: Mapping[str, FaultValue]) -> FaultSettings:
    """A fault level with some of its settings changed.

    Args:
        level: ``none``, ``field`` or ``harsh``.
        overrides: Values by the names of :class:`FaultSettings`. A value may be text: ``0.02``; a pair
            ``0.5,1``; ``yes`` or ``no``; an axis; and for what happens at set times
            ``AT[:PLACEMENT[:SIZE]]``, several parted by ``;`` (``120:shank_left:8;300:all``).

    Returns:
        The settings.

    Raises:
        SimulationError: The level or a name is not known, or a value is not possible.
    """
    if level not in FAULTS:
        raise SimulationError(
            "faults", level, f"Fault level {level!r} is not known; use {', '.join(FAULTS)}."
        )
    settings = FAULTS[level]
    known = [f.name for f in fields(FaultSettings)]
    changed: dict[str, object] = {}
    for name, value in overrides.items():
        if name not in known:
            raise SimulationError(
                "fault_overrides", name, f"Fault {name!r} is not known; use {', '.join(known)}."
            )
        changed[name] = _value(name, getattr(settings, name), value)
    settings = replace(settings, **changed)  # type: ignore[arg-type]
    if settings.warm_up_k[0] > settings.warm_up_k[1]:
        raise _impossible("warm_up_k", settings.warm_up_k, "the smaller number first")
    return settings


def _impossible(name: str, value: object, wanted: str) -> SimulationError:
    return SimulationError(name, value, f"Fault {name} cannot be {value!r}; give {wanted}.")


def _value(name: str, present: object, value: FaultValue) -> object:
    if name == "slip_axis":
        if value not in _AXES:
            raise _impossible(name, value, "x, y or z")
        return value
    if isinstance(present, bool):
        words = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
        known = words.get(str(value).lower())
        if known is None:
            raise _impossible(name, value, "yes or no")
        return known
    if name in ("slip_step", "out_of_range", "reboot", "battery_death"):
        return _timed(name, value)
    if isinstance(present, tuple):
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, list | tuple) or len(parts) != 2:
            raise _impossible(name, value, "two numbers, as in 0.5,1")
        return (_number(name, parts[0]), _number(name, parts[1]))
    number = _number(name, value)
    if isinstance(present, int):
        if number != int(number):
            raise _impossible(name, value, "a whole number")
        return int(number)
    return number


def _number(name: str, value: object) -> float:
    least, most = _LIMITS.get(name, (0.0, 10_000.0))
    wanted = f"a number from {least:g} to {most:g}"
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _impossible(name, value, wanted)
    try:
        number = float(value)
    except ValueError:
        raise _impossible(name, value, wanted) from None
    if not least <= number <= most:
        raise _impossible(name, value, wanted)
    return number


def _timed(name: str, value: object) -> tuple[TimedFault, ...]:
    wanted = f"AT[:PLACEMENT[:SIZE]] with AT in s and PLACEMENT one of {', '.join(SENSOR_NAMES)}"
    if isinstance(value, str):
        rows: list[object] = [part.split(":") for part in value.split(";") if part]
    elif isinstance(value, TimedFault) or not isinstance(value, list | tuple):
        rows = [value]
    else:
        rows = list(value)
    found = []
    for row in rows:
        parts = list(row) if isinstance(row, list | tuple) else [row]
        if not 1 <= len(parts) <= 3 or (len(parts) > 1 and parts[1] not in SENSOR_NAMES):
            raise _impossible(name, value, wanted)
        try:
            numbers = [_number("at_s", parts[0]), *(_number("size", p) for p in parts[2:])]
        except SimulationError:
            raise _impossible(name, value, wanted) from None
        timed = TimedFault(numbers[0])
        if len(parts) > 1:
            timed = TimedFault(numbers[0], str(parts[1]), *numbers[1:])
        found.append(timed)
    return tuple(sorted(found))
