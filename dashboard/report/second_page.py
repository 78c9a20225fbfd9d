"""Second page of the report: sides, conditions, history, journal, meanings, texts of people."""

from __future__ import annotations

from html import escape

from dashboard.language import day_text, tr
from dashboard.number_text import MISSING
from dashboard.parts.condition_section import comparison_sentence, comparisons, condition_names
from dashboard.parts.journal_forms import FIELD_LABELS
from dashboard.parts.journal_section import answer_text, load_words
from dashboard.parts.metric_explanation import band_sentence
from dashboard.parts.side_section import side_rows
from dashboard.report.content import ReportContent
from dashboard.report.figures import forest_chart
from dashboard.report.html_parts import figure, listed, shortened, table
from dashboard.runner_history import HISTORY_METRICS
from dashboard.text import FOOTER, FOOTER_DETAIL
from pipeline.metrics.registry import METRICS
from pipeline.statistics.movement_pattern import DISCLAIMER
from pipeline.training_load import run_loads

PAIN_FIELDS = ("pain_during", "pain_after", "pain_next_morning")
REFERENCES = (
    "Baker 2001, Gait & Posture 13:1-6 (pelvic angles)",
    "Wu et al. 2002, J Biomech 35:543-548 (axes of the shank)",
    "Bramah et al. 2018, Am J Sports Med 46:3023-3031 (pelvic drop of groups)",
    "Burnet & Pidcoe 2009, J Sports Sci Med 8:284-288 (drop and muscle torque)",
    "Matthews et al. 2020, Br J Sports Med 54:1416 (orthoses and hip exercise, FOHX trial)",
    "Frandsen et al. 2025, Br J Sports Med 59:1203-1210 (single-session distance and injury)",
)


def _sides(content: ReportContent) -> list[str]:
    rows = [
        [
            escape(name),
            escape(left),
            escape(right),
            escape(difference)
            + (f'<br><span class="small">{escape(caution)}</span>' if caution else ""),
        ]
        for name, left, right, difference, caution in side_rows(content.view.shown)
    ]
    if not rows:
        return []
    headings = (tr("Metric"), tr("Left"), tr("Right"), tr("Left minus right"))
    return [f"<h2>{escape(tr('Left and right'))}</h2>", table(headings, rows)]


def _conditions(content: ReportContent) -> list[str]:
    found = content.view.recorded
    names = condition_names(found) if found is not None else []
    if found is None or len(names) < 2:
        return []
    sentences = [
        comparison_sentence(side, one)
        for other in names[1:3]
        for (side, _), one in comparisons(content.view.shown, found, names[0], other).items()
    ]
    if not sentences:
        return []
    return [f"<h2>{escape(tr('Conditions within this run'))}</h2>", listed(sentences)]


def _history(content: ReportContent) -> list[str]:
    charts = []
    for key in ("cpd_peak_deg", "tir_exc_deg"):
        chart = forest_chart(content.histories.get(key, {}), key)
        if chart is not None:
            words = tr("{name} of the newest sessions.", name=tr(METRICS[key].name))
            charts.append(
                figure(
                    chart,
                    words,
                    escape(
                        f"{words} "
                        + tr("Tinted: within error of the baseline; open marks are the baseline.")
                    ),
                )
            )
    if not charts:
        return []
    return [
        f"<h2>{escape(tr('Over the sessions'))}</h2>",
        '<div class="pair">',
        *charts,
        "</div>",
    ]


def _journal(content: ReportContent) -> list[str]:
    entries = content.entries[: content.fit.days]
    if not entries:
        return []
    loads = {load.day: load for load in run_loads(content.entries)}
    rows = []
    for entry in entries:
        load = loads.get(entry.day)
        rows.append(
            [
                escape(day_text(entry.day)),
                *[escape(answer_text(getattr(entry, name)) or MISSING) for name in PAIN_FIELDS],
                f'<span class="user">{escape(", ".join(t for t in (entry.shoes, entry.insole) if t) or MISSING)}</span>',
                escape(load_words(load) if load is not None else MISSING),
            ]
        )
    headings = (
        tr("Day"),
        *[tr(FIELD_LABELS[name]) for name in PAIN_FIELDS],
        tr("Shoes, insole"),
        tr("Load"),
    )
    return [f"<h2>{escape(tr('Journal'))}</h2>", table(headings, rows)]


def second_page(content: ReportContent) -> list[str]:
    """Parts of the page as HTML; texts of people are escaped."""
    return [
        *_sides(content),
        *_conditions(content),
        *_history(content),
        *_journal(content),
        *_texts(content),
        *_definitions(content),
    ]


def _texts(content: ReportContent) -> list[str]:
    plan = content.plan
    texts = [
        (tr("Note on the session"), content.view.remark.note),
        (tr("Exercises"), plan.exercises),
        (tr("Cues"), plan.cues),
        (tr("Notes of the therapist"), plan.note if content.audience == "colleague" else ""),
    ]
    parts = []
    for head, text in texts:
        if text.strip():
            kept, cut = shortened(text, content.fit.characters)
            parts.append(f"<h2>{escape(head)}</h2>")
            parts += [f'<p class="text" dir="auto">{escape(kept)}</p>'] if kept else []
            parts += [f'<p class="small">{escape(cut)}</p>'] if cut else []
    return parts


def _definitions(content: ReportContent) -> list[str]:
    items = []
    for key in HISTORY_METRICS:
        metric = METRICS[key]
        text = f"<strong>{escape(tr(metric.name))}.</strong> {escape(tr(metric.definition))}"
        text += f" {escape(tr(metric.sign))}"
        if content.audience == "colleague":
            text += f" {escape(tr('Does not mean'))}: {escape(tr(metric.does_not_mean))}"
            bands = [band_sentence(metric, band) for band in metric.reference_bands[:1]]
            text += "".join(f" {escape(sentence)}" for sentence in bands)
        items.append(f"<li>{text}</li>")
    provenance = content.view.stored.provenance
    software = provenance.get("software")
    version = software.get("levelstride", "") if isinstance(software, dict) else ""
    method = ", ".join(
        text
        for text in (
            f"levelstride {version}" if version else "",
            str(provenance.get("mode", "")),
            f"SHA-256 {str(provenance.get('source_sha256', ''))[:16]}…"
            if provenance.get("source_sha256")
            else "",
        )
        if text
    )
    parts = [
        f"<h2>{escape(tr('What the numbers mean, and what they do not'))}</h2>",
        f'<ul class="small">{"".join(items)}</ul>',
        f'<p class="small">{escape(tr("A change within error is one that sensors put on anew and everyday variation could make. Intervals hold the variation between strides and the errors of measurement that are known."))}</p>',
        f'<p class="mark"><strong>{escape(tr(FOOTER))}</strong> {escape(tr(FOOTER_DETAIL))} {escape(tr(DISCLAIMER))}</p>',
    ]
    if content.audience == "colleague":
        references = "; ".join(REFERENCES)
        parts.append(f"<h2>{escape(tr('References'))}</h2>")
        parts.append(f'<p class="small">{escape(references)}.</p>')
    if method:
        parts.append(f'<p class="small">{escape(tr("Analysis"))}: {escape(method)}</p>')
    return parts
