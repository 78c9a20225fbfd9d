/* The glance view: one metric, both legs, cadence and the last cue over the whole window. */
(function () {
  "use strict";
  const say = (text, values) => window.levelstrideWords.say(text, values);
  const CUE_MS = 4000;
  const SIDES = ["left", "right"];
  let metric = "cpd_peak_deg";

  function bind(root, newest) {
    const dialog = root.querySelector("#live-glance");
    const redraw = () => newest() && draw(root, newest());
    root.querySelector("#live-glance-open").addEventListener("click", () => {
      dialog.showModal();
      redraw();
    });
    root.querySelector("#live-glance-close").addEventListener("click", () => dialog.close());
    for (const button of dialog.querySelectorAll("[data-glance]")) {
      button.addEventListener("click", () => {
        metric = button.dataset.glance;
        redraw();
      });
    }
  }

  function draw(root, frame) {
    const dialog = root.querySelector("#live-glance");
    if (!dialog.open) return;
    const set = window.levelstrideParts.setText;
    for (const button of dialog.querySelectorAll("[data-glance]")) {
      button.setAttribute("aria-pressed", String(button.dataset.glance === metric));
    }
    set(dialog.querySelector("#glance-state"), `${frame.phase_words} ${frame.elapsed}`);
    for (const side of SIDES) {
      const readout = frame.sides[side].readouts[metric];
      const zone = frame.zones[metric][side];
      const known = readout.at === null ? null : { at: readout.at, half_width: readout.half_width || 0 };
      const shown = readout.median ? `${readout.median.replace("-", "−")}°` : "–";
      set(dialog.querySelector(`#glance-${side}`), shown);
      const words = window.levelstrideGauge.words(known, zone) || (readout.median ? "" : say("not enough data yet"));
      set(dialog.querySelector(`#glance-${side}-words`), words);
      const box = dialog.querySelector(`[data-gauge="${side}"]`);
      box.dataset.metric = metric;
      window.levelstrideGauge.draw(box, side, metric, known, zone);
    }
    set(dialog.querySelector("#glance-cadence-words"), window.levelstrideFeedback.cadenceWords(frame));
    const stop = frame.notices.find((notice) => notice.stops);
    const fresh = frame.cue !== null && Date.now() - frame.cue.at_ms < CUE_MS;
    const line = dialog.querySelector("#glance-cue");
    if (fresh) set(line, `${frame.cue.direction === "raise" ? "▲" : "▼"} ${frame.cue.words}`);
    else if (stop) set(line, stop.text);
    else if (frame.phase !== "measuring") set(line, frame.message);
    else set(line, "");
  }

  /* Says that the numbers are old, when nothing new has come. */
  function age(root, words) {
    if (words) window.levelstrideParts.setText(root.querySelector("#glance-state"), words);
  }

  window.levelstrideGlance = { bind, draw, age };
})();
