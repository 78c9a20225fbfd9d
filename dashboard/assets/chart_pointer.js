/* What the pointer does in a chart: numbers beside it, and a stretch to zoom into. */
(function () {
  "use strict";
  const charts = (window.levelstrideCharts = window.levelstrideCharts || {});
  const NEAR_PX = 30;
  const LEAST_DRAG_PX = 6;

  /* "%{y:.1f}°" and the like, with the numbers of a point. */
  function filled(template, values, separators) {
    return template
      .replace(/<extra>.*<\/extra>/, "")
      .replace(/%\{(\w+)(?::\.(\d)f)?\}/g, function (whole, name, decimals) {
        const value = values[name];
        if (typeof value !== "number") return value === undefined ? "" : String(value);
        return charts.number(value, decimals === undefined ? (Number.isInteger(value) ? 0 : 2) : Number(decimals), separators);
      });
  }

  function nearest(trace, plot, px, py, whole) {
    const y = plot.lanes[trace.yaxis || "y"].y;
    let best = null;
    trace.x.forEach(function (at, n) {
      if (at === null || trace.y[n] === null) return;
      const dx = plot.x(at) - px;
      const far = whole ? Math.hypot(dx, y(trace.y[n]) - py) : Math.abs(dx);
      if (far <= NEAR_PX && (!best || far < best.far)) best = { far: far, n: n, trace: trace };
    });
    return best;
  }

  function row(found, separators) {
    const trace = found.trace;
    const values = { x: trace.x[found.n], y: trace.y[found.n] };
    if (trace.customdata) values.customdata = trace.customdata[found.n];
    const line = document.createElement("div");
    const text = filled(trace.hovertemplate || "%{y}", values, separators);
    line.append(charts.swatch(trace), `${trace.name ? `${trace.name}: ` : ""}${text}`);
    return line;
  }

  function heading(layout, found) {
    const at = found.trace.x[found.n];
    if (found.trace.text) return String(found.trace.text[found.n]);
    const title = (layout.xaxis.title && layout.xaxis.title.text) || "";
    return `${title}: ${charts.number(at, Number.isInteger(at) ? 0 : 2, layout.separators)}`;
  }

  function hover(state, px, py) {
    const { chart, plot, tip } = state;
    const mode = chart.layout.hovermode;
    const told = chart.data.filter((trace) => trace.hoverinfo !== "skip");
    let found = told.map((trace) => nearest(trace, plot, px, py, mode === "closest")).filter(Boolean);
    found.sort((a, b) => a.far - b.far);
    if (mode === "closest") found = found.slice(0, 1);
    if (!found.length) return hide(state);
    const separators = chart.layout.separators;
    const at = plot.x(found[0].trace.x[found[0].n]);
    const rows = told.map((trace) => found.find((one) => one.trace === trace)).filter(Boolean);
    const head = document.createElement("div");
    head.className = "ls-tip-head";
    head.textContent = mode === "closest" ? "" : heading(chart.layout, found[0]);
    tip.replaceChildren(head, ...rows.map((one) => row(one, separators)));
    tip.hidden = false;
    const left = at + 14 + tip.offsetWidth > plot.width ? at - 14 - tip.offsetWidth : at + 14;
    tip.style.left = `${Math.max(0, Math.min(left, plot.width - tip.offsetWidth))}px`;
    tip.style.top = `${Math.max(0, py - tip.offsetHeight / 2)}px`;
    if (mode === "closest") return undefined;
    if (!state.hair) state.hair = charts.node("line", { class: "ls-hair" });
    for (const [key, value] of Object.entries({ x1: at, x2: at, y1: plot.top, y2: plot.bottom })) state.hair.setAttribute(key, value);
    if (state.hair.parentNode !== plot.svg) plot.svg.append(state.hair);
    return undefined;
  }

  function hide(state) {
    state.tip.hidden = true;
    if (state.hair) state.hair.remove();
  }

  function drag(state, from, to) {
    const { plot } = state;
    const inside = (px) => Math.min(Math.max(px, plot.left), plot.right);
    const [low, high] = [inside(from), inside(to)].sort((a, b) => a - b);
    if (!state.chosen) state.chosen = charts.node("rect", { class: "ls-chosen" });
    const place = { x: low, width: high - low, y: plot.top, height: plot.bottom - plot.top };
    for (const [key, value] of Object.entries(place)) state.chosen.setAttribute(key, value);
    if (state.chosen.parentNode !== plot.svg) plot.svg.append(state.chosen);
    return [low, high];
  }

  /* Follow the pointer over a place; `state` holds chart, plot and tip, `zoom` takes a stretch in
     the numbers of the axis, or null for everything. */
  charts.follow = function (place, state, zoom) {
    const zooms = () => state.chart.layout.dragmode === "zoom";
    let began = null;

    function at(event) {
      const frame = place.getBoundingClientRect();
      return [event.clientX - frame.left, event.clientY - frame.top];
    }

    place.addEventListener("pointerdown", function (event) {
      if (event.button !== 0 || !zooms()) return;
      began = at(event)[0];
      place.setPointerCapture(event.pointerId);
    });
    place.addEventListener("pointermove", function (event) {
      if (!state.plot) return;
      const [px, py] = at(event);
      if (began !== null && Math.abs(px - began) > LEAST_DRAG_PX) {
        hide(state);
        drag(state, began, px);
      } else if (state.chart.layout.hovermode) {
        hover(state, px, py);
      }
    });
    function end(event) {
      if (began === null || !state.plot) return;
      const [px] = at(event);
      const from = began;
      began = null;
      if (state.chosen) state.chosen.remove();
      if (event.type !== "pointerup" || Math.abs(px - from) <= LEAST_DRAG_PX) return;
      const range = state.plot.xRange;
      const value = (one) =>
        range[0] + ((one - state.plot.left) / (state.plot.right - state.plot.left)) * (range[1] - range[0]);
      zoom(drag(state, from, px).map(value));
      state.chosen.remove();
    }
    place.addEventListener("pointerup", end);
    place.addEventListener("pointercancel", end);
    place.addEventListener("pointerleave", () => hide(state));
    place.addEventListener("dblclick", () => zooms() && zoom(null));
  };
})();
