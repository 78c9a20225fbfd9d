/* Draws a chart, as dashboard/figures/chart.py says it, as SVG. Text is set as text and never read
   as markup. Numbers stand in the table beside each chart, so the drawing itself is not read out. */
(function () {
  "use strict";
  const charts = (window.levelstrideCharts = window.levelstrideCharts || {});
  const NS = "http://www.w3.org/2000/svg";
  const DASHES = { dash: [3.5, 2], dot: [1, 1.6] };
  const LETTER_PX = 6.9; // a letter of 13 px, for the room that labels need
  let clips = 0;

  charts.node = function (name, attributes, text) {
    const element = document.createElementNS(NS, name);
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const node = charts.node;

  function stroke(line, colour) {
    const width = line.width === undefined ? 2 : line.width;
    const found = { fill: "none", stroke: line.color || colour, "stroke-width": width, "stroke-linejoin": "round" };
    const dash = DASHES[line.dash];
    if (dash) found["stroke-dasharray"] = dash.map((one) => (one * Math.max(width, 2)).toFixed(1)).join(" ");
    return found;
  }

  function colourOf(trace) {
    return (trace.line && trace.line.color) || (trace.marker && trace.marker.color) || "#6b7680";
  }

  function outline(symbol, x, y, size) {
    const r = size / 2;
    const at = (dx, dy) => `${(x + dx).toFixed(1)},${(y + dy).toFixed(1)}`;
    if (symbol.startsWith("triangle")) return `M${at(0, -1.15 * r)}L${at(1.1 * r, 0.8 * r)}L${at(-1.1 * r, 0.8 * r)}Z`;
    if (symbol.startsWith("square")) return `M${at(-r, -r)}h${size}v${size}h${-size}Z`;
    return `M${at(-r, 0)}a${r},${r} 0 1,0 ${size},0a${r},${r} 0 1,0 ${-size},0Z`;
  }

  /* Points as the path of a line; what is not known breaks it. */
  function linePath(trace, x, y) {
    const parts = [];
    let open = false;
    for (let n = 0; n < trace.x.length; n += 1) {
      const at = trace.x[n];
      const value = trace.y[n];
      if (at === null || value === null) {
        open = false;
        continue;
      }
      parts.push((open ? "L" : "M") + x(at).toFixed(1) + "," + y(value).toFixed(1));
      open = true;
    }
    return parts.join("");
  }

  function drawMarks(group, trace, x, y) {
    const marker = trace.marker || {};
    const colour = marker.color || colourOf(trace);
    const size = marker.size || 6;
    const paths = new Map();
    trace.x.forEach(function (at, n) {
      if (at === null || trace.y[n] === null) return;
      const symbol = (Array.isArray(marker.symbol) ? marker.symbol[n] : marker.symbol) || "circle";
      paths.set(symbol, (paths.get(symbol) || "") + outline(symbol, x(at), y(trace.y[n]), size));
    });
    for (const [symbol, path] of paths) {
      const open = symbol.endsWith("-open");
      group.append(
        node("path", {
          d: path,
          fill: open ? "none" : colour,
          stroke: colour,
          "stroke-width": open ? 2 : 0,
          opacity: marker.opacity || 1,
        }),
      );
    }
  }

  function drawReach(group, trace, x, y) {
    const reach = trace.error_x;
    let path = "";
    trace.x.forEach(function (at, n) {
      if (at === null) return;
      const row = y(trace.y[n]);
      const low = x(at - reach.arrayminus[n]);
      const high = x(at + reach.array[n]);
      path += `M${low.toFixed(1)},${(row - 4).toFixed(1)}v8m0,-4H${high.toFixed(1)}m0,-4v8`;
    });
    group.append(node("path", { d: path, fill: "none", stroke: reach.color, "stroke-width": reach.thickness || 1.5 }));
  }

  function drawTrace(group, trace, x, y) {
    const colour = colourOf(trace);
    const mode = trace.mode || "lines";
    if (mode.includes("lines")) {
      const path = linePath(trace, x, y);
      if (trace.fill && path) {
        let area = path + "Z";
        if (trace.fill === "tozeroy") {
          const last = trace.x.length - 1;
          area = `${path}L${x(trace.x[last]).toFixed(1)},${y(0).toFixed(1)}L${x(trace.x[0]).toFixed(1)},${y(0).toFixed(1)}Z`;
        }
        group.append(node("path", { d: area, fill: trace.fillcolor, stroke: "none" }));
      }
      const line = trace.line || {};
      if (line.width !== 0) group.append(node("path", Object.assign({ d: path }, stroke(line, colour))));
    }
    if (trace.error_x) drawReach(group, trace, x, y);
    if (mode.includes("markers")) drawMarks(group, trace, x, y);
  }

  /* Place of a note or shape: in data, or in parts of the drawing ("paper"). */
  function placer(reference, data, low, high) {
    return reference === "paper" ? (value) => low + value * (high - low) : data;
  }

  function drawShape(group, shape, plot) {
    const x = placer(shape.xref, plot.x, plot.left, plot.right);
    const y = placer(shape.yref, plot.y, plot.bottom, plot.top);
    const line = shape.line || {};
    const drawn = stroke(line, "none");
    if (shape.type === "line") {
      group.append(node("line", Object.assign(drawn, { x1: x(shape.x0), x2: x(shape.x1), y1: y(shape.y0), y2: y(shape.y1) })));
      return;
    }
    const [left, right] = [x(shape.x0), x(shape.x1)].sort((a, b) => a - b);
    const [top, bottom] = [y(shape.y0), y(shape.y1)].sort((a, b) => a - b);
    group.append(node("rect", Object.assign(drawn, { x: left, y: top, width: right - left, height: bottom - top, fill: shape.fillcolor || "none" })));
  }

  const ANCHORS = { left: "start", center: "middle", right: "end" };

  function drawNote(group, note, plot) {
    const px = placer(note.xref, plot.x, plot.left, plot.right)(note.x);
    const py = placer(note.yref, plot.y, plot.bottom, plot.top)(note.y);
    const size = (note.font && note.font.size) || 12;
    const shift = { top: size, middle: 0.35 * size, bottom: -3 };
    const found = { "font-size": size, x: px, y: py };
    found["text-anchor"] = ANCHORS[note.xanchor] || "middle";
    if (note.textangle) {
      // written upwards from the top edge, on the left of its line
      Object.assign(found, { x: px - 3, y: py, "text-anchor": "end", transform: `rotate(${note.textangle} ${px - 3} ${py})` });
    } else {
      found.y = py + (shift[note.yanchor] === undefined ? shift.middle : shift[note.yanchor]);
    }
    group.append(node("text", found, note.text));
  }

  function axesOf(layout) {
    return Object.keys(layout).filter((key) => /^yaxis\d*$/.test(key));
  }

  /* Room on the left: for the labels of rows as much as they need, but not half of a phone. */
  function leftRoom(layout, width) {
    const labels = layout.yaxis.ticktext;
    if (!labels) return layout.margin.l;
    const longest = Math.max(0, ...labels.map((text) => text.length));
    return Math.min(Math.max(layout.margin.l, 14 + LETTER_PX * longest), 0.45 * width);
  }

  function shortened(text, room) {
    const letters = Math.max(4, Math.floor(room / LETTER_PX));
    return text.length > letters ? `${text.slice(0, letters - 1)}…` : text;
  }

  function drawX(svg, layout, plot) {
    const axis = layout.xaxis;
    const ticks = charts.ticks(axis, plot.xRange, Math.max(2, Math.floor((plot.right - plot.left) / 70)), layout.separators);
    let free = -Infinity;
    for (const tick of ticks) {
      const at = plot.x(tick.at);
      const half = (LETTER_PX * tick.text.length) / 2 + 3;
      svg.append(node("line", { class: "ls-tickline", x1: at, x2: at, y1: plot.bottom, y2: plot.bottom + 4 }));
      if (at - half < free) continue; // it would run into its neighbour
      free = at + half;
      const anchor = at + half > plot.width ? "end" : at - half < 0 ? "start" : "middle";
      svg.append(node("text", { x: at, y: plot.bottom + 18, "text-anchor": anchor }, tick.text));
    }
    svg.append(node("line", { class: "ls-tickline", x1: plot.left, x2: plot.right, y1: plot.bottom, y2: plot.bottom }));
    const title = axis.title && axis.title.text;
    if (title) svg.append(node("text", { x: (plot.left + plot.right) / 2, y: plot.bottom + 38, "text-anchor": "middle" }, title));
  }

  function drawY(svg, axis, lane, layout, plot) {
    const wanted = axis.nticks || Math.max(2, Math.floor((lane.bottom - lane.top) / 45));
    for (const tick of charts.ticks(axis, lane.range, wanted, layout.separators)) {
      const at = lane.y(tick.at);
      if (axis.showgrid !== false) svg.append(node("line", { class: "ls-grid", x1: plot.left, x2: plot.right, y1: at, y2: at }));
      svg.append(node("text", { x: plot.left - 6, y: at + 4, "text-anchor": "end" }, shortened(tick.text, plot.left - 8)));
    }
    const zero = axis.zeroline !== false && lane.range[0] < 0 && lane.range[1] > 0;
    if (zero) svg.append(node("line", { class: "ls-tickline", x1: plot.left, x2: plot.right, y1: lane.y(0), y2: lane.y(0) }));
    const title = axis.title && axis.title.text;
    if (title) {
      const middle = (lane.top + lane.bottom) / 2;
      svg.append(node("text", { x: 13, y: middle, "text-anchor": "middle", transform: `rotate(-90 13 ${middle})` }, title));
    }
  }

  charts.swatch = function (trace) {
    const svg = node("svg", { width: 26, height: 14, class: "ls-swatch", "aria-hidden": "true" });
    const shown = Object.assign({}, trace, { x: [0, 26], y: [7, 7], error_x: undefined, fill: undefined });
    const mode = trace.mode || "lines";
    if (mode.includes("lines")) drawTrace(svg, Object.assign({}, shown, { mode: "lines" }), (v) => v, (v) => v);
    if (mode.includes("markers")) {
      const marker = Object.assign({}, trace.marker);
      if (Array.isArray(marker.symbol)) marker.symbol = marker.symbol[0].replace("-open", "");
      drawMarks(svg, { x: [13], y: [7], marker: marker, line: trace.line }, (v) => v, (v) => v);
    }
    return svg;
  };

  /* Draw a chart into a place; `view` is the stretch of the horizontal axis, null for all of it.
     Gives back where things are, for the pointer. */
  charts.draw = function (place, chart, view, height) {
    const layout = chart.layout;
    const width = Math.max(220, place.clientWidth);
    const plot = { width: width, left: leftRoom(layout, width), right: width - layout.margin.r, top: layout.margin.t };
    const titled = layout.xaxis.title && layout.xaxis.title.text;
    plot.bottom = height - (titled ? layout.margin.b : layout.margin.b - 20);
    plot.xRange = view || charts.range(layout.xaxis, chart.data, "x");
    const scale = (range, from, to) => (value) => from + ((value - range[0]) / (range[1] - range[0])) * (to - from);
    plot.x = scale(plot.xRange, plot.left, plot.right);
    plot.lanes = {};
    const svg = node("svg", { width: width, height: height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
    for (const key of axesOf(layout)) {
      const axis = layout[key];
      const name = key.replace("axis", "");
      const domain = axis.domain || [0, 1];
      const tall = plot.bottom - plot.top;
      const lane = { top: plot.bottom - domain[1] * tall, bottom: plot.bottom - domain[0] * tall };
      lane.range = charts.range(axis, chart.data.filter((trace) => (trace.yaxis || "y") === name), "y");
      lane.y = scale(lane.range, lane.bottom, lane.top);
      plot.lanes[name] = lane;
      drawY(svg, axis, lane, layout, plot);
    }
    plot.y = plot.lanes.y.y;
    drawX(svg, layout, plot);
    clips += 1;
    const clip = `ls-clip-${clips}`;
    const area = node("clipPath", { id: clip });
    area.append(node("rect", { x: plot.left, y: plot.top - 3, width: plot.right - plot.left, height: plot.bottom - plot.top + 6 }));
    const lines = node("g", { class: "ls-lines", "clip-path": `url(#${clip})` });
    for (const shape of layout.shapes) drawShape(lines, shape, plot);
    for (const trace of chart.data) drawTrace(lines, trace, plot.x, plot.lanes[trace.yaxis || "y"].y);
    for (const note of layout.annotations) drawNote(note.xref === "paper" ? svg : lines, note, plot);
    svg.append(area, lines);
    place.replaceChildren(svg);
    plot.svg = svg;
    return plot;
  };
})();
