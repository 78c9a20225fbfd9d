/* Scales of charts: ranges of axes, ticks and numbers as text. */
(function () {
  "use strict";
  const charts = (window.levelstrideCharts = window.levelstrideCharts || {});

  charts.number = function (value, decimals, separators) {
    const text = Math.abs(value).toFixed(decimals);
    const minus = value < 0 && Number(text) !== 0 ? "−" : "";
    return minus + text.replace(".", separators[0]);
  };

  /* Round steps: 1, 2 or 5 times a power of ten. */
  function step(low, high, wanted) {
    const raw = Math.abs(high - low) / Math.max(1, wanted);
    const size = Math.pow(10, Math.floor(Math.log10(raw)));
    return [1, 2, 5, 10].map((factor) => factor * size).find((one) => one >= raw * 0.999);
  }

  /* Ticks of an axis inside its range: [{ at, text }]. */
  charts.ticks = function (axis, range, wanted, separators) {
    const low = Math.min(range[0], range[1]);
    const high = Math.max(range[0], range[1]);
    if (axis.tickvals) {
      return axis.tickvals
        .map((at, index) => ({ at: at, text: String(axis.ticktext[index]) }))
        .filter((tick) => tick.at >= low && tick.at <= high);
    }
    if (!(high > low)) return [];
    const width = axis.dtick && (high - low) / axis.dtick >= 2 ? axis.dtick : step(low, high, wanted);
    const decimals = Math.max(0, -Math.floor(Math.log10(width) + 1e-9));
    const found = [];
    for (let n = Math.ceil(low / width - 1e-6); n * width <= high + width * 1e-6; n += 1) {
      found.push({ at: n * width, text: charts.number(n * width, decimals, separators) });
    }
    return found;
  };

  /* Lowest and highest value of the traces of an axis, with some room; given ranges stay. */
  charts.range = function (axis, traces, name) {
    if (axis.range) return axis.range;
    let low = Infinity;
    let high = -Infinity;
    const see = function (value) {
      if (value === null || value === undefined) return;
      low = Math.min(low, value);
      high = Math.max(high, value);
    };
    for (const trace of traces) {
      const reach = name === "x" ? trace.error_x : undefined;
      trace[name].forEach(function (value, index) {
        see(value);
        if (reach && value !== null) {
          see(value + reach.array[index]);
          see(value - reach.arrayminus[index]);
        }
      });
      if (name === "y" && trace.fill === "tozeroy") see(0);
    }
    if (!(high >= low)) return [0, 1];
    const room = name === "x" && traces.every((trace) => trace.mode === "lines") ? 0 : 0.05;
    const spread = high - low || Math.abs(high) || 1;
    const floor = name === "y" && low >= 0 && traces.some((trace) => trace.fill === "tozeroy");
    return [floor ? 0 : low - room * spread, high + (room || (high > low ? 0 : 0.05)) * spread];
  };
})();
