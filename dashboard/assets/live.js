/* The live page: takes frames from the socket, or by polling while there is none, and shows them.
   A frame is the whole state, so the newest one wins and a missed one is no loss; it is drawn at
   most once per animation frame. */
(function () {
  "use strict";
  const STALE_MS = 2500;
  const POLL_MS = 1000;
  const SUMMARY_MS = 6000;
  const RESULT_MS = 4000;
  const RETRY_MS = [250, 500, 1000, 2000, 4000];
  const MISSING = "–";
  const SIDES = ["left", "right"];

  let view = null; // of the page that is shown now

  function start(root) {
    const self = {
      root: root,
      socket: null,
      attempts: 0,
      timers: new Set(),
      newest: null,
      drawn: null,
      drawnBody: "",
      arrived: performance.now(),
      summaryAt: -Infinity,
      pending: false,
      polling: false,
      ended: false,
    };
    const later = (action, ms) => {
      const timer = window.setTimeout(() => {
        self.timers.delete(timer);
        if (!self.ended) action();
      }, ms);
      self.timers.add(timer);
    };

    function transport(name) {
      root.dataset.transport = name;
    }

    function take(frame) {
      self.newest = frame;
      self.arrived = performance.now();
      if (self.pending) return;
      self.pending = true;
      // Hidden tabs get no animation frames; the newest frame is drawn when they are shown.
      window.requestAnimationFrame(() => {
        self.pending = false;
        if (!self.ended) draw(self);
      });
    }

    function connect() {
      if (typeof window.WebSocket !== "function") {
        poll();
        return;
      }
      const scheme = window.location.protocol === "https:" ? "wss" : "ws";
      const socket = new window.WebSocket(`${scheme}://${window.location.host}${root.dataset.socket}`);
      self.socket = socket;
      socket.onmessage = (event) => {
        self.attempts = 0;
        transport("socket");
        take(JSON.parse(event.data));
      };
      socket.onclose = () => {
        if (self.ended || self.socket !== socket) return;
        self.socket = null;
        if (root.dataset.transport === "socket") transport("none");
        if (self.attempts >= 1) poll();
        const wait = RETRY_MS[Math.min(self.attempts, RETRY_MS.length - 1)];
        self.attempts += 1;
        later(connect, wait);
      };
    }

    function poll() {
      if (self.polling) return;
      self.polling = true;
      const again = async () => {
        if (root.dataset.transport === "socket") {
          self.polling = false;
          return;
        }
        try {
          const answer = await window.fetch(root.dataset.poll, { cache: "no-store" });
          if (answer.ok && !self.ended && root.dataset.transport !== "socket") {
            const frame = await answer.json();
            transport("polling");
            take(frame);
          }
        } catch (error) {
          transport("none"); // the server is away; the stale badge tells
        }
        later(again, POLL_MS);
      };
      again();
    }

    function watchAge() {
      showAge(self);
      later(watchAge, 500);
    }

    self.stop = () => {
      self.ended = true;
      for (const timer of self.timers) window.clearTimeout(timer);
      if (self.socket) self.socket.close();
    };
    bindCommands(root);
    connect();
    watchAge();
    new ResizeObserver(() => {
      if (self.drawn) drawCharts(self, self.drawn);
    }).observe(root);
    return self;
  }

  function at(frame, path) {
    return path.split(".").reduce((value, key) => (value == null ? value : value[key]), frame);
  }

  function setText(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function known(value) {
    return value !== null && value !== undefined && value !== "";
  }

  function draw(self) {
    const frame = self.newest;
    const root = self.root;
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
    drawSensors(root.querySelector("#live-sensors"), frame.sensors);
    drawStored(root, frame);
    drawCommands(root, frame);
    const body = `${frame.session_id} ${frame.stride_total}`;
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
      const series = {};
      for (const side of SIDES) series[side] = frame.sides[side].trend[box.dataset.metric];
      charts.trend(box, series, 60, "degrees");
    }
    for (const box of self.root.querySelectorAll('[data-chart="curve"]')) {
      const curves = {};
      for (const side of SIDES) curves[side] = frame.sides[side].curves[box.dataset.curve];
      charts.curve(box, curves, "degrees");
    }
  }

  function sensorFacts(sensor) {
    const facts = [];
    if (sensor.battery_percent !== null) facts.push(`battery ${sensor.battery_percent} %`);
    if (sensor.rate_hz !== null) facts.push(`${sensor.rate_hz} Hz`);
    if (sensor.lost_percent !== null) facts.push(`lost ${sensor.lost_percent} %`);
    if (sensor.clipped_samples) facts.push(`clipped ${sensor.clipped_samples} samples`);
    if (sensor.rssi !== null) facts.push(`signal ${String(sensor.rssi).replace("-", "−")} dBm`);
    return facts;
  }

  function drawSensors(list, sensors) {
    const signature = JSON.stringify(sensors);
    if (list.dataset.signature === signature) return;
    list.dataset.signature = signature;
    if (!sensors.length) {
      const item = document.createElement("li");
      item.className = "ls-dim";
      item.textContent = "No sensor seen yet.";
      list.replaceChildren(item);
      return;
    }
    list.replaceChildren(
      ...sensors.map((sensor) => {
        const item = document.createElement("li");
        item.dataset.sensor = sensor.id;
        item.dataset.state = sensor.state;
        const part = (tag, className, text) => {
          const element = document.createElement(tag);
          element.className = className;
          element.textContent = text;
          item.append(element);
        };
        part("strong", "ls-sensor-place", sensor.placement);
        part("span", "ls-sensor-state", sensor.state_words);
        part("span", "ls-sensor-name ls-dim", sensor.name || sensor.id);
        part("span", "ls-sensor-facts", sensorFacts(sensor).join(" · "));
        if (sensor.message) part("span", "ls-sensor-message", sensor.message);
        return item;
      }),
    );
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
    root.querySelector("#live-start").disabled = running || frame.phase === "storing";
    root.querySelector("#live-stop").disabled = !running;
    root.querySelector("#live-mark").disabled = !running;
  }

  function showAge(self) {
    const badge = self.root.querySelector("#live-stale");
    const silent = performance.now() - self.arrived;
    const quiet = self.drawn && self.drawn.seconds_since_stride;
    let text = "";
    if (silent > STALE_MS) text = `No news for ${Math.floor(silent / 1000)} s: values are old`;
    else if (quiet >= 5) text = `Last stride ${quiet} s ago`;
    badge.hidden = !text;
    self.root.dataset.stale = String(silent > STALE_MS);
    setText(badge, text);
  }

  async function command(root, address, body, done) {
    const result = root.querySelector("#live-command-result");
    try {
      const answer = await window.fetch(address, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      const problem = answer.ok ? "" : (await answer.json()).problem || `status ${answer.status}`;
      setText(result, problem ? `Not done: ${problem}` : done);
      if (!problem) window.setTimeout(() => result.textContent === done && setText(result, ""), RESULT_MS);
      return !problem;
    } catch (error) {
      setText(result, "Not done: the server does not answer.");
      return false;
    }
  }

  function bindCommands(root) {
    const field = (id) => root.querySelector(id);
    field("#live-start").addEventListener("click", () =>
      command(root, root.dataset.start, { runner: field("#live-runner").value }, "Started."),
    );
    field("#live-stop").addEventListener("click", () => command(root, root.dataset.stop, {}, "Stopping."));
    const mark = async () => {
      const text = field("#live-mark-text").value;
      if (await command(root, root.dataset.mark, { text: text }, text ? `Marked: ${text}` : "Marked.")) {
        field("#live-mark-text").value = "";
      }
    };
    field("#live-mark").addEventListener("click", mark);
    field("#live-mark-text").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !field("#live-mark").disabled) mark();
    });
  }

  function check() {
    const root = document.getElementById("live-root");
    if (view && view.root !== root) {
      view.stop();
      view = null;
    }
    if (root && !view && root.querySelector("#live-mark-text")) view = start(root);
  }

  new MutationObserver(check).observe(document.body, { childList: true, subtree: true });
  check();
})();
