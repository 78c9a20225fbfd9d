"""A recording process is killed: the file opens as it is and misses a quarter second at most."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sensors.recording_file import RecordingFile
from sensors.recording_reader import open_recording
from sensors.session_info import SessionInfo

pytestmark = pytest.mark.real_time

PERIOD_S = 1 / 60

WRITER = """
import sys, time
from pathlib import Path
from sensors.notification import Notification
from sensors.recording_writer import RecordingWriter
from sensors.session_info import SensorInfo, SessionInfo

DATA = "d8a70005-0661-4e6c-b861-ac3ce2dd49da"
sensors = [SensorInfo("S0", kind="open_gait_imu", rate_hz=200.0)]
writer = RecordingWriter(Path(sys.argv[1]), session=SessionInfo(), sensors=sensors)
zero = time.monotonic_ns()
k = 0
while True:
    now = time.monotonic_ns() - zero
    writer.notification(Notification("S0", DATA, k.to_bytes(8, "little") * 17, now))
    sys.stdout.buffer.write(k.to_bytes(8, "little") + now.to_bytes(8, "little"))
    sys.stdout.buffer.flush()
    k += 1
    time.sleep(1 / 60)
"""


def kill_one(path: Path, moment_s: float) -> float:
    """Kill a writer some time after its first notification; what it lost, seconds.

    That is the time from the first notification that is missing to the last one that was handed in, and
    one period: a pause of the whole process before it is no loss.
    """
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, cwd=Path.cwd()
    )
    assert child.stdout is not None
    first = child.stdout.read(16)
    assert len(first) == 16
    time.sleep(moment_s)
    child.send_signal(signal.SIGKILL)
    rest = child.stdout.read()
    child.wait()
    child.stdout.close()
    handed = first + rest[: len(rest) // 16 * 16]
    times_ns = [
        int.from_bytes(handed[at + 8 : at + 16], "little") for at in range(0, len(handed), 16)
    ]
    with open_recording(path) as reader:
        read = list(reader.notifications())
        health = reader.health
    assert [int.from_bytes(n.payload[:8], "little") for n in read] == list(range(len(read)))
    missing_ns = times_ns[len(read) :]
    lost_s = (missing_ns[-1] - missing_ns[0]) * 1e-9 + PERIOD_S if missing_ns else 0.0
    print(
        f"{moment_s:.3f} s: {len(times_ns)} handed in, {len(read)} read, {lost_s * 1e3:.0f} ms lost"
    )
    assert not health.complete
    assert health.damaged_chunks == 0
    assert any("not closed" in problem for problem in health.problems)
    return lost_s


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
@pytest.mark.parametrize("trial", range(15))
def test_killed_writer_loses_a_quarter_second_at_most(tmp_path: Path, trial: int) -> None:
    assert kill_one(tmp_path / "run.mcap", random.Random(trial).uniform(0.0, 0.7)) <= 0.25


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_no_file_has_its_name_before_it_can_be_opened(tmp_path: Path) -> None:
    """Killed at any system call of the making: the name is there with a head that opens, or not at all."""
    path = tmp_path / "run.mcap"
    seen: list[bool] = []
    opened = Path.open

    def look(self: Path, *args: object, **kinds: object) -> object:
        file = opened(self, *args, **kinds)  # type: ignore[arg-type]
        seen.append(path.exists())
        return file

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "open", look)
        made = RecordingFile(path, SessionInfo())
    assert seen == [False]
    with open_recording(path) as reader:
        assert list(reader.notifications()) == []
    with pytest.raises(FileExistsError):
        RecordingFile(path, SessionInfo())
    assert [each.name for each in tmp_path.iterdir()] == ["run.mcap"]
    made.finish()
    made.close()


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
@pytest.mark.full
@pytest.mark.timeout(1800)
def test_two_hundred_killed_writers(tmp_path: Path) -> None:
    """As above, at 200 random moments."""
    random_moments = random.Random(2026)
    lost_s = [
        kill_one(tmp_path / f"{trial}.mcap", random_moments.uniform(0.0, 2.0))
        for trial in range(200)
    ]
    print(f"lost: median {sorted(lost_s)[100] * 1e3:.0f} ms, most {max(lost_s) * 1e3:.0f} ms")
    assert max(lost_s) <= 0.25
