"""Coverage-guided fuzzing of every decoder: ten minutes each in the full tier."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sensors.drivers.registry import driver_kinds, side_kinds
from tests.conftest import ROOT

SECONDS = int(os.environ.get("LEVELSTRIDE_FUZZ_SECONDS", "600"))
SLOWEST_INPUT_S = 20
LARGEST_MB = 1500
ROUND_S = 30.0
"""The fuzzer's own memory grows by some 10 kB an input, so it begins anew with what it has found."""


@pytest.mark.full
@pytest.mark.timeout(SECONDS + 300)
@pytest.mark.parametrize("kind", [*driver_kinds(), *side_kinds()])
def test_no_input_makes_a_decoder_fail_hang_or_grow(kind: str, tmp_path: Path) -> None:
    """The input that does is printed, and kept beside the test's other files."""
    if importlib.util.find_spec("atheris") is None:
        pytest.skip(
            "not run: atheris is not installed; `uv sync --group fuzz` where it has a build"
        )
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    make = (
        "import sys, pathlib; from tests.sensors.fuzz_driver import seeds; "
        "from tests.sensors.wire_makers import CASES\n"
        "for k, data in enumerate(seeds(CASES[sys.argv[1]])): "
        "(pathlib.Path(sys.argv[2]) / str(k)).write_bytes(data)"
    )
    if kind in driver_kinds():
        subprocess.run([sys.executable, "-c", make, kind, str(corpus)], cwd=ROOT, check=True)
    end_s = time.monotonic() + SECONDS
    while (left_s := end_s - time.monotonic()) > 0.0:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "tests.sensors.fuzz_driver",
                kind,
                f"-max_total_time={max(1, round(min(ROUND_S, left_s)))}",
                f"-timeout={SLOWEST_INPUT_S}",
                f"-rss_limit_mb={LARGEST_MB}",
                "-max_len=4096",
                f"-artifact_prefix={tmp_path}/",
                str(corpus),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
        print(done.stderr.splitlines()[-1])
