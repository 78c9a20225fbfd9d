"""German words for remarks on data, which the analysis writes, and for damaged files."""

from __future__ import annotations

from collections.abc import Mapping

REMARKS: Mapping[str, str] = {
    # analysis: problems
    "{place}: {share}% of the samples are missing": "{place}: {share} % der Messwerte fehlen",
    "the sensor sent no samples": "der Sensor hat keine Messwerte geschickt",
    "no stride was found; the file may end before the first steps, or hold no gait": "kein Schritt wurde gefunden; die Datei endet vielleicht vor den ersten Schritten oder enthält kein Gehen oder Laufen",
    "no stride is valid": "kein Schritt ist gültig",
    "a sensor sits otherwise from {time} s on ({count} strides); it may have slipped": "ein Sensor sitzt ab {time} s anders ({count} Schritte); vielleicht ist er verrutscht",
    "{side} shank: the sensor shows no stride; check where it was worn": "Unterschenkel {side}: der Sensor zeigt keinen Schritt; prüfen, wo er getragen wurde",
    "left and right foot strike together; samples of one shank may stand for both": "linker und rechter Fuß setzen gleichzeitig auf; vielleicht stehen die Messwerte eines Unterschenkels für beide",
    "{count} packets are damaged and were left out": "{count} Pakete sind beschädigt und wurden ausgelassen",
    "the two shank sensors seem to be swapped; if so, analyse again with --place": "die beiden Unterschenkelsensoren scheinen vertauscht; wenn ja, mit --place neu auswerten",
    # recordings
    "the recording was not closed; what follows the last flush is missing": "die Aufnahme wurde nicht abgeschlossen; was nach dem letzten Schreiben kam, fehlt",
    "{missing} of {stated} messages are missing": "{missing} von {stated} Nachrichten fehlen",
    # analysis: notes
    "{steps} steps were left out because the pelvis alone does not tell left from right in them (bouts of fewer than {least} steps, or of an unclear side)": "{steps} Einzelschritte wurden ausgelassen, weil das Becken allein dort links und rechts nicht unterscheidet (Abschnitte mit weniger als {least} Einzelschritten oder mit unklarer Seite)",
    "there is no pelvis sensor: pelvic drop is not known": "es gibt keinen Beckensensor: das Beckenabsinken ist nicht bekannt",
    "nobody stood still for {time} s before moving: pelvic drop against standing is not known, only its excursion": "vor der Bewegung stand niemand {time} s lang still: das Absinken des Beckens gegenüber dem Stehen ist nicht bekannt, nur sein Ausschlag",
    "no calibration movement was found: the pelvis sensor's forward direction comes from the gait itself": "keine Kalibrierbewegung wurde gefunden: die Vorwärtsrichtung des Beckensensors stammt vom Gang selbst",
    "{count} of {all} strides are in bends: the body leans inwards there, which adds to the peak drop of the outer leg and takes as much from that of the inner one; compare the legs on straight parts": "{count} von {all} Schritten liegen in Kurven: dort neigt sich der Körper nach innen, was zum größten Absinken des äußeren Beins hinzukommt und dem des inneren ebenso viel nimmt; die Beine auf geraden Teilen vergleichen",
    "there is no {side} shank sensor: no {other} strides": "es gibt keinen Unterschenkelsensor {side}: keine Schritte {other}",
    "there is no {side} shank sensor: {other} strides come from the pelvis, their times are less certain and tibial rotation is not known": "es gibt keinen Unterschenkelsensor {side}: Schritte {other} stammen vom Becken, ihre Zeiten sind weniger sicher, und die Schienbeinrotation ist nicht bekannt",
    # damaged files
    "Part of this session cannot be read": "Ein Teil dieser Sitzung ist nicht lesbar",
    "What follows is what is still known.": "Es folgt, was noch bekannt ist.",
    "the file of strides is missing": "die Datei der Schritte fehlt",
    "the file of curves is missing": "die Datei der Kurven fehlt",
    "the file of strides cannot be read ({reason})": "die Datei der Schritte ist nicht lesbar ({reason})",
    "the file of curves cannot be read ({reason})": "die Datei der Kurven ist nicht lesbar ({reason})",
    "the file of repetitions cannot be read ({reason})": "die Datei der Wiederholungen ist nicht lesbar ({reason})",
    "Analyse the recording again to write it anew": "Die Aufnahme neu auswerten, um sie neu zu schreiben",
    "Medians in the list of sessions": "Mediane aus der Liste der Sitzungen",
    "No value is kept in the list either.": "Auch in der Liste steht kein Wert.",
    "They were kept when the session was stored. Trend, interval and left against right are not known without the strides.": "Sie wurden beim Speichern der Sitzung festgehalten. Verlauf, Intervall und Seitenvergleich sind ohne die Schritte nicht bekannt.",
    "The strides cannot be read. These medians were kept in the list of sessions.": "Die Schritte sind nicht lesbar. Diese Mediane stehen in der Liste der Sitzungen.",
    "The strides cannot be read, so their quality is not known.": "Die Schritte sind nicht lesbar, ihre Qualität ist daher nicht bekannt.",
    "Marks, cues and conditions within the run are not known.": "Marken, Hinweise und Bedingungen innerhalb des Laufs sind nicht bekannt.",
    "The recording of this session is not where it was.": "Die Aufnahme dieser Sitzung ist nicht mehr an ihrem Platz.",
    "The file of the recording cannot be read.": "Die Datei der Aufnahme ist nicht lesbar.",
    "the raw signals cannot be drawn": "die Rohsignale lassen sich nicht zeichnen",
    "{count} sessions cannot be read and are left out: {dates}.": "{count} Sitzungen sind nicht lesbar und werden ausgelassen: {dates}.",
    "1 session cannot be read and is left out: {dates}.": "1 Sitzung ist nicht lesbar und wird ausgelassen: {dates}.",
    "Two sessions of the same gait with valid strides are needed.": "Nötig sind zwei Sitzungen derselben Gangart mit gültigen Schritten.",
    "{count} signs are printed as {sign}, as no font of this computer has them; the HTML report and the pages show them wherever the reader's computer can.": "{count} Zeichen sind als {sign} gedruckt, weil keine Schrift dieses Rechners sie hat; der HTML-Bericht und die Seiten zeigen sie, wo der Rechner der Lesenden sie kennt.",
    "No running or walking was found. The single-leg tasks of the session follow.": "Weder Laufen noch Gehen wurde gefunden. Es folgen die einbeinigen Aufgaben der Sitzung.",
    # cues
    "No cue has strides before and after it.": "Kein Hinweis hat Schritte davor und danach.",
    "{name}: {count} cues. Median change in the direction asked for, {before} strides before against {after} after, the first one left out: {change} ({used} cues). Values drift back towards their mean without any cue, too: compare with strides in which feedback was off.": "{name}: {count} Hinweise. Median der Änderung in die verlangte Richtung, {before} Schritte davor gegen {after} danach, der erste ausgelassen: {change} ({used} Hinweise). Werte kehren auch ohne Hinweis zu ihrem Mittel zurück: mit Schritten ohne Rückmeldung vergleichen.",
}
