// Draws every chart of the page. What came of it stands in window.throngReport.
(() => {
  const report = {drawn: 0, failed: [], charts: 0, done: false};
  window.throngReport = report;
  const charts = JSON.parse(document.getElementById("charts").textContent);
  report.charts = charts.length;
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
  const draw = async (chart, index) => {
    const many = chart.data.filter(trace => trace.showlegend !== false).length > 1;
    try {
      await Plotly.newPlot("c" + index, chart.data, laidOut(chart.layout, many), config);
      report.drawn += 1;
      report.first = report.first || performance.now();
    } catch (error) {
      report.failed.push(index + ": " + error);
      document.getElementById("c" + index).textContent = "This chart could not be drawn: " + error;
    }
  };
  (async () => {
    for (const [index, chart] of charts.entries()) {
      await draw(chart, index);
    }
    report.done = true;
    report.milliseconds = performance.now();
  })();
})();
