#include <algorithm>
#include <cmath>
#include <utility>

#include "io/hash.h"
#include "io/results.h"
#include "sim/error.h"

namespace throng {
namespace {

/// The quantile of sorted values, linear between order statistics (type 7 of Hyndman and Fan 1996,
/// numpy's default). Basic arithmetic only: the same bits on every machine.
double quantile_of(const std::vector<double>& sorted, i64 thousandths) {
  const i64 position = thousandths * (static_cast<i64>(sorted.size()) - 1);
  const auto below = static_cast<std::size_t>(position / 1000);
  const double part = static_cast<double>(position % 1000) / 1000;
  const double low = sorted[below], high = sorted[std::min(below + 1, sorted.size() - 1)];
  return part == 0 ? low : low + part * (high - low);
}

template <class T>
Series quantiles_of(const Series& series, const std::vector<T>& values, std::size_t replicates) {
  const std::size_t width = values.size() / replicates, levels = std::size(quantile_thousandths);
  std::vector<double> found(levels * width), sorted(replicates);
  for (std::size_t i = 0; i < width; ++i) {
    bool missing = false;
    for (std::size_t r = 0; r < replicates; ++r) {
      sorted[r] = static_cast<double>(values[r * width + i]);
      missing = missing || std::isnan(sorted[r]);
    }
    if (!missing) {
      std::sort(sorted.begin(), sorted.end());
    }
    for (std::size_t q = 0; q < levels; ++q) {
      found[q * width + i] = missing ? std::nan("") : quantile_of(sorted, quantile_thousandths[q]);
    }
  }
  Series quantiles = series;
  quantiles.values = std::move(found);
  return quantiles;
}

void append(Series& all, Series&& one) {
  std::visit(
      [&](auto& values) {
        using Values = std::remove_cvref_t<decltype(values)>;
        const auto& more = std::get<Values>(one.values);
        values.insert(values.end(), more.begin(), more.end());
      },
      all.values);
}

void ensure_same_shape(const Results& a, const Results& b) {
  bool same = a.time.values == b.time.values && a.dimensions.size() == b.dimensions.size() &&
              a.series.size() == b.series.size() && a.tables.size() == b.tables.size() &&
              a.events.size() == b.events.size() && b.replicates.empty();
  for (std::size_t d = 0; same && d < a.dimensions.size(); ++d) {
    same = a.dimensions[d].values == b.dimensions[d].values;
  }
  for (std::size_t s = 0; same && s < a.series.size(); ++s) {
    same = a.series[s].name == b.series[s].name &&
           a.series[s].values.index() == b.series[s].values.index() &&
           a.series[s].dimensions == b.series[s].dimensions;
  }
  ensures(same, "replicates have the same axes, series, tables and logs");
}

/// Where a row of the combined columns comes from.
struct Source {
  u32 replicate;
  u64 row;
};

/// The columns of several runs in the order of `sources`, and the replicate of each row before
/// them.
std::vector<TableColumn> gathered(const std::vector<const std::vector<TableColumn>*>& runs,
                                  const std::vector<Source>& sources) {
  std::vector<u32> replicate;
  for (const auto& source : sources) {
    replicate.push_back(source.replicate);
  }
  std::vector<TableColumn> columns{{.name = "replicate",
                                    .unit = "1",
                                    .doc = "number of the replicate",
                                    .labels = {},
                                    .values = std::move(replicate)}};
  for (std::size_t c = 0; c < runs.front()->size(); ++c) {
    TableColumn column = (*runs.front())[c];
    std::visit(
        [&](auto& values) {
          using Values = std::remove_cvref_t<decltype(values)>;
          Values all;
          all.reserve(sources.size());
          for (const auto& source : sources) {
            all.push_back(std::get<Values>((*runs[source.replicate])[c].values)[source.row]);
          }
          values = std::move(all);
        },
        column.values);
    columns.push_back(std::move(column));
  }
  return columns;
}

void ensure_same_columns(const std::vector<const std::vector<TableColumn>*>& runs) {
  for (const auto* columns : runs) {
    bool same = columns->size() == runs.front()->size();
    for (std::size_t c = 0; same && c < columns->size(); ++c) {
      const auto &a = (*columns)[c], &b = (*runs.front())[c];
      same = a.name == b.name && a.values.index() == b.values.index() && a.labels == b.labels;
    }
    ensures(same, "replicates have the same columns");
  }
}

Table combined_table(const std::vector<Results>& runs, std::size_t t) {
  std::vector<const std::vector<TableColumn>*> columns;
  std::vector<Source> sources;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    columns.push_back(&runs[r].tables[t].columns);
    for (u64 row = 0; row < runs[r].tables[t].rows(); ++row) {
      sources.push_back({static_cast<u32>(r), row});
    }
  }
  ensure_same_columns(columns);
  const Table& first = runs.front().tables[t];
  return {.name = first.name, .doc = first.doc, .columns = gathered(columns, sources)};
}

Events combined_events(const std::vector<Results>& runs, std::size_t e) {
  std::vector<const std::vector<TableColumn>*> columns;
  std::size_t offsets = 0;
  for (const auto& run : runs) {
    columns.push_back(&run.events[e].columns);
    offsets = std::max(offsets, run.events[e].step_offset.size());
  }
  ensure_same_columns(columns);
  std::vector<Source> sources;
  std::vector<u64> step_offset{0};
  for (std::size_t s = 0; s + 1 < offsets; ++s) {
    for (std::size_t r = 0; r < runs.size(); ++r) {
      const auto& offset = runs[r].events[e].step_offset;
      for (u64 row = s + 1 < offset.size() ? offset[s] : 0;
           s + 1 < offset.size() && row < offset[s + 1]; ++row) {
        sources.push_back({static_cast<u32>(r), row});
      }
    }
    step_offset.push_back(sources.size());
  }
  const Events& first = runs.front().events[e];
  return {.name = first.name,
          .doc = first.doc,
          .columns = gathered(columns, sources),
          .step_offset = std::move(step_offset)};
}

void combine_agents(Results& all, std::vector<Results>& runs) {
  for (std::size_t r = 0; r < runs.size(); ++r) {
    for (auto& agents : runs[r].agents) {
      agents.replicate = static_cast<u32>(r);
      all.agents.push_back(std::move(agents));
    }
  }
}

}  // namespace

