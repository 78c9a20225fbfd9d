"""Texts of the scripts of the live page and of the set-up, handed to them with the page.

``assets/live_words.js`` looks them up; ``tests/dashboard/test_client_words.py`` holds this list and
the scripts together.
"""

from __future__ import annotations

import json

from dashboard.language import language, tr

CLIENT_TEXTS = (
    "degrees",
    "No news for {seconds} s: values are old",
    "Last stride {seconds} s ago",
    "Not done: {problem}",
    "Started.",
    "Stopping.",
    "Marked: {text}",
    "Marked.",
    "Condition: {text}",
    "none",
    "Lap.",
    "strides before the last one",
    "% of stance",
    "something in the form is not possible.",
    "status {number}",
    "the server does not answer.",
    "Cues are given.",
    "Cues have ended.",
    "Sound is on",
    "Sound is off",
    "no cues",
    ", on for {percent} % of the time",
    "(session {number} of {count})",
    "left {left}, right {right}",
    "▲ above the zone",
    "▼ below the zone",
    "● in the zone",
    "not enough data yet",
    "battery {percent} %",
    "lost {percent} %",
    "clipped {count} samples",
    "signal {strength} dBm",
    "No sensor seen yet.",
    "still for {seconds} of {asked} s",
    "not used",
    "pelvis",
    "left shank",
    "right shank",
    "The program on this computer does not answer. Start it again.",
    "Search again",
    "Find sensors",
    "Looking for about ten seconds.",
    "No sensor answered. Press the button of each sensor, charge it when nothing lights up, bring it within two metres, end the maker's app on the phone, switch Bluetooth on, and search again.",
    "{count} of 3 sensors found. Wake the others and search again, or go on with what is there: what needs a missing sensor will be empty.",
    "If it stays so: end other programs and phones that use it, switch it off and on, and search again.",
    "{count} sensors found.",
    "charge it soon",
    "Blink",
    "Blink {name}",
    "Asking {name} to blink.",
    "{name} shows itself now. Where is it worn?",
    "Connecting to the sensors, one after another.",
    "{message} Then try again.",
    "The session before is being stored. Wait a moment.",
    "The session has ended. Start anew when you are ready.",
    "One sensor streams, and nothing is lost. Go on; what needs the others will be empty.",
    "{count} sensors stream, and nothing is lost. Go on.",
    "One sensor streams. You can go on; what needs the others will be empty.",
    "{count} sensors stream. You can go on; what needs the others will be empty.",
    "Done: {calibration}. Strides are coming in.",
    "No session is running. Go back and start one.",
)
"""Every text that a script says."""


def client_words() -> str:
    """The texts in the language of the request, as JSON; an empty object for English."""
    if language() == "en":
        return "{}"
    return json.dumps({text: tr(text) for text in CLIENT_TEXTS}, ensure_ascii=False)
