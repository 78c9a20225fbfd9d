"""``levelstride live``."""

from __future__ import annotations

from pathlib import Path

import click

from levelstride.commands.options import (
    browser_option,
    port_option,
    radio_option,
    seed_option,
    store_option,
    worn_option,
)
from levelstride.exit_codes import DONE
from levelstride.live_recording import LibraryRecorder
from levelstride.pages import serve_pages
from levelstride.placement_memory import placements_for
from levelstride.radio_name import RadioName
from levelstride.radios import radio_source
from levelstride.simulated_recording import SIMULATED
from levelstride.virtual_runner import VirtualRunner
from pipeline.live_session import LiveSession
from pipeline.store import Store
from sensors.placement import Placement


@click.command(short_help="Record with the dashboard's live page.")
@radio_option
@port_option
@browser_option
@store_option
@worn_option
@seed_option
def live(
    radio: RadioName,
    port: int,
    browser: bool,
    store_folder: Path | None,
    places: dict[str, Placement],
    seed: int,
) -> int:
    """Open the live page; sessions are started and stopped there, and stored in the library."""
    with Store.open(store_folder) as store:
        recorder = LibraryRecorder(store, SIMULATED if radio.simulated else "live")
        session = LiveSession(
            radio_source(radio, runner=VirtualRunner(seed)),
            recorder.make_session,
            recorder.finished,
            placements=placements_for(radio, places),
        )
        serve_pages(store, session, port=port, browser=browser)
        session.stop()
        session.wait()
    return DONE
