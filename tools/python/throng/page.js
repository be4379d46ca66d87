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
                  modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"], scrollZoom: false};
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
})();
