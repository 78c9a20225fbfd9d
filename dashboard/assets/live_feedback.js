/* The feedback panel of the live page. */
(function () {
  "use strict";
  const say = (text, values) => window.levelstrideWords.say(text, values);

  function number(text) {
    const value = Number.parseFloat(text.replace(",", ".").replace("−", "-"));
    return Number.isFinite(value) ? value : null;
  }

  function form(root) {
    const value = (id) => root.querySelector(`#feedback-${id}`).value;
    const body = {
      metric: value("metric"),
      basis: value("basis"),
      change_percent: number(value("percent")),
      lower_by_sd: number(value("sd")),
      gait: value("gait"),
      session_number: value("session").trim() ? number(value("session")) || 0 : null, // null: the library knows
      sessions: number(value("sessions")) || 0,
    };
    if (body.basis === "fixed") {
      body.low = number(value("low"));
      body.high = number(value("high"));
    }
    return body;
  }

  /* Only the choices that matter for what is chosen. */
  function arrange(root) {
    const find = (id) => root.querySelector(`#feedback-${id}`);
    const metric = find("metric").value;
    const basis = find("basis").value;
    const own = basis === "session" || basis === "earlier";
    const block = (id) => find(id).closest("#feedback-form > *");
    block("percent").hidden = !(own && metric === "cadence_spm");
    block("sd").hidden = !(own && metric !== "cadence_spm");
    block("low").hidden = basis !== "fixed";
    block("high").hidden = basis !== "fixed";
  }

  function bind(root) {
    const find = (id) => root.querySelector(`#feedback-${id}`);
    const tell = (text) => window.levelstrideParts.setText(find("result"), text);
    const send = async (body, done) => {
      const problem = await window.levelstrideFeed.command(root.dataset.feedback, body);
      tell(problem ? say("Not done: {problem}", { problem }) : done);
    };
    for (const id of ["metric", "basis"]) find(id).addEventListener("change", () => arrange(root));
    find("on").addEventListener("click", () => send(form(root), say("Cues are given.")));
    find("off").addEventListener("click", () => send({ on: false }, say("Cues have ended.")));
    find("sound").addEventListener("click", async () => {
      const wanted = !window.levelstrideSound.isOn();
      await window.levelstrideSound.set(wanted);
      showSound(find("sound"));
    });
    showSound(find("sound"));
    arrange(root);
  }

  function showSound(button) {
    const on = window.levelstrideSound.isOn();
    button.setAttribute("aria-pressed", String(on));
    button.textContent = on ? say("Sound is on") : say("Sound is off");
  }

  /* Where cadence lies against its zone, in words; empty when cadence is not cued. */
  function cadenceWords(frame) {
    const state = frame.feedback;
    if (!state || state.metric !== "cadence_spm" || state.sides.left.low === null) return "";
    const all = ["left", "right"].map((side) => state.sides[side].at).filter((at) => at !== null);
    if (!all.length) return "";
    const at = all.reduce((sum, each) => sum + each, 0) / all.length;
    const zone = [state.sides.left.low, state.sides.left.high];
    return `${window.levelstrideGauge.words({ at }, zone)} (${state.sides.left.zone})`;
  }

  function draw(root, frame) {
    window.levelstrideParts.setText(root.querySelector("#live-cadence-zone"), cadenceWords(frame));
    const set = window.levelstrideParts.setText;
    const find = (id) => root.querySelector(`#feedback-${id}`);
    const state = frame.feedback;
    find("facts").hidden = !state;
    find("off").disabled = !state;
    if (!state) {
      set(root.querySelector("#live-feedback-words"), say("no cues"));
      return;
    }
    const faded = state.share_percent < 100 ? say(", on for {percent} % of the time", { percent: state.share_percent }) : "";
    const course = `${faded} ${say("(session {number} of {count})", { number: state.session_number, count: state.sessions })}`;
    set(root.querySelector("#live-feedback-words"), `${state.name}: ${state.words}`);
    set(find("state"), `${state.words}${course}`);
    const zones = ["left", "right"].map((side) => state.sides[side].zone);
    const same = zones[0] === zones[1];
    const words = zones[0] ? (same ? `${zones[0]}${state.unit}` : `${say("left {left}, right {right}", { left: zones[0], right: zones[1] })}${state.unit}`) : "–";
    set(find("zone"), `${state.name} ${words}`);
    set(find("source"), state.source || "–");
    set(find("count"), String(state.cues));
  }

  window.levelstrideFeedback = { bind, draw, cadenceWords };
})();
