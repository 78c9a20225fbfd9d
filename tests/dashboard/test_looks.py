"""The comparison of looks sees what people would see, and nothing else."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.dashboard.looks import difference, moved, small


def picture(
    *,
    down: int = 0,
    bar: bool = False,
    ink: str = "#16202a",
    paper: str = "#ffffff",
    shade: int = 0,
) -> bytes:
    image = Image.new("RGB", (640, 480), paper)
    draw = ImageDraw.Draw(image)
    for line in range(4):
        y = 60 + down + 100 * line
        draw.rectangle((30, y, 560 - 20 * line, y + 14), fill=ink)
    if bar:
        draw.rectangle((20, 20, 620, 36), fill="#fff3d6")
        draw.rectangle((24, 22, 500, 34), fill="#7a4a00")
    pixels = np.asarray(image, np.int16) + shade
    out = BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


def test_the_same_look_and_one_of_a_hair_apart_are_the_same() -> None:
    assert difference(small(picture()), small(picture())) == ""
    assert difference(small(picture()), small(picture(down=1, shade=-2))) == ""


@pytest.mark.parametrize(
    "other",
    [
        picture(down=12),
        picture(bar=True),
        picture(ink="#d55e00"),
        picture(paper="#14181c", ink="#e8ecef"),
    ],
    ids=["moved", "a notice more", "other colours", "the other scheme"],
)
def test_what_people_would_see_is_seen(other: bytes) -> None:
    assert "differs" in difference(small(picture()), small(other))


def test_another_size_is_said() -> None:
    assert "its size" in difference(small(picture()), small(picture())[:-1])


def layout(font: float = 1000.0, **parts: list[int]) -> dict[str, object]:
    return {"font": font, "parts": {"a": [0, 0, 100, 20], "b": [0, 30, 100, 20], **parts}}


def test_parts_that_have_moved_or_gone_are_named() -> None:
    assert moved(layout(), layout(a=[0, 4, 102, 20])) == []
    assert moved(layout(), layout(b=[0, 50, 100, 20])) == [
        "b: [0, 50, 100, 20], it was [0, 30, 100, 20]"
    ]
    assert moved(layout(c=[0, 60, 10, 10]), layout()) == ["c: gone"]
    assert moved(layout(), layout(c=[0, 60, 10, 10])) == ["c: new"]


def test_with_another_font_only_the_order_counts() -> None:
    assert moved(layout(), layout(1100.0, b=[0, 44, 120, 26])) == []
    assert moved(layout(), layout(1100.0, b=[0, -44, 120, 26])) == [
        "the parts are in another order"
    ]
