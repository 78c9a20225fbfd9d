/* Lists and texts of the live page and of the set-up that are made from a frame. */
(function () {
  "use strict";
  const say = (text, values) => window.levelstrideWords.say(text, values);
  const number = (value) => window.levelstrideWords.number(value);

  function setText(element, text) {
    if (element && element.textContent !== text) element.textContent = text;
  }

  function part(parent, tag, className, text) {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = text;
    parent.append(element);
    return element;
  }

  /* Makes the items of a list anew when their data have changed. */
  function list(element, data, make) {
    const signature = JSON.stringify(data);
    if (!element || element.dataset.signature === signature) return false;
    element.dataset.signature = signature;
    element.replaceChildren(
      ...data.map((each) => {
        const item = document.createElement("li");
        make(item, each);
        return item;
      }),
    );
    return true;
  }

  function sensorFacts(sensor) {
    const facts = [];
    if (sensor.battery_percent !== null) facts.push(say("battery {percent} %", { percent: sensor.battery_percent }));
    if (sensor.rate_hz !== null) facts.push(`${number(sensor.rate_hz)} Hz`);
    if (sensor.lost_percent !== null) facts.push(say("lost {percent} %", { percent: number(sensor.lost_percent) }));
    if (sensor.clipped_samples) facts.push(say("clipped {count} samples", { count: sensor.clipped_samples }));
    if (sensor.rssi !== null) facts.push(say("signal {strength} dBm", { strength: number(sensor.rssi) }));
    return facts;
  }

  function sensors(element, all) {
    if (!all.length) {
      list(element, ["none"], (item) => {
        item.className = "ls-dim";
        item.textContent = say("No sensor seen yet.");
      });
      return;
    }
    list(element, all, (item, sensor) => {
      item.dataset.sensor = sensor.id;
      item.dataset.state = sensor.state;
      part(item, "strong", "ls-sensor-place", sensor.placement);
      part(item, "span", "ls-sensor-state", sensor.state_words);
      part(item, "span", "ls-sensor-name ls-dim", sensor.name || sensor.id);
      part(item, "span", "ls-sensor-facts", sensorFacts(sensor).join(" · "));
      if (sensor.message) part(item, "span", "ls-sensor-message", sensor.message);
    });
  }

  function notices(element, all) {
    list(element, all, (item, notice) => {
      item.dataset.code = notice.code;
      item.textContent = notice.text;
    });
    if (element) element.hidden = !all.length;
  }

  function marks(element, all) {
    list(element, all.slice(-6).reverse(), (item, mark) => {
      part(item, "span", "ls-mark-at", mark.at);
      part(item, "span", "ls-dim", ` ${mark.kind_words} `);
      part(item, "strong", "", mark.kind === "marker" && !mark.text ? "" : mark.text);
    });
  }

  /* Progress of the calibration, in elements named data-preparation="title|still|refusal|bar". */
  function preparation(box, status) {
    if (!box) return;
    box.hidden = !status;
    if (!status) return;
    const find = (name) => box.querySelector(`[data-preparation="${name}"]`);
    box.dataset.step = status.step;
    setText(find("title"), status.title);
    const counted = status.step === "stand" ? say("still for {seconds} of {asked} s", { seconds: status.still_s, asked: status.asked_s }) : "";
    setText(find("still"), counted);
    setText(find("refusal"), status.refusal);
    find("refusal").hidden = !status.refusal;
    const bar = find("bar");
    bar.style.setProperty("--ls-share", `${status.percent}%`);
    bar.setAttribute("aria-valuenow", String(status.percent));
  }

  window.levelstrideParts = { setText, list, part, sensors, notices, marks, preparation };
})();
