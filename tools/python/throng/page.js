// Draws charts as they come near the window, so that the page opens at once. What came of it stands in
// window.throngReport; its all() draws the rest, as printing does.
(() => {
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const report = {drawn: 0, failed: [], charts: charts.length, seen: charts.length === 0};
  window.throngReport = report;
  const narrow = () => window.matchMedia("(max-width: 800px)").matches;
  const laidOut = (layout, many) => ({
    height: narrow() ? 290 : 340, font: {family: "system-ui, sans-serif", size: narrow() ? 11 : 12},
    margin: {l: narrow() ? 48 : 62, r: 10, t: 12, b: 40}, hovermode: "x unified", dragmode: narrow() ? false : "zoom",
    paper_bgcolor: "#fff", plot_bgcolor: "#fff", showlegend: many,
    legend: {orientation: "h", y: -0.16, x: 0, font: {size: narrow() ? 10 : 12}}, ...layout,
    xaxis: {gridcolor: "#eee", zeroline: false, ...layout.xaxis},
    yaxis: {gridcolor: "#eee", zeroline: false, automargin: true, ...layout.yaxis},
  });
  const config = {responsive: true, displaylogo: false, displayModeBar: narrow() ? false : "hover",
                  scrollZoom: false,  // named one by one: a later plotly.js may add one that uploads data
                  modeBarButtons: [["toImage", "zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]]};
  const begun = new Map();
  const draw = index => {
    if (!begun.has(index)) {
      begun.set(index, drawNow(index, charts[index]));
    }
    return begun.get(index);
  };
  const drawNow = async (index, chart) => {
    const many = chart.data.filter(trace => trace.showlegend !== false).length > 1;
    try {
      await Plotly.newPlot("c" + index, chart.data, laidOut(chart.layout, many), config);
      report.drawn += 1;
    } catch (error) {
      report.failed.push(index + ": " + error);
      document.getElementById("c" + index).textContent = "This chart could not be drawn: " + error;
    }
  };
  report.all = async () => {
    for (const index of charts.keys()) {
      await draw(index);
    }
    return {drawn: report.drawn, failed: report.failed, charts: report.charts};
  };
  const near = new IntersectionObserver(async entries => {
    const there = entries.filter(entry => entry.isIntersecting);
    there.forEach(entry => near.unobserve(entry.target));
    await Promise.all(there.map(entry => draw(Number(entry.target.id.slice(1)))));
    report.seen = true;
  }, {rootMargin: "300px"});
  document.querySelectorAll(".chart").forEach(element => near.observe(element));
  window.addEventListener("beforeprint", report.all);
  // What a map shows under the pointer stands below it: a finger sees no tooltips.
  document.querySelectorAll("svg.map").forEach(map => {
    const named = map.parentElement.appendChild(document.createElement("p"));
    named.textContent = "\u00a0";
    map.addEventListener("pointerover", event => {
      const title = event.target.closest("path")?.querySelector("title");
      named.textContent = title ? title.textContent : named.textContent;
    });
  });
})();
