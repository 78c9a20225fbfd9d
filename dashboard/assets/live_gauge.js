/* A scale with the median of the last strides, its uncertainty as the width of a bar, and the
   target zone when there is one. Drawn as SVG; colours come from the style sheet. */
(function () {
  "use strict";
  const say = (text, values) => window.levelstrideWords.say(text, values);
  const NS = "http://www.w3.org/2000/svg";
  const RANGE = { cpd_peak_deg: [-2, 12], tir_exc_deg: [0, 24] };
  const HEIGHT = 46;
  const MID = 17;

  function node(name, attributes, text) {
    const element = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    return element;
  }

  function limits(metric, values) {
    let [low, high] = RANGE[metric];
    for (const value of values) {
      while (value < low + 0.5) low -= 2;
      while (value > high - 0.5) high += 2;
    }
    return [low, high];
  }

  /* known = {at, half_width} of the median or null, zone = [low, high] or null. */
  function draw(box, side, metric, known, zone) {
    const signature = JSON.stringify([known, zone, box.clientWidth]);
    if (box.dataset.signature === signature) return;
    box.dataset.signature = signature;
    const values = [];
    if (known) values.push(known.at - known.half_width, known.at + known.half_width);
    if (zone) values.push(zone[0], zone[1]);
    const [low, high] = limits(metric, values);
    const width = Math.max(120, box.clientWidth);
    const x = (v) => 8 + ((v - low) / (high - low)) * (width - 16);
    const svg = node("svg", { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, "aria-hidden": "true" });
    svg.append(node("line", { class: "ls-gauge-line", x1: x(low), x2: x(high), y1: MID, y2: MID }));
    if (zone) {
      svg.append(
        node("rect", { class: "ls-gauge-zone", x: x(zone[0]), y: 2, width: x(zone[1]) - x(zone[0]), height: 2 * MID - 4, rx: 3 }),
      );
    }
    const step = high - low > 20 ? 6 : 4;
    for (let v = Math.ceil(low / step) * step; v <= high; v += step) {
      svg.append(
        node("line", { class: "ls-gauge-line", x1: x(v), x2: x(v), y1: MID - 3, y2: MID + 3 }),
        node("text", { class: "ls-tick", x: x(v), y: HEIGHT - 2, "text-anchor": "middle" }, String(v).replace("-", "−")),
      );
    }
    if (known) {
      const from = x(known.at - known.half_width);
      svg.append(
        node("rect", { class: `ls-gauge-bar ls-${side}`, x: from, y: MID - 7, width: Math.max(2, x(known.at + known.half_width) - from), height: 14, rx: 3 }),
      );
      const at = x(known.at);
      svg.append(
        side === "left"
          ? node("circle", { class: "ls-mark ls-left", cx: at, cy: MID, r: 6 })
          : node("path", { class: "ls-mark ls-right", d: `M${at} ${MID - 7}l7 12h-14z` }),
      );
    }
    box.replaceChildren(svg);
  }

  /* Where a value lies against its zone, in words. */
  function words(known, zone) {
    if (!known || !zone) return "";
    if (known.at > zone[1]) return say("▲ above the zone");
    if (known.at < zone[0]) return say("▼ below the zone");
    return say("● in the zone");
  }

  window.levelstrideGauge = { draw, words };
})();
