"""The push: one maker for all, nothing queued, nothing left running."""

from __future__ import annotations

import asyncio
import json
import threading

import pytest

from dashboard.live_feed import LiveFeed
from dashboard.live_view import LiveView
from tests.dashboard.made_sessions import make_strides
from tests.dashboard.replay_source import ReplaySource

pytestmark = pytest.mark.real_time


def feed_of(strides_per_s: float = 200.0) -> LiveFeed:
    source = ReplaySource(make_strides(2000), strides_per_s=strides_per_s)
    source.start()
    return LiveFeed(LiveView(source))


def strides_of(text: str) -> int:
    return int(json.loads(text)["stride_total"])


def test_a_viewer_that_sleeps_gets_the_newest_frame_next_and_no_other() -> None:
    async def watch() -> tuple[int, int, int]:
        feed = feed_of()
        frames = feed.frames()
        first = strides_of(await anext(frames))
        await anext(frames)
        await asyncio.sleep(1.0)
        now = strides_of(feed.text())
        woken = strides_of(await anext(frames))
        await frames.aclose()
        return first, woken, now

    first, woken, now = asyncio.run(watch())
    assert woken - first > 100
    assert now - woken < (now - first) / 2  # none of those between, of which the first come first


def test_who_comes_when_the_last_one_leaves_is_told_nothing_old() -> None:
    async def watch() -> list[int]:
        feed = feed_of()
        first, second = feed.frames(), feed.frames()
        await anext(first)
        await anext(first)
        await asyncio.sleep(0.2)
        await first.aclose()
        seen = [strides_of(await anext(second)) for _ in range(4)]
        await second.aclose()
        return seen

    seen = asyncio.run(watch())
    assert seen == sorted(seen)


def test_a_sleeping_viewer_does_not_hold_up_another() -> None:
    async def watch() -> int:
        feed = feed_of()
        asleep, awake = feed.frames(), feed.frames()
        await anext(asleep)
        await anext(asleep)
        got = 0
        async with asyncio.timeout(100):
            async for _ in awake:
                got += 1
                if got == 10:
                    break
        await asleep.aclose()
        await awake.aclose()
        return got

    assert asyncio.run(watch()) == 10


def test_frames_are_made_once_for_all_viewers_and_not_at_all_for_none() -> None:
    async def watch() -> tuple[list[bool], int, int]:
        feed = feed_of()
        viewers = [feed.frames() for _ in range(5)]
        for viewer in viewers:
            await anext(viewer)
        texts = [await anext(viewer) for viewer in viewers]
        makers = [t for t in asyncio.all_tasks() if "_make" in repr(t.get_coro())]
        for viewer in viewers:
            await viewer.aclose()
        await asyncio.sleep(0.1)
        left = [t for t in asyncio.all_tasks() if "_make" in repr(t.get_coro())]
        return [bool(texts)], len(makers), len(left)

    _, makers, left = asyncio.run(watch())
    assert (makers, left) == (1, 0)


def test_a_slow_source_is_asked_by_one_thread_at_a_time() -> None:
    """Whoever makes a snapshot is never asked again before it has answered, however many watch."""

    class Slow(ReplaySource):
        asked = 0
        most = 0

        def snapshot(self, after_stride: int = 0):  # type: ignore[no-untyped-def]
            Slow.asked += 1
            Slow.most = max(Slow.most, Slow.asked)
            threading.Event().wait(0.05)
            Slow.asked -= 1
            return super().snapshot(after_stride)

    async def watch() -> None:
        source = Slow(make_strides(500), strides_per_s=50)
        source.start()
        feed = LiveFeed(LiveView(source))
        viewers = [feed.frames() for _ in range(4)]
        for _ in range(4):
            for viewer in viewers:
                await anext(viewer)
        for viewer in viewers:
            await viewer.aclose()

    asyncio.run(watch())
    assert Slow.most == 1
