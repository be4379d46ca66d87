#include "scenarios/series.h"

#include <algorithm>
#include <cmath>

#include "sim/error.h"

namespace throng {
namespace {

using From = SeriesOf::From;

/// The kind that has a column of that name.
const Kind& kind_with(const Population& population, std::string_view column) {
  for (const auto& kind : population.kinds()) {
    if (kind->find(column) != nullptr) {
      return *kind;
    }
  }
  ensures(false, "a series by label names a column that a behavior bound");
  return *population.kinds().front();
}

std::vector<i64> by_label(const std::vector<i64>& by_label_and_cell, u32 labels, u32 cells) {
  std::vector<i64> sums(labels, 0);
  for (u32 k = 0; k < by_label_and_cell.size(); ++k) {
    sums[k / cells] += by_label_and_cell[k];
  }
  return sums;
}

i64 counted_in(const ColumnInfo& info, u64 bits, double scale) {
  if (info.type == DataType::f64_) {
    const double units = __builtin_bit_cast(double, bits) / scale;
    ensures(std::abs(units) < 0x1p62, "a number that is summed fits into its fixed point");
    return std::llround(units);
  }
  return static_cast<i64>(bits);
}

i64 rows_of(const Simulation& simulation, std::string_view name) {
  const Kind& kind = simulation.population().kind(name);
  i64 rows = !kind.replicated() || simulation.world().rank() == 0 ? kind.rows() : 0;
  simulation.world().sum(std::span<i64>(&rows, 1));
  return rows;
}

i64 sum_of(const Simulation& simulation, const SeriesOf& what) {
  const Kind& kind = simulation.population().kind(what.kind);
  const Kind::Entry* column = kind.find(what.source);
  ensures(column != nullptr, "a series of a column names one that exists");
  i64 sum = 0;
  if (!kind.replicated() || simulation.world().rank() == 0) {
    for (Row r = 0; r < kind.rows(); ++r) {
      const i64 one = counted_in(column->store->info(), column->store->bits(r), what.scale);
      ensures(!__builtin_add_overflow(sum, one, &sum), "a sum over all rows fits into 64 bits");
    }
  }
  simulation.world().sum(std::span<i64>(&sum, 1));
  return sum;
}

}  // namespace

SeriesRecorder::SeriesRecorder(std::vector<SeriesOf> wanted) {
  for (SeriesOf& what : wanted) {
    all_.push_back({.what = std::move(what), .labels = {}, .values = {}});
  }
}

void SeriesRecorder::begin(Simulation& simulation) {
  for (Recorded& r : all_) {
    const bool of_labels = r.what.from == From::counts || r.what.from == From::entries;
    r.labels =
        of_labels
            ? kind_with(simulation.population(), r.what.source).find(r.what.source)->label_names
            : r.what.labels;
    if (r.what.from == From::mean) {
      const Kind& kind = simulation.population().kind(r.what.kind);
      ensures(!kind.listed(), "a mean of rows that come and go is their sum beside their number");
      r.rows = kind.partition().total();
    }
  }
  record(simulation);
}

void SeriesRecorder::keep(Keeper& keeper) {
  for (Recorded& r : all_) {
    keeper.grows("series/" + r.what.name, r.values);
  }
}

void SeriesRecorder::record(Simulation& simulation) {
  for (Recorded& r : all_) {
    switch (r.what.from) {
      case From::counts: {
        const LabelCounts& c = simulation.counts(r.what.source);
        r.values.push_back(by_label(c.count, c.labels, c.cells));
        break;
      }
      case From::entries: {
        const LabelCounts& c = simulation.counts(r.what.source);
        r.values.push_back(by_label(c.entries, c.labels, c.cells));
        break;
      }
      case From::tally:
      case From::tally_step: {
        const std::vector<i64>& total = simulation.tally(r.what.source);
        ensures(total.size() == std::max<std::size_t>(1, r.labels.size()),
                "a series names every counter of its tally");
        r.values.push_back(total);
        break;
      }
      case From::rows:
        r.values.push_back({rows_of(simulation, r.what.kind)});
        break;
      case From::sum:
      case From::mean:
        r.values.push_back({sum_of(simulation, r.what)});
        break;
    }
  }
}

bool SeriesRecorder::is_whole(const SeriesOf& what) {
  return what.scale == 1 && what.from != From::mean;
}

double SeriesRecorder::value_of(const Recorded& r, i64 counted) {
  const double value = static_cast<double>(counted) * r.what.scale;
  return r.what.from == From::mean ? value / static_cast<double>(std::max<i64>(1, r.rows)) : value;
}

namespace {
/// What was counted in each step, of counts since the run began.
std::vector<std::vector<i64>> per_step(std::vector<std::vector<i64>> since_begin) {
  for (std::size_t s = since_begin.size(); s-- > 1;) {
    for (std::size_t k = 0; k < since_begin[s].size(); ++k) {
      since_begin[s][k] -= since_begin[s - 1][k];
    }
  }
  return since_begin;
}
}  // namespace

void SeriesRecorder::write(Results& results) const {
  for (const Recorded& r : all_) {
    Series s = {.name = r.what.name, .unit = r.what.unit, .long_name = r.what.doc};
    if (!r.labels.empty()) {
      s.dimensions = {r.what.dimension};
      const auto known =
          std::find_if(results.dimensions.begin(), results.dimensions.end(),
                       [&](const Dimension& d) { return d.name == r.what.dimension; });
      if (known == results.dimensions.end()) {
        results.dimensions.push_back({.name = r.what.dimension,
                                      .unit = "label",
                                      .long_name = r.what.dimension,
                                      .values = r.labels});
      } else {
        ensures(std::get<std::vector<std::string>>(known->values) == r.labels,
                "two series along one dimension have the same labels");
      }
    }
    std::vector<i64> counted;
    std::vector<double> worth;
    for (const auto& step : r.what.from == From::tally_step ? per_step(r.values) : r.values) {
      for (const i64 n : step) {
        counted.push_back(n);
        worth.push_back(value_of(r, n));
      }
    }
    if (is_whole(r.what)) {
      s.values = std::move(counted);
    } else {
      s.values = std::move(worth);
    }
    results.series.push_back(std::move(s));
  }
}

Figure SeriesRecorder::last_of(const Recorded& r, std::size_t label) {
  const std::size_t steps = r.values.size();
  const bool from_last = r.what.from == From::tally_step && steps > 1;
  const i64 before = from_last ? r.values[steps - 2][label] : 0;
  return {.name = r.what.name + (r.labels.empty() ? "" : "_" + r.labels[label]),
          .type = is_whole(r.what) ? Figure::Type::count : Figure::Type::number,
          .value = value_of(r, r.values.back()[label] - before),
          .headline = true};
}

std::vector<Figure> SeriesRecorder::last() const {
  std::vector<Figure> figures;
  for (const Recorded& r : all_) {
    for (std::size_t k = 0; k < r.values.back().size(); ++k) {
      figures.push_back(last_of(r, k));
    }
  }
  return figures;
}

std::vector<Figure> SeriesRecorder::first_series() const {
  std::vector<Figure> figures;
  for (std::size_t k = 0; !all_.empty() && k < all_.front().values.back().size(); ++k) {
    figures.push_back(last_of(all_.front(), k));
    if (!all_.front().labels.empty()) {
      figures.back().name = all_.front().labels[k];
    }
  }
  return figures;
}

std::vector<Curve> SeriesRecorder::curves() const {
  std::vector<Curve> curves;
  for (const Recorded& r : all_) {
    const auto at = std::find(r.labels.begin(), r.labels.end(), r.what.curve);
    const bool single = r.labels.empty() && r.what.curve == r.what.name;
    if (at == r.labels.end() && !single) {
      continue;
    }
    const auto k = single ? 0 : static_cast<std::size_t>(at - r.labels.begin());
    Curve curve{.title = r.what.doc + (single ? "" : ": " + r.what.curve), .values = {}};
    for (const auto& step : r.what.from == From::tally_step ? per_step(r.values) : r.values) {
      curve.values.push_back(is_whole(r.what) ? step[k] : std::llround(value_of(r, step[k])));
    }
    curves.push_back(std::move(curve));
  }
  return curves;
}

}  // namespace throng
