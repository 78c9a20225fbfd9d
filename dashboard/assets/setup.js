/* The set-up, step by step. Every step says what happened and what to do next; the focus goes to
   the heading of a step when it opens. */
(function () {
  "use strict";
  const say = (text, values) => window.levelstrideWords.say(text, values);
  const POLL_MS = 500;
  const STEPS = ["find", "assign", "wear", "signal", "calibrate"];
  const PLACES = [
    ["", () => say("not used")],
    ["pelvis", () => say("pelvis")],
    ["shank_left", () => say("left shank")],
    ["shank_right", () => say("right shank")],
  ];
  const RUNNING = ["searching", "calibrating", "measuring"];

  let view = null;

  function start(root) {
    const find = (id) => root.querySelector(`#setup-${id}`);
    const parts = window.levelstrideParts;
    const self = { root: root, step: "", state: null, frame: null, ended: false, chosen: new Map(), moved: false };

    function show(step, focus) {
      self.step = step;
      for (const key of STEPS) find(key).hidden = key !== step;
      for (const item of root.querySelectorAll("[data-progress]")) {
        if (item.dataset.progress === step) item.setAttribute("aria-current", "step");
        else item.removeAttribute("aria-current");
        item.dataset.done = String(STEPS.indexOf(item.dataset.progress) < STEPS.indexOf(step));
      }
      root.dataset.step = step;
      if (focus) find(`${step}-title`).focus();
      if (self.state) drawState();
      if (self.frame) drawFrame();
    }

    function sentence(text) {
      return text.charAt(0).toUpperCase() + text.slice(1);
    }

    async function command(name, body, status) {
      const problem = await window.levelstrideFeed.command(root.dataset[name], body);
      if (problem) parts.setText(find(status), sentence(problem));
      refresh();
      return !problem;
    }

    async function refresh() {
      try {
        const answer = await window.fetch(root.dataset.state, { cache: "no-store" });
        if (answer.ok && !self.ended) {
          self.state = await answer.json();
          drawState();
        }
      } catch (error) {
        parts.setText(find("find-status"), say("The program on this computer does not answer. Start it again."));
      }
    }

    async function poll() {
      if (self.ended) return;
      if (self.state === null || self.state.activity !== "idle") await refresh();
      window.setTimeout(poll, POLL_MS);
    }

    function drawState() {
      drawFind();
      drawPlaces();
    }

    function drawFind() {
      const state = self.state;
      const finding = state.activity === "finding";
      find("find-start").disabled = state.activity !== "idle";
      find("find-start").textContent = state.searched ? say("Search again") : say("Find sensors");
      find("find-next").disabled = !state.sensors.length || finding;
      let text = "";
      if (finding) text = say("Looking for about ten seconds.");
      else if (state.problem && !state.sensors.length) text = sentence(state.problem);
      else if (state.searched && !state.sensors.length) {
        text =
          say("No sensor answered. Press the button of each sensor, charge it when nothing lights up, bring it within two metres, end the maker's app on the phone, switch Bluetooth on, and search again.");
      } else if (state.searched && state.sensors.length < 3) {
        text = say("{count} of 3 sensors found. Wake the others and search again, or go on with what is there: what needs a missing sensor will be empty.", { count: state.sensors.length });
      } else if (state.searched) text = say("{count} sensors found.", { count: state.sensors.length });
      if (text) parts.setText(find("find-status"), text);
      parts.list(find("found"), state.sensors, (item, sensor) => {
        parts.part(item, "strong", "", sensor.name);
        parts.part(item, "span", "ls-dim", ` ${facts(sensor)}`);
        if (sensor.message) {
          const remedy = say("If it stays so: end other programs and phones that use it, switch it off and on, and search again.");
          parts.part(item, "span", "ls-sensor-message", ` ${sensor.message}. ${remedy}`.replace("..", "."));
        }
      });
    }

    function facts(sensor) {
      const known = [say("signal {strength} dBm", { strength: window.levelstrideWords.number(sensor.rssi) })];
      if (sensor.battery_percent !== null) known.push(say("battery {percent} %", { percent: sensor.battery_percent }));
      if (sensor.battery_percent !== null && sensor.battery_percent <= 20) known.push(say("charge it soon"));
      return known.join(" · ");
    }

    function drawPlaces() {
      const state = self.state;
      const made = parts.list(find("places"), state.sensors, (item, sensor) => {
        item.dataset.address = sensor.address;
        const id = `setup-place-${state.sensors.indexOf(sensor)}`;
        const label = parts.part(item, "label", "ls-place-name", sensor.name);
        label.htmlFor = id;
        const select = document.createElement("select");
        select.id = id;
        select.className = "ls-select";
        for (const [value, words] of PLACES) {
          const option = document.createElement("option");
          option.value = value;
          option.textContent = words();
          select.append(option);
        }
        const chosen = self.chosen.has(sensor.address) ? self.chosen.get(sensor.address) : sensor.place;
        select.value = chosen;
        select.addEventListener("change", () => self.chosen.set(sensor.address, select.value));
        const blink = document.createElement("button");
        blink.type = "button";
        blink.className = "ls-button";
        blink.textContent = say("Blink");
        blink.setAttribute("aria-label", say("Blink {name}", { name: sensor.name }));
        blink.addEventListener("click", async () => {
          parts.setText(find("assign-status"), say("Asking {name} to blink.", { name: sensor.name }));
          self.asked = sensor;
          await command("blink", { address: sensor.address }, "assign-status");
        });
        item.append(select, blink);
        parts.part(item, "span", "ls-dim ls-small", facts(sensor));
      });
      for (const button of find("places").querySelectorAll("button")) button.disabled = state.activity !== "idle";
      if (self.asked && state.activity === "idle" && state.blinking === self.asked.address) {
        const text = sentence(state.problem) || say("{name} shows itself now. Where is it worn?", { name: self.asked.name });
        parts.setText(find("assign-status"), text);
        self.asked = null;
      }
      return made;
    }

    async function assign() {
      const places = {};
      for (const item of find("places").children) {
        const place = item.querySelector("select").value;
        if (place) places[item.dataset.address] = place;
      }
      if (await command("assign", { places }, "assign-status")) {
        parts.setText(find("assign-status"), "");
        show("wear", true);
      }
    }

    function drawFrame() {
      const frame = self.frame;
      const running = RUNNING.includes(frame.phase);
      root.dataset.phase = frame.phase;
      if (!self.moved && running && self.step === "find") show("signal", false);
      drawSignal(frame, running);
      drawCalibrate(frame, running);
    }

    function drawSignal(frame, running) {
      const streaming = frame.sensors.filter((sensor) => sensor.state === "streaming").length;
      find("start").disabled = running || frame.phase === "storing";
      find("stop").disabled = !running;
      find("signal-next").disabled = !running || !streaming;
      find("signal-failed").hidden = frame.phase !== "failed";
      parts.notices(find("notices"), running ? frame.notices : []);
      parts.sensors(find("sensors"), frame.sensors);
      let text = "";
      if (frame.phase === "searching") text = say("Connecting to the sensors, one after another.");
      else if (frame.phase === "failed") text = say("{message} Then try again.", { message: frame.message });
      else if (frame.phase === "storing") text = say("The session before is being stored. Wait a moment.");
      else if (frame.phase === "stopped") text = say("The session has ended. Start anew when you are ready.");
      else if (running && streaming && !frame.notices.length) text = streaming === 1 ? say("One sensor streams, and nothing is lost. Go on; what needs the others will be empty.") : say("{count} sensors stream, and nothing is lost. Go on.", { count: streaming });
      else if (running && streaming) text = streaming === 1 ? say("One sensor streams. You can go on; what needs the others will be empty.") : say("{count} sensors stream. You can go on; what needs the others will be empty.", { count: streaming });
      parts.setText(find("signal-status"), text);
    }

    function drawCalibrate(frame, running) {
      parts.preparation(find("preparation"), frame.preparation);
      parts.notices(find("calibrate-notices"), running ? frame.notices : []);
      let text = "";
      if (frame.phase === "measuring") text = say("Done: {calibration}. Strides are coming in.", { calibration: frame.calibration_words });
      else if (!running) text = say("No session is running. Go back and start one.");
      parts.setText(find("calibrate-status"), text);
    }

    const close = window.levelstrideFeed.open(
      root.dataset,
      (frame) => {
        self.frame = frame;
        drawFrame();
      },
      () => undefined,
    );
    self.stop = () => {
      self.ended = true;
      close();
    };

    const on = (id, action) => find(id).addEventListener("click", action);
    const go = (step) => () => {
      self.moved = true;
      show(step, true);
    };
    on("find-start", () => command("find", {}, "find-status"));
    on("find-next", go("assign"));
    on("assign-back", go("find"));
    on("assign-next", assign);
    on("wear-back", go("assign"));
    on("wear-next", go("signal"));
    on("signal-back", go("wear"));
    on("signal-next", go("calibrate"));
    on("calibrate-back", go("signal"));
    on("refind", go("find"));
    on("start", () => {
      const body = { runner: find("runner").value, condition: find("condition").value };
      command("start", body, "signal-status");
    });
    on("stop", () => command("stop", {}, "signal-status"));
    show("find", false);
    poll();
    return self;
  }

  function check() {
    const root = document.getElementById("setup-root");
    if (view && view.root !== root) {
      view.stop();
      view = null;
    }
    if (root && !view && root.querySelector("#setup-to-live")) view = start(root);
  }

  window.addEventListener("load", check);
  new MutationObserver(check).observe(document.body, { childList: true, subtree: true });
})();
