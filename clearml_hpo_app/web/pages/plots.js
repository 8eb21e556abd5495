// Figures as the task reported them, drawn by Plotly in the page's theme. Plotly is loaded when the first one is seen.

// as the figures have them (`figures/palette.py`), but for red, which is of what failed
const COLOURS = ["#4c8bf5", "#e8833a", "#9a6bc4", "#12b5cb", "#7bb662", "#d8b13c", "#8a94a6", "#b9793e"];
const OPTIONS = { responsive: true, displaylogo: false, displayModeBar: "hover", modeBarButtonsToRemove: ["lasso2d", "select2d"], scrollZoom: false };
const HALO = ["1px 1px", "-1px 1px", "1px -1px", "-1px -1px"];
let loading = null;

function plotly() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = "/static/plotly.min.js";
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => ((loading = null), reject(new Error("Plotly could not be loaded.")));
    document.head.append(script);
  });
  return loading;
}

/** A place where figures are drawn: `show(figure)`; it is drawn once it is seen, and again in another theme. */
export function plot(element) {
  let [figure, isSeen, isOver] = [null, false, false];
  const draw = async () => {
    if (!isSeen || !figure || isOver) return;
    const library = await plotly();
    if (isOver || !figure) return;
    const { data, layout } = themed(figure);
    await library.react(element, data, layout, OPTIONS);
  };
  const watch = new IntersectionObserver(([entry]) => {
    if (!entry.isIntersecting || isSeen) return;
    isSeen = true;
    draw();
  }, { rootMargin: "200px" });
  watch.observe(element);
  addEventListener("themechange", draw);
  return {
    show(next) {
      figure = next;
      draw();
    },
    end() {
      isOver = true;
      watch.disconnect();
      removeEventListener("themechange", draw);
      window.Plotly?.purge(element);
    },
  };
}

/** The figure with the page's colours where the task gave none of its own; the given one is left as it is. */
export function themed(figure) {
  const { data, layout } = structuredClone({ data: figure.data, layout: figure.layout ?? {} });
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const [text, grid] = [colour("text"), colour("grid")];
  delete layout.height;
  delete layout.width;
  delete layout.template;
  delete layout.title; // the panel says it
  const axis = { gridcolor: grid, zerolinecolor: grid, linecolor: grid, tickcolor: grid };
  for (const name of Object.keys(layout)) if (/^[xy]axis\d*$/.test(name)) layout[name] = { ...axis, ...layout[name] };
  for (const name of ["xaxis", "yaxis"]) layout[name] ??= axis;
  layout.font = { family: "inherit", size: 12, ...layout.font, color: text };
  layout.paper_bgcolor = colour("panel");
  layout.plot_bgcolor = "rgba(0,0,0,0)";
  layout.autosize = true;
  if (layout.legend) layout.legend.bgcolor = "rgba(0,0,0,0)";
  for (const trace of data) {
    if (trace.type !== "parcoords") continue;
    for (const part of ["labelfont", "tickfont"]) trace[part] = { ...trace[part], color: text };
    trace.tickfont.shadow = HALO.map((place) => `${place} 1px ${colour("panel")}`).join(", "); // Plotly's own is grey on dark
  }
  return { data, layout };
}

/** What the axes of our own scalars are called; those of others have no unit that is known here. */
const UP = { "Optimization Metric": "objective", Budget: "% left", Resources: "number" };
const ACROSS = { "Optimization Metric": "trials that ended with a value" };

/** Few iterations have whole ticks. */
function whole(data, isTime) {
  const steps = isTime ? [] : data.flatMap(({ x }) => [x[0], x.at(-1)]);
  return steps.length && Math.max(...steps) - Math.min(...steps) < 10 ? { dtick: 1 } : {};
}

/** Scalars by series, as lines over iterations or time. */
export function curvesFigure(curves, panel) {
  const isTime = panel.axis !== "iter";
  const data = Object.entries(curves).map(([name, { x, y }], index) => ({
    type: "scatter",
    mode: x.length > 200 ? "lines" : "lines+markers",
    name,
    x: panel.axis === "timestamp" ? x.map((each) => new Date(each).toISOString()) : x,
    y,
    line: { color: COLOURS[index % COLOURS.length], width: 2 },
    marker: { size: 5 },
  }));
  const layout = {
    margin: { l: 56, r: 20, t: 12, b: 44 },
    showlegend: !panel.hideLegend,
    legend: { orientation: "h", y: -0.14, yanchor: "top" },
    xaxis: { ...whole(data, isTime), title: { text: isTime ? "" : (ACROSS[panel.title] ?? "Iterations"), standoff: 8 }, type: isTime ? "date" : "linear", automargin: true },
    yaxis: { title: { text: UP[panel.title] ?? "", standoff: 8 }, exponentformat: "e", minexponent: 6, automargin: true },
    separators: ".",
    hovermode: "x unified",
  };
  return { data, layout };
}
