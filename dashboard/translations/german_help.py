"""German words of the help pages."""

from __future__ import annotations

from collections.abc import Mapping

HELP: Mapping[str, str] = {
    "What is measured": "Was gemessen wird",
    "Three small sensors, on the pelvis and on both shins, feel how you move at every stride: how far the pelvis drops on the side of the swinging leg, and how far the shin turns inwards after the foot lands.": "Drei kleine Sensoren am Becken und an beiden Schienbeinen spüren bei jedem Schritt, wie Sie sich bewegen: wie weit das Becken auf der Seite des Schwungbeins absinkt und wie weit sich das Schienbein nach dem Aufsetzen nach innen dreht.",
    "Numbers describe movement. They do not tell why something hurts, whether a muscle is weak, or which treatment helps.": "Zahlen beschreiben Bewegung. Sie sagen nicht, warum etwas schmerzt, ob ein Muskel schwach ist oder welche Behandlung hilft.",
    "How to read a number": "Wie eine Zahl zu lesen ist",
    "The large number is the middle of all valid strides. ± is how much strides differ from each other. The 95 % interval says how far the true value may lie from the number.": "Die große Zahl ist die Mitte aller gültigen Schritte. ± ist, wie sehr sich Schritte unterscheiden. Das 95-%-Intervall sagt, wie weit der wahre Wert von der Zahl liegen kann.",
    "A change “within error” is one that putting on the sensors anew could make. Only a change “beyond error” is worth a thought, and it does not say what caused it.": "Eine Änderung „innerhalb des Fehlers“ kann schon das neue Anlegen der Sensoren machen. Nur eine „außerhalb des Fehlers“ ist einen Gedanken wert, und sie sagt nicht, woher sie kommt.",
    "Everyone is a little different left and right. There is no limit beyond which that is bad.": "Alle sind links und rechts etwas verschieden. Eine Grenze, ab der das schlecht wäre, gibt es nicht.",
    "Your journal": "Ihr Tagebuch",
    "Write pain from 0 (none) to 10 during, after and the morning after a run, and how long it took to settle. With distances, the page shows how a run compares to the longest one of the 30 days before.": "Schreiben Sie Schmerz von 0 (keiner) bis 10 beim Lauf, danach und am Morgen danach, und wie lange er zum Abklingen brauchte. Mit Strecken zeigt die Seite jeden Lauf gegen den längsten der 30 Tage davor.",
    "If the knee locks or gives way, hurts at night, is much swollen, or after an accident or with fever: see a clinician.": "Wenn das Knie blockiert oder wegknickt, nachts schmerzt, stark geschwollen ist, nach einem Unfall oder bei Fieber: ärztlich ansehen lassen.",
    "Your data": "Ihre Daten",
    "Everything stays on this computer. On your page you can export all of it, or delete it for good.": "Alles bleibt auf diesem Rechner. Auf Ihrer Seite können Sie alles ausgeben oder endgültig löschen.",
    "In eight minutes": "In acht Minuten",
    "Open the newest session from the library. Read the remarks on top first: few strides, lost data or a slipped sensor widen everything below.": "Die neueste Sitzung aus der Bibliothek öffnen. Zuerst die Bemerkungen oben lesen: wenige Schritte, verlorene Daten oder ein verrutschter Sensor machen alles darunter unsicherer.",
    "The three cards give value, interval and change against the runner's own baseline with its minimal detectable change. Below them: the trend, the curves, left and right.": "Die drei Karten zeigen Wert, Intervall und Änderung gegenüber dem eigenen Ausgangswert mit der kleinsten nachweisbaren Änderung. Darunter: Verlauf, Kurven, links und rechts.",
    "“Report” makes two pages for the patient's file or a colleague.": "„Bericht“ macht zwei Seiten für die Akte oder eine Kollegin.",
    "Baseline and minimal detectable change": "Ausgangswert und kleinste nachweisbare Änderung",
    "The tag “baseline” marks sessions before anything was changed; without it the first three of the same gait are taken. With three baseline sessions the runner's own spread is used, joined with the usual one; with fewer, a published or assumed one, and the page says so.": "Das Schlagwort „baseline“ kennzeichnet Sitzungen, bevor etwas geändert wurde; ohne es gelten die ersten drei derselben Gangart. Mit drei Ausgangssitzungen wird die eigene Streuung mit der üblichen verbunden; mit weniger eine veröffentlichte oder angenommene, und die Seite sagt es.",
    "Compare the same speed, surface and slope: pelvic drop rises by about 1° per m/s.": "Gleiches Tempo, gleichen Untergrund und gleiche Steigung vergleichen: Das Beckenabsinken steigt um etwa 1° je m/s.",
    "Did the insole do anything?": "Hat die Einlage etwas bewirkt?",
    "Best within one run, sensors untouched: set the condition on the live page and take turns (without, with, without, with; 3 to 5 minutes each). The session page then compares block with block, a drift through the run taken out.": "Am besten in einem Lauf, Sensoren unberührt: auf der Live-Seite die Bedingung setzen und abwechseln (ohne, mit, ohne, mit; je 3 bis 5 Minuten). Die Sitzungsseite vergleicht dann Block mit Block, ein Verlauf über den Lauf herausgerechnet.",
    "Between days, the sensors are put on anew, and the detectable change is about twice as large. Less pain without a change in movement is common, and the other way round.": "Zwischen Tagen werden die Sensoren neu angelegt, und die nachweisbare Änderung ist etwa doppelt so groß. Weniger Schmerz ohne Änderung der Bewegung ist häufig, und umgekehrt.",
    "What must not be read into it": "Was nicht hineingelesen werden darf",
    "Pelvic drop is larger in groups of injured runners, in all injuries alike; it is no diagnosis, and was unrelated to hip abductor torque (Burnet & Pidcoe 2009).": "Beckenabsinken ist in Gruppen verletzter Läufer größer, bei allen Verletzungen gleich; es ist keine Diagnose und hing nicht mit dem Abduktionsmoment der Hüfte zusammen (Burnet & Pidcoe 2009).",
    "Foot mobility did not tell who does better with orthoses (FOHX trial, Matthews et al. 2020). A movement pattern selects no treatment.": "Die Fußbeweglichkeit sagte nicht, wem Einlagen besser helfen (FOHX-Studie, Matthews et al. 2020). Ein Bewegungsmuster wählt keine Behandlung aus.",
    "A shin sensor sees the rotation of the shin in space: not knee rotation, not pronation, and not whether the foot or the hip turned it.": "Ein Schienbeinsensor sieht die Rotation des Schienbeins im Raum: keine Knierotation, keine Pronation, und nicht, ob Fuß oder Hüfte es drehte.",
    "Peak drop holds any roll of the pelvis sensor, added on one leg and taken from the other: judge sides on the excursion.": "Das größte Absinken enthält jede Rollverdrehung des Beckensensors, auf einem Bein dazu, auf dem anderen ab: Seiten am Absinken ab Aufsetzen beurteilen.",
    "When something is missing": "Wenn etwas fehlt",
    "A dash is “not known”, never zero. Fewer than 7 strides give no interval, fewer than 20 are called few. The quality section says what was lost, clipped or slipped.": "Ein Strich ist „nicht bekannt“, nie null. Unter 7 Schritten gibt es kein Intervall, unter 20 heißen sie wenige. Unter Qualität steht, was verloren, übersteuert oder verrutscht ist.",
}
