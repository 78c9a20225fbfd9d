"""The virtual runner that options of the command line ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from firmware_sim import SimulatedSession
from firmware_sim.device import DeviceMaker
from firmware_sim.devices import device_kinds, device_variants
from firmware_sim.errors import SimulationError
from firmware_sim.imu.faults import FaultLevel
from firmware_sim.scenarios import Scenario, scenario
from levelstride.simulated_devices import SimulatedDevice, simulated_device
from sensors.drivers.registry import side_kinds
from sensors.placement import Placement

if TYPE_CHECKING:
    from bumble.link import LocalLink
    from bumble.transport.common import Transport

    from firmware_sim import VirtualSensors

OPEN_PROFILE = "open_gait_imu"


@dataclass(frozen=True, slots=True)
class VirtualRunner:
    """Who runs, what is done, what is worn, and what goes wrong.

    Attributes:
        seed: of all draws.
        scenario: name of a scenario, or a JSON file of one; None for standing, squats, walking and ``gait``.
        faults: level; None takes the scenario's, or ``none``.
        fault_changes: single faults set otherwise, by name.
        device: kind of the three sensors, with ``+variant`` if any.
        beside: kinds of side channels worn, too.

    Raises:
        SimulationError: no such kind of device, or variant.
    """

    seed: int = 0
    scenario: str | None = None
    faults: FaultLevel | None = None
    fault_changes: Mapping[str, str] = field(default_factory=dict)
    device: str = OPEN_PROFILE
    beside: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _ = self.devices  # refuses what there is not

    def session(
        self,
        seconds: float | None = None,
        *,
        speed_m_s: float | None = None,
        gait: Literal["run", "walk"] = "run",
        quick: bool = False,
    ) -> SimulatedSession:
        """Make the session.

        Args:
            seconds: length; None takes the scenario's, or 180.
            speed_m_s: speed of ``gait``; None draws it. Not with a scenario.
            gait: what fills the session. Not with a scenario.
            quick: short preparation for any length. Not with a scenario.

        Raises:
            SimulationError: it cannot be simulated like this.
        """
        if self.scenario is None:
            return SimulatedSession(
                180.0 if seconds is None else seconds,
                self.seed,
                speed_m_s,
                gait,
                self.faults or "none",
                quick,
                fault_overrides=dict(self.fault_changes),
            )
        found = _scenario(self.scenario)
        changed = replace(
            found,
            faults=self.faults or found.faults,
            overrides={**found.overrides, **self.fault_changes},
        )
        return SimulatedSession.from_scenario(changed, self.seed, seconds)

    @property
    def devices(self) -> tuple[SimulatedDevice, ...]:
        """What is worn."""
        kind, _, variant = self.device.partition("+")
        side = side_kinds()
        kinds = [name for name in device_kinds() if name not in side]
        if kind not in kinds:
            raise SimulationError(
                "device", kind, f"No simulated sensor is called {kind!r}; use {', '.join(kinds)}."
            )
        known = device_variants(kind)
        unknown = [name for name in variant.split("+") if variant and name not in known]
        if unknown:
            raise SimulationError(
                "device",
                self.device,
                f"A simulated {kind} has no variant {unknown[0]!r}; it has {', '.join(known) or 'none'}.",
            )
        worn = [SimulatedDevice(kind, place, variant or None) for place in Placement]
        return (*worn, *(SimulatedDevice(name, None) for name in self.beside))

    def sensors(
        self, air: LocalLink | Sequence[Transport], session: SimulatedSession
    ) -> VirtualSensors:
        """What is worn, as peripherals on a virtual link, or on real adapters (one each)."""
        from firmware_sim import VirtualSensors  # the radio takes half a second

        if self.plain:
            return VirtualSensors(air, session)
        makers = [_maker(session, device) for device in self.devices]
        return VirtualSensors(air, session, placements=(), devices=makers)

    @property
    def plain(self) -> bool:
        """Whether the three sensors of the open profile are all that is worn."""
        return self.device == OPEN_PROFILE and not self.beside


def _maker(session: SimulatedSession, wanted: SimulatedDevice) -> DeviceMaker:
    return lambda clock: simulated_device(session, wanted, clock)


def _scenario(name: str) -> Scenario:
    path = Path(name)
    if path.suffix != ".json":
        return scenario(name)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise SimulationError(
            "scenario", name, f"The scenario file {name} cannot be read: {why}; check its name."
        ) from error
    return Scenario.from_json(text)