Results combine_replicates(std::vector<Results> runs) {
  ensures(!runs.empty(), "there is a run to combine");
  if (runs.size() == 1) {
    return std::move(runs.front());
  }
  Results all{.scenario = runs.front().scenario,
              .seed = runs.front().seed,
              .rng = runs.front().rng,
              .content_hash = {},
              .schema_fingerprint = runs.front().schema_fingerprint,
              .provenance = runs.front().provenance,
              .time = runs.front().time,
              .dimensions = runs.front().dimensions,
              .series = {},
              .tables = {},
              .events = {},
              .agents = {},
              .complete = runs.front().complete,
              .replicates = {},
              .quantiles = {}};
  std::string hashes;
  for (const auto& run : runs) {
    ensure_same_shape(runs.front(), run);
    all.replicates.push_back({run.seed, run.content_hash});
    if (&run != &runs.front()) {
      DecisionSources& decisions = all.provenance.decisions;
      decisions.cost += run.provenance.decisions.cost;
      for (const auto& [rung, count] : run.provenance.decisions.rungs) {
        decisions.rungs[rung] += count;
      }
    }
    hashes += run.content_hash + "\n";
  }
  all.content_hash = sha256(hashes);
  for (std::size_t t = 0; t < runs.front().tables.size(); ++t) {
    all.tables.push_back(combined_table(runs, t));
  }
  for (std::size_t e = 0; e < runs.front().events.size(); ++e) {
    all.events.push_back(combined_events(runs, e));
  }
  combine_agents(all, runs);
  all.series = std::move(runs.front().series);
  for (std::size_t s = 0; s < all.series.size(); ++s) {
    for (std::size_t r = 1; r < runs.size(); ++r) {
      append(all.series[s], std::move(runs[r].series[s]));
    }
    all.quantiles.push_back(std::visit(
        [&](const auto& values) { return quantiles_of(all.series[s], values, runs.size()); },
        all.series[s].values));
  }
  return all;
}

}  // namespace throng
