"""``levelstride live``."""

from __future__ import annotations

import click
from rich.console import Console

from levelstride.commands.options import (
    beside_option,
    browser_option,
    port_option,
    radio_option,
    seed_option,
    worn_option,
)
from levelstride.cue_option import cue_option, terminal_cues
from levelstride.earlier_sessions import (
    course_sessions,
    earlier_baseline,
    feedback_conditions,
)
from levelstride.live_ending import tell_the_end
from levelstride.live_recording import LibraryRecorder, rescue_folder
from levelstride.pages import serve_pages
from levelstride.placement_memory import placements_for
from levelstride.radio_name import RadioName
from levelstride.radios import radio_source
from levelstride.setting_up import SharedRadio
from levelstride.simulated_recording import SIMULATED
from levelstride.store_option import store_option
from levelstride.virtual_runner import VirtualRunner
from pipeline.feedback_request import FeedbackRequest
from pipeline.live_session import LiveSession
from pipeline.store import Store, StorePlace
from sensors.placement import Placement


@click.command(short_help="Record with the dashboard's live page.")
@radio_option
@port_option
@browser_option
@store_option
@worn_option
@beside_option
@seed_option
@cue_option
def live(
    radio: RadioName,
    port: int,
    browser: bool,
    store_folder: StorePlace | None,
    places: dict[str, Placement],
    beside: tuple[str, ...],
    seed: int,
    cue: FeedbackRequest | None,
) -> int:
    """Open the live page; sessions are started and stopped there, and stored in the library.

    The page sets up the sensors, too: finds them, lets them blink, checks and calibrates. At the
    end each session is named, with what went wrong. Exit code 3 when something did.
    """
    with Store.open(store_folder) as store:
        recorder = LibraryRecorder(store, SIMULATED if radio.simulated else "live")
        shared = SharedRadio(radio_source(radio, runner=VirtualRunner(seed, beside=beside)))
        session = LiveSession(
            shared.for_session,
            recorder.make_session,
            recorder.finished,
            placements=placements_for(radio, places),
            side_channels=beside,
            fallback=rescue_folder(),
            earlier=earlier_baseline(store),
            on_cue=terminal_cues(Console(stderr=True)),
            course=course_sessions(store),
        )
        recorder.learnt = lambda: feedback_conditions(session.feedback)
        session.set_feedback(cue)
        setup = shared.setup_for(session, radio)
        try:
            serve_pages(store, session, setup=setup, port=port, browser=browser)
        finally:
            session.stop()
            session.wait()
    return tell_the_end(recorder.stored, session.errors)
