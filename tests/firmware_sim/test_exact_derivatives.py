"""Rates and accelerations of the body are the derivatives of its angles, not approximations of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.body.curves import Harmonics
from firmware_sim.body.jet import Jet
from firmware_sim.body.motion import rotation_columns
from firmware_sim.body.rotation import Trigonometry
from firmware_sim.session import SimulatedSession


def _numeric(f, t: np.ndarray, h: float = 1e-4) -> tuple[np.ndarray, np.ndarray]:
    low, here, high = f(t - h), f(t), f(t + h)
    return (high - low) / (2 * h), (high - 2 * here + low) / h**2


@settings(max_examples=40, deadline=None)
@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(0.1, 3))
def test_jet_arithmetic_follows_the_product_and_chain_rules(a: float, b: float, w: float) -> None:
    def expression(time: Jet) -> Jet:
        return ((time * w + a).sin() * (time * time) - b * (time * 0.3).cos()) * 2.0 + 1.0

    t = np.linspace(-1.0, 1.0, 9)
    jet = expression(Jet.time(t))
    d, dd = _numeric(lambda x: expression(Jet.time(x)).v, t)
    assert np.allclose(jet.d, d, atol=1e-5)
    assert np.allclose(jet.dd, dd, atol=1e-4)


def test_smoothstep_has_continuous_curvature_at_its_ends() -> None:
    t = np.array([-1e-9, 1e-9, 1 - 1e-9, 1 + 1e-9])
    step = Jet.time(t).smoothstep()
    assert np.allclose(step.v, [0, 0, 1, 1])
    assert np.allclose(step.d, 0, atol=1e-6)
    assert np.allclose(step.dd, 0, atol=1e-6)


def test_harmonics_repeat_every_stride_and_give_their_own_derivatives() -> None:
    rng = np.random.default_rng(3)
    curves = Harmonics((rng.normal(size=(8, 2)) + 1j * rng.normal(size=(8, 2))) / 10)
    t = np.linspace(0, 1, 50)
    value = curves(Jet.time(t) * 1.3)
    assert np.allclose(curves.values(t), curves.values(t + 7.0))
    for i in range(2):
        d, dd = _numeric(lambda x, i=i: curves.values(1.3 * x)[:, i], t, 1e-4)
        assert np.allclose(value[i].d, d, atol=1e-4)
        assert np.allclose(value[i].dd, dd, atol=1e-2)


def _matrix(chain) -> np.ndarray:
    return np.stack([np.stack(rotation_columns(chain, i), -1) for i in range(3)], -1)


@pytest.fixture(scope="module")
def session() -> SimulatedSession:
    return SimulatedSession(40, seed=5, faults="field")


@pytest.mark.parametrize("segment", ["pelvis", "right", "left"])
def test_gyro_integrates_back_to_the_orientation_within_a_tenth_of_a_degree(
    session: SimulatedSession, segment: str
) -> None:
    """10 s at 1 kHz from standing through walking into running; also checks angular acceleration."""
    body = session.body()
    t = np.arange(11.0, 21.0, 0.001)
    motion = body.pelvis(t) if segment == "pelvis" else body.shank(t, int(segment == "left"))
    omega, alpha = Trigonometry(motion.chain).rates()
    w = np.stack(omega, -1)
    rotation = _matrix(motion.chain)
    r = rotation[0]
    for i in range(len(t) - 1):
        step = 0.5 * (w[i] + w[i + 1]) * 0.001
        angle = float(np.linalg.norm(step))
        k = step / max(angle, 1e-15)
        skew = np.array([[0, -k[2], k[1]], [k[2], 0, -k[0]], [-k[1], k[0], 0]])
        r = r @ (np.eye(3) + np.sin(angle) * skew + (1 - np.cos(angle)) * skew @ skew)
    off = np.degrees(np.arccos(np.clip((np.trace(r.T @ rotation[-1]) - 1) / 2, -1, 1)))
    assert off < 0.1
    numeric = np.gradient(w, 0.001, axis=0)[5:-5]
    assert np.allclose(np.stack(alpha, -1)[5:-5], numeric, atol=0.02 * np.abs(numeric).max())


def test_lever_arm_terms_are_those_of_a_rigid_body(session: SimulatedSession) -> None:
    """Force at a point minus force at the origin = second derivative of the lever in the ground frame."""
    t = np.arange(25.0, 26.0, 0.0005)
    motion = session.body().shank(t, 0)
    lever = (0.05, 0.3, -0.02)
    _, here = motion.sensor_signals(lever)
    _, origin = motion.sensor_signals((0.0, 0.0, 0.0))
    extra = Trigonometry(motion.chain).to_ground(
        tuple(a - b for a, b in zip(here, origin, strict=True))
    )
    arm = _matrix(motion.chain) @ np.array(lever)
    numeric = np.gradient(np.gradient(arm, t, axis=0), t, axis=0)[5:-5]
    assert np.allclose(np.stack(extra, -1)[5:-5], numeric, atol=0.01 * np.abs(numeric).max())
