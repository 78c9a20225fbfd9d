"""Figures for monitoring, in Prometheus' text format; none is about a person."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections.abc import Mapping

BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.8, 1.0, 2.5, 5.0, 10.0)
_HELP = {
    "requests": "Answered requests by rule of the policy, and class of status.",
    "sign_ins": "Tries to sign in, by result.",
    "upload_bytes": "Bytes received from devices.",
    "uploads_refused": "Uploads that were refused, by reason.",
    "sessions_analysed": "Recordings that were analysed, by result.",
}
_Labels = tuple[tuple[str, str], ...]


class Figures:
    """Counters and one histogram; safe from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, dict[_Labels, float]] = {name: {} for name in _HELP}
        self._buckets = [0] * (len(BUCKETS_S) + 1)
        self._seconds = 0.0
        self._began = time.time()

    def count(self, name: str, amount: float = 1.0, **labels: str) -> None:
        """Add to a counter.

        Args:
            name: one of the known counters.
            amount: what is added.
            labels: values from closed sets; never anything that a person wrote.
        """
        key = tuple(sorted(labels.items()))
        with self._lock:
            known = self._counts[name]
            known[key] = known.get(key, 0.0) + amount

    def took(self, seconds: float) -> None:
        """Add the time of an answer."""
        with self._lock:
            self._buckets[bisect_left(BUCKETS_S, seconds)] += 1
            self._seconds += seconds

    def text(self, gauges: Mapping[str, float]) -> str:
        """All figures.

        Args:
            gauges: further ones of this moment, by name.
        """
        lines: list[str] = []
        with self._lock:
            for name, counted in self._counts.items():
                lines += _head(f"levelstride_{name}_total", _HELP[name], "counter")
                for labels, value in sorted(counted.items()):
                    lines.append(f"levelstride_{name}_total{_label_text(labels)} {value:g}")
            lines += _head("levelstride_answer_seconds", "Time to the last byte.", "histogram")
            total = 0
            for edge, number in zip((*BUCKETS_S, "+Inf"), self._buckets, strict=True):
                total += number
                lines.append(f'levelstride_answer_seconds_bucket{{le="{edge}"}} {total}')
            lines.append(f"levelstride_answer_seconds_sum {self._seconds:.6f}")
            lines.append(f"levelstride_answer_seconds_count {total}")
        everything = {"start_time_seconds": self._began, **_process_figures(), **gauges}
        for name, value in everything.items():
            bare = name.partition("{")[0]
            head = _head(f"levelstride_{bare}", "A figure of this moment.", "gauge")
            lines += head if head[0] not in lines else []
            lines.append(f"levelstride_{name} {value:g}")
        return "\n".join(lines) + "\n"


FIGURES = Figures()
"""The figures of this process."""


def _head(name: str, words: str, kind: str) -> list[str]:
    return [f"# HELP {name} {words}", f"# TYPE {name} {kind}"]


def _label_text(labels: _Labels) -> str:
    if not labels:
        return ""
    inner = ",".join(
        '{}="{}"'.format(key, value.replace("\\", "\\\\").replace('"', '\\"'))
        for key, value in labels
    )
    return "{" + inner + "}"


def _process_figures() -> dict[str, float]:
    try:
        import resource
    except ImportError:  # not on Windows
        return {"process_cpu_seconds": time.process_time()}
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "process_cpu_seconds": used.ru_utime + used.ru_stime,
        "process_peak_memory_bytes": used.ru_maxrss * 1024.0,
        "threads": float(threading.active_count()),
    }
