"""The collector of circles goes on as before after an analysis."""

from __future__ import annotations

import gc

import pytest

from levelstride.rare_collections import OBJECTS, rare_collections


def look_and_fail() -> None:
    with rare_collections():
        assert gc.get_threshold()[0] == OBJECTS
        raise ValueError("broken")


def test_the_collector_is_set_back_even_after_an_error() -> None:
    before = gc.get_threshold()
    with pytest.raises(ValueError, match="broken"):
        look_and_fail()
    assert gc.get_threshold() == before
