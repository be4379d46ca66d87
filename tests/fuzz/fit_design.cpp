// What a fit is asked for: the first part is its file, "observed.csv" a table that it may name.
#include "tools/fit_design.h"

#include <cmath>

#include "sim/error.h"
#include "tests/fuzz/fuzz.h"

using namespace throng;

namespace {

void check(const FittedParameter& p) {
  ensures(std::isfinite(p.mean()) && std::isfinite(p.sd()) && p.sd() > 0, "a prior has a width");
  for (const double place : {p.mean() - p.sd(), p.mean(), p.mean() + p.sd()}) {
    ensures(std::isfinite(p.outward(place)), "what the prior reaches is a number");
    ensures(!p.text(place).empty() && !p.shown(p.outward(place)).empty(), "a number has a text");
  }
}

void check(const FittedSeries& series, const FitDesign& design) {
  ensures(!series.areas.empty(), "a series is of somebody");
  for (const ObservedArea& area : series.areas) {
    ensures(area.first == design.from &&
                area.values.size() == static_cast<std::size_t>(design.last - design.from + 1),
            "an area has each day");
    for (const double sum : window_sums(area.values, series.days)) {
      ensures(!std::isnan(series.transformed(sum)), "each day was observed");
      ensures(!std::isnan(series.back(series.transformed(sum))), "a transform goes back");
    }
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Folder folder;
  const fuzz::Parts parts(data, size);
  folder.write("fit.toml", parts[""]);
  folder.write("observed.csv", parts["observed.csv"]);
  FitDesign design;
  if (!fuzz::takes([&] { design = read_fit(folder / "fit.toml"); })) {
    return 0;
  }
  Eigen::VectorXd places(static_cast<Eigen::Index>(design.parameters.size()));
  for (std::size_t i = 0; i < design.parameters.size(); ++i) {
    check(design.parameters[i]);
    places(static_cast<Eigen::Index>(i)) = design.parameters[i].mean();
  }
  ensures(design.settings(places).size() == design.parameters.size(), "each is set");
  for (const FittedSeries& series : design.series) {
    check(series, design);
  }
  folder.write("resolved.toml", design.resolved);
  ensures(read_fit(folder / "resolved.toml").resolved == design.resolved,
          "a fit's resolved text reads back as it was");
  return 0;
}
