/* The live page: shows the newest frame, drawn at most once per animation frame. */
(function () {
  "use strict";
  const say = (text, values) => window.levelstrideWords.say(text, values);
  const STALE_MS = 2500;
  const SUMMARY_MS = 6000;
  const RESULT_MS = 4000;
  const CUE_MS = 4000;
  const MISSING = "–";
  const SIDES = ["left", "right"];

  let view = null; // of the page that is shown now

  function start(root) {
    const self = {
      root: root,
      newest: null,
      drawn: null,
      drawnBody: "",
      arrived: performance.now(),
      summaryAt: -Infinity,
      cueNumber: null,
      cueSession: "",
      pending: false,
      ended: false,
    };

    function take(frame) {
      self.newest = frame;
      self.arrived = performance.now();
      hear(self, frame); // not with the drawing: a hidden tab draws nothing, but cues sound
      if (self.pending) return;
      self.pending = true;
      // Hidden tabs get no animation frames; the newest frame is drawn when they are shown.
      window.requestAnimationFrame(() => {
        self.pending = false;
        if (!self.ended) draw(self);
      });
    }

    const close = window.levelstrideFeed.open(root.dataset, take, (name) => {
      root.dataset.transport = name;
    });
    const age = window.setInterval(() => showAge(self), 500);
    const resized = new ResizeObserver(() => {
      if (self.drawn) drawCharts(self, self.drawn);
    });
    resized.observe(root);
    self.stop = () => {
      self.ended = true;
      window.clearInterval(age);
      resized.disconnect();
      close();
    };
    bindCommands(root);
    window.levelstrideFeedback.bind(root);
    window.levelstrideGlance.bind(root, () => self.drawn);
    return self;
  }

  function at(frame, path) {
    return path.split(".").reduce((value, key) => (value == null ? value : value[key]), frame);
  }

  function setText(element, text) {
    window.levelstrideParts.setText(element, text);
  }

  function known(value) {
    return value !== null && value !== undefined && value !== "";
  }

  function draw(self) {
    const frame = self.newest;
    const root = self.root;
    const parts = window.levelstrideParts;
    self.drawn = frame;
    root.dataset.phase = frame.phase;
    root.dataset.strides = String(frame.stride_total);
    for (const element of root.querySelectorAll("[data-live]")) {
      const value = at(frame, element.dataset.live);
      setText(element, known(value) ? String(value).replace(/^-/, "−") : MISSING);
    }
    for (const element of root.querySelectorAll("[data-show]")) {
      element.hidden = !known(at(frame, element.dataset.show));
    }
    parts.sensors(root.querySelector("#live-sensors"), frame.sensors);
    parts.notices(root.querySelector("#live-notices"), frame.notices);
    parts.marks(root.querySelector("#live-marks"), frame.marks);
    parts.preparation(root.querySelector("#live-preparation"), frame.preparation);
    drawMessage(root, frame);
    drawStored(root, frame);
    drawCommands(root, frame);
    drawCue(root, frame);
    window.levelstrideFeedback.draw(root, frame);
    window.levelstrideGlance.draw(root, frame);
    const body = `${frame.session_id} ${frame.stride_total} ${JSON.stringify(frame.zones)}`;
    if (body !== self.drawnBody || !root.querySelector(".ls-chart svg")) {
      self.drawnBody = body;
      drawCharts(self, frame);
    }
    const now = performance.now();
    if (now - self.summaryAt > SUMMARY_MS) {
      self.summaryAt = now;
      setText(root.querySelector("#live-summary"), frame.summary);
    }
    showAge(self);
  }

  function drawCharts(self, frame) {
    const charts = window.levelstrideCharts;
    for (const box of self.root.querySelectorAll('[data-chart="trend"]')) {
      const metric = box.dataset.metric;
      const series = {};
      for (const side of SIDES) series[side] = frame.sides[side].trend[metric];
      charts.trend(box, series, 60, say("degrees"), frame.zones[metric]);
    }
    for (const box of self.root.querySelectorAll('[data-chart="curve"]')) {
      const curves = {};
      for (const side of SIDES) curves[side] = frame.sides[side].curves[box.dataset.curve];
      charts.curve(box, curves, say("degrees"));
    }
    for (const box of self.root.querySelectorAll(".ls-readout [data-gauge]")) {
      const side = box.dataset.gauge;
      const metric = box.dataset.metric;
      const zone = frame.zones[metric][side];
      const value = median(frame, side, metric);
      window.levelstrideGauge.draw(box, side, metric, value, zone);
      const words = self.root.querySelector(`#live-${side}-${metric}-zone`);
      setText(words, window.levelstrideGauge.words(value, zone));
    }
  }

  /* Median of a leg with its uncertainty, null while there are too few strides. */
  function median(frame, side, metric) {
    const readout = frame.sides[side].readouts[metric];
    if (readout.at === null) return null;
    return { at: readout.at, half_width: readout.half_width || 0 };
  }

  /* "Measuring. Measuring." is said once. */
  function drawMessage(root, frame) {
    root.querySelector("#live-message").hidden = frame.message === `${frame.phase_words}.`;
  }

  function drawStored(root, frame) {
    const stored = frame.stored_session_id;
    root.querySelector("#live-stored").hidden = !stored;
    if (stored) {
      root.querySelector("#live-review-link").setAttribute("href", `${root.dataset.sessions}/${encodeURIComponent(stored)}`);
    }
  }

  function drawCommands(root, frame) {
    const running = ["searching", "calibrating", "measuring"].includes(frame.phase);
    const busy = running || frame.phase === "storing";
    const start = root.querySelector("#live-start");
    start.disabled = busy;
    for (const id of ["stop", "mark", "lap", "condition-set"]) {
      root.querySelector(`#live-${id}`).disabled = !running;
    }
    // the numbers need the room, on a phone all the more
    if (busy && document.activeElement === start) root.querySelector("#live-stop").focus();
    start.hidden = busy;
    root.querySelector("#live-runner-box").hidden = busy;
    const hint = root.querySelector("#live-setup-hint");
    if (hint) hint.hidden = busy;
  }

  /* The line keeps its place while feedback is on, so that nothing jumps when a cue comes. */
  function drawCue(root, frame) {
    const line = root.querySelector("#live-cue");
    const fresh = frame.cue !== null && Date.now() - frame.cue.at_ms < CUE_MS;
    line.hidden = frame.feedback === null;
    line.dataset.fresh = String(fresh);
    if (frame.cue !== null) {
      line.dataset.side = frame.cue.side;
      line.dataset.number = String(frame.cue.number);
    }
    if (fresh) setText(line, `${frame.cue.direction === "raise" ? "▲" : "▼"} ${frame.cue.words}`);
    else if (frame.feedback) setText(line, `${frame.feedback.name}: ${frame.feedback.words}`);
  }

  /* Sounds a cue once; the one that a page finds when it opens is an old one. */
  function hear(self, frame) {
    const number = frame.cue === null ? 0 : frame.cue.number;
    const first = self.cueNumber === null || self.cueSession !== frame.session_id;
    const fresh = !first && number > self.cueNumber;
    self.cueNumber = number;
    self.cueSession = frame.session_id;
    if (fresh && window.levelstrideSound.play(frame.cue)) {
      self.root.dataset.sounded = String(number);
    }
  }

  function showAge(self) {
    const badge = self.root.querySelector("#live-stale");
    if (!badge) return;
    const silent = performance.now() - self.arrived;
    const quiet = self.drawn && self.drawn.seconds_since_stride;
    let text = "";
    if (silent > STALE_MS) text = say("No news for {seconds} s: values are old", { seconds: Math.floor(silent / 1000) });
    else if (quiet >= 5) text = say("Last stride {seconds} s ago", { seconds: quiet });
    badge.hidden = !text;
    self.root.dataset.stale = String(silent > STALE_MS);
    setText(badge, text);
    window.levelstrideGlance.age(self.root, silent > STALE_MS ? text : "");
  }

  async function command(root, address, body, done) {
    const result = root.querySelector("#live-command-result");
    const problem = await window.levelstrideFeed.command(address, body);
    setText(result, problem ? say("Not done: {problem}", { problem }) : done);
    if (!problem) window.setTimeout(() => result.textContent === done && setText(result, ""), RESULT_MS);
    return !problem;
  }

  function bindCommands(root) {
    const field = (id) => root.querySelector(id);
    const on = (id, action) => field(id).addEventListener("click", action);
    on("#live-start", () =>
      command(
        root,
        root.dataset.start,
        { runner: field("#live-runner").value, condition: field("#live-condition-text").value },
        say("Started."),
      ),
    );
    on("#live-stop", () => command(root, root.dataset.stop, {}, say("Stopping.")));
    const send = async (kind, input, done) => {
      const text = field(input).value;
      if (await command(root, root.dataset.mark, { text, kind }, done(text))) field(input).value = "";
    };
    const mark = () => send("marker", "#live-mark-text", (text) => (text ? say("Marked: {text}", { text }) : say("Marked.")));
    const condition = () => send("condition", "#live-condition-text", (text) => say("Condition: {text}", { text: text || say("none") }));
    on("#live-mark", mark);
    on("#live-lap", () => send("lap", "#live-mark-text", () => say("Lap.")));
    on("#live-condition-set", condition);
    const enter = (input, guard, action) =>
      field(input).addEventListener("keydown", (event) => {
        if (event.key === "Enter" && !field(guard).disabled) action();
      });
    enter("#live-mark-text", "#live-mark", mark);
    enter("#live-condition-text", "#live-condition-set", condition);
  }

  function check() {
    const root = document.getElementById("live-root");
    if (view && view.root !== root) {
      view.stop();
      view = null;
    }
    if (root && !view && root.querySelector("#live-glance")) view = start(root);
  }

  window.addEventListener("load", check);
  new MutationObserver(check).observe(document.body, { childList: true, subtree: true });
})();
