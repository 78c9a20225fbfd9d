/* Two small SVG charts of the live page. They are redrawn whole at stride rate (about three times
   a second, some 120 marks), which costs a few milliseconds; colours come from the style sheet, so
   that both schemes need no redraw. Left: solid line, circles. Right: dashed line, triangles. */
(function () {
  "use strict";
  const say = (text, values) => window.levelstrideWords.say(text, values);
  const NS = "http://www.w3.org/2000/svg";
  const SIDES = ["left", "right"];
  const HEIGHT = 220;
  const MARGIN = { top: 10, right: 12, bottom: 38, left: 44 };

  function node(name, attributes, text) {
    const element = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    return element;
  }

  function ticks(low, high, wanted) {
    const raw = (high - low) / wanted;
    const magnitude = Math.pow(10, Math.floor(Math.log10(raw)));
    const step = [1, 2, 5, 10].map((f) => f * magnitude).find((s) => s >= raw);
    const found = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9; i += 1) found.push(i * step);
    return found;
  }

  /* Limits that move in steps of 2, so that the axis rests while strides vary. */
  function limits(values) {
    if (!values.length) return [-2, 10];
    let low = Math.floor(Math.min(...values) / 2 - 0.25) * 2;
    let high = Math.ceil(Math.max(...values) / 2 + 0.25) * 2;
    while (high - low < 6) {
      high += 1;
      low -= 1;
    }
    return [low, high];
  }

  function frame(box, xRange, yRange, xTicks, xLabel, yLabel) {
    const width = Math.max(220, box.clientWidth);
    const svg = node("svg", {
      width: width,
      height: HEIGHT,
      viewBox: `0 0 ${width} ${HEIGHT}`,
      "aria-hidden": "true",
    });
    const x = (v) =>
      MARGIN.left + ((v - xRange[0]) / (xRange[1] - xRange[0])) * (width - MARGIN.left - MARGIN.right);
    const y = (v) =>
      HEIGHT - MARGIN.bottom - ((v - yRange[0]) / (yRange[1] - yRange[0])) * (HEIGHT - MARGIN.top - MARGIN.bottom);
    for (const v of ticks(yRange[0], yRange[1], 4)) {
      svg.append(
        node("line", { class: Math.abs(v) < 1e-9 ? "ls-zero" : "ls-grid", x1: x(xRange[0]), x2: x(xRange[1]), y1: y(v), y2: y(v) }),
        node("text", { class: "ls-tick", x: MARGIN.left - 6, y: y(v) + 4, "text-anchor": "end" }, window.levelstrideWords.number(Math.round(v * 10) / 10)),
      );
    }
    for (const v of xTicks) {
      svg.append(node("text", { class: "ls-tick", x: x(v), y: HEIGHT - MARGIN.bottom + 16, "text-anchor": "middle" }, String(v).replace("-", "−")));
    }
    svg.append(
      node("text", { class: "ls-axis", x: (MARGIN.left + width - MARGIN.right) / 2, y: HEIGHT - 5, "text-anchor": "middle" }, xLabel),
      node("text", { class: "ls-axis", transform: `translate(12 ${(HEIGHT - MARGIN.bottom + MARGIN.top) / 2}) rotate(-90)`, "text-anchor": "middle" }, yLabel),
    );
    return { svg, x, y };
  }

  function path(points) {
    let text = "";
    let pen = false;
    for (const [px, py] of points) {
      if (py === null) {
        pen = false;
        continue;
      }
      text += `${pen ? "L" : "M"}${px.toFixed(1)} ${py.toFixed(1)}`;
      pen = true;
    }
    return text;
  }

  function mark(side, px, py) {
    if (side === "left") return node("circle", { class: "ls-mark ls-left", cx: px.toFixed(1), cy: py.toFixed(1), r: 3.2 });
    return node("path", {
      class: "ls-mark ls-right",
      d: `M${px.toFixed(1)} ${(py - 4).toFixed(1)}l3.8 6.6h-7.6z`,
    });
  }

  function swap(box, svg) {
    box.replaceChildren(svg);
  }

  /* Last strides of each leg; series = {left: [values], right: [values]}, newest last; zones =
     {left: [low, high] or null, right: …}. */
  function trend(box, series, count, unit, zones) {
    const all = SIDES.flatMap((side) => series[side] || []).filter((v) => v !== null);
    for (const side of SIDES) if (zones[side]) all.push(...zones[side]);
    const { svg, x, y } = frame(box, [-count, 1], limits(all), [-60, -40, -20, 0].filter((v) => v >= -count), say("strides before the last one"), unit);
    for (const side of SIDES) {
      if (!zones[side]) continue;
      for (const edge of zones[side]) {
        svg.append(node("line", { class: `ls-zone-edge ls-${side}`, x1: x(-count), x2: x(1), y1: y(edge), y2: y(edge) }));
      }
    }
    for (const side of SIDES) {
      const values = series[side] || [];
      const points = values.map((v, i) => [x(i - values.length + 1), v === null ? null : y(v)]);
      svg.append(node("path", { class: `ls-line ls-${side} ls-thin`, d: path(points) }));
      for (const [px, py] of points) if (py !== null) svg.append(mark(side, px, py));
    }
    swap(box, svg);
  }

  /* Mean stance curves with one standard deviation; curves = {left: {mean, sd}, right: …}. */
  function curve(box, curves, unit) {
    const bands = {};
    const all = [];
    for (const side of SIDES) {
      const { mean, sd } = curves[side] || { mean: [], sd: [] };
      bands[side] = mean.map((m, i) => (m === null ? null : [m - (sd[i] || 0), m + (sd[i] || 0), m]));
      for (const b of bands[side]) if (b) all.push(b[0], b[1]);
    }
    const { svg, x, y } = frame(box, [0, 100], limits(all), [0, 25, 50, 75, 100], say("% of stance"), unit);
    for (const side of SIDES) {
      const known = bands[side].map((b, i) => [i, b]).filter(([, b]) => b);
      if (!known.length) continue;
      const upper = known.map(([i, b]) => `${x(i).toFixed(1)} ${y(b[1]).toFixed(1)}`);
      const lower = known.map(([i, b]) => `${x(i).toFixed(1)} ${y(b[0]).toFixed(1)}`).reverse();
      svg.append(
        node("path", { class: `ls-band ls-${side}`, d: `M${upper.join("L")}L${lower.join("L")}Z` }),
        node("path", { class: `ls-line ls-${side}`, d: path(bands[side].map((b, i) => [x(i), b ? y(b[2]) : null])) }),
      );
    }
    swap(box, svg);
  }

  window.levelstrideCharts = { trend, curve };
})();
