"""German words of the stride table, of flags, and of what went wrong."""

from __future__ import annotations

from collections.abc import Mapping

SESSION: Mapping[str, str] = {
    "{first} to {last} of {count}": "{first} bis {last} von {count}",
    "No stride matches.": "Kein Schritt passt.",
    "No.": "Nr.",
    "Side": "Seite",
    "Foot strike (s)": "Aufsetzen (s)",
    "Valid": "Gültig",
    "Shown": "Gezeigt",
    "No stride carries a flag.": "Kein Schritt trägt eine Kennzeichnung.",
    "Previous": "Zurück",
    "Stride table": "Schritttabelle",
    "Flag": "Kennzeichnung",
    "Rows": "Zeilen",
    "1 stride": "1 Schritt",
    "not in summaries": "nicht in den Zusammenfassungen",
    "not described": "nicht beschrieben",
    "the orientation filter or the calibration had not settled yet": "Lagefilter oder Kalibrierung waren noch nicht eingeschwungen",
    "gait, speed or direction changed during the stride": "Gangart, Tempo oder Richtung wechselten im Schritt",
    "the runner turned; drop against gravity is biased by the bend": "Kurvenlauf; die Absenkung gegenüber der Schwerkraft ist dadurch verfälscht",
    "samples are missing inside the stride, too many to bridge": "im Schritt fehlen zu viele Messwerte, um sie zu überbrücken",
    "a short gap inside the stride was bridged": "eine kurze Lücke im Schritt wurde überbrückt",
    "a gyroscope stood at the end of its range": "ein Drehratensensor war am Ende seines Messbereichs",
    "an accelerometer stood at the end of its range (shock is understated)": "ein Beschleunigungssensor war am Ende seines Messbereichs (der Stoß ist unterschätzt)",
    "the pelvis sensor has no samples for the stride": "der Beckensensor hat für den Schritt keine Messwerte",
    "duration or contact time is far from the neighbours'": "Dauer oder Kontaktzeit weichen weit von den Nachbarschritten ab",
    "the sampling rate is below 100 Hz": "die Abtastrate liegt unter 100 Hz",
    "a sensor sits otherwise on the body than it did at first": "ein Sensor sitzt anders am Körper als zu Beginn",
    "the leg has no shank sensor; foot strike and toe-off come from the pelvis": "das Bein hat keinen Sensor am Schienbein; Aufsetzen und Abheben stammen vom Becken",
    "the forward direction of the pelvis sensor is known only roughly": "die Vorwärtsrichtung des Beckensensors ist nur ungefähr bekannt",
    "Cut here: {shown} of {count} characters; the rest stands on the page of the session or runner and in the HTML report.": "Hier gekürzt: {shown} von {count} Zeichen; der Rest steht auf der Seite der Sitzung oder Person und im HTML-Bericht.",
    "Step time": "Dauer eines Einzelschritts",
    "Duty factor": "Anteil des Bodenkontakts",
    "Vertical oscillation": "Vertikale Schwingung",
    "Speed": "Tempo",
    "Slope of the ground": "Steigung des Bodens",
    "Slope": "Steigung",
    "Heart rate": "Herzfrequenz",
}
