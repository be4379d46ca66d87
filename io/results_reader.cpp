#include <algorithm>
#include <utility>

#include "io/h5.h"
#include "io/results.h"
#include "io/seal.h"
#include "sim/error.h"

namespace throng {
namespace {

/// Columns of another group never stand for numbers of ours: what is not one of these is refused by
/// h5.
ColumnValues read_values(const h5::Dataset& stored, u64 first, u64 rows) {
  if (stored.holds_text()) {
    return stored.read_texts(first, rows);
  }
  switch (stored.type()) {
    case h5::Type::u8:
      return stored.read_rows<u8>(first, rows);
    case h5::Type::u16:
      return stored.read_rows<u16>(first, rows);
    case h5::Type::u32:
      return stored.read_rows<u32>(first, rows);
    case h5::Type::u64:
      return stored.read_rows<u64>(first, rows);
    case h5::Type::i64:
      return stored.read_rows<i64>(first, rows);
    case h5::Type::f32:
      return stored.read_rows<float>(first, rows);
    case h5::Type::f64:
      return stored.read_rows<double>(first, rows);
    case h5::Type::i32:
      break;
  }
  throw InputError("column '" + stored.name() +
                   "': holds int32 (columns of results do not). Write the file with this program.");
}

std::string text_or_nothing(const h5::Object& object, const std::string& attribute) {
  return object.has_attribute(attribute) ? object.text(attribute) : "";
}

TableColumn read_column(const h5::Group& group, const std::string& name, u64 first, u64 rows) {
  const auto stored = group.dataset(name);
  return {.name = name,
          .unit = text_or_nothing(stored, "units"),
          .doc = text_or_nothing(stored, "long_name"),
          .labels = stored.labels(),
          .values = read_values(stored, first, rows)};
}

std::vector<u64> read_whole_numbers(const h5::Group& group, const std::string& name) {
  return group.dataset(name).read<u64>();
}

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string listed(const std::vector<std::string>& names) {
  std::string all;
  for (const auto& name : names) {
    all += (all.empty() ? "'" : ", '") + name + "'";
  }
  return all.empty() ? "none" : all;
}

/// Names of the columns and how many rows they share.
struct Shape {
  std::vector<std::string> columns;
  u64 rows = 0;
};

Shape shape_of(const h5::Group& group, const std::string& place) {
  Shape shape;
  for (const auto& name : group.names()) {
    if (name == row_axis || name == index_group) {
      continue;
    }
    const u64 rows = group.dataset(name).rows();
    if (!shape.columns.empty() && rows != shape.rows) {
      throw IoError(place + ": column '" + name + "' has " + std::to_string(rows) +
                    " rows (the first has " + std::to_string(shape.rows) +
                    "). The file is damaged.");
    }
    shape.rows = rows;
    shape.columns.push_back(name);
  }
  return shape;
}

/// An allocation that a damaged size asked for is an error of the file, not of the program.
template <class Read>
auto guarded(const std::string& path, Read&& read) {
  try {
    return read();
  } catch (const std::bad_alloc&) {
    throw IoError(path +
                  ": cannot be read (it asks for more memory than there is). Free memory; if "
                  "there was enough, the file is damaged.");
  } catch (const std::length_error&) {
    throw IoError(path + ": cannot be read (it names an impossible size). The file is damaged.");
  }
}

void refuse_what_is_absent(const std::string& path, const std::string& sort,
                           const std::string& name, const std::vector<std::string>& there) {
  if (!holds(there, name)) {
    throw InputError(path + ": holds no " + sort + " '" + name + "' (it has: " + listed(there) +
                     "). Name one of those, or run with that output on.");
  }
}

}  // namespace

ResultsReader::ResultsReader(const std::string& path)
    : file_(guarded(path, [&] {
        check_seal(path);
        return h5::File::open(path);
      })) {
  guarded(path, [&] {
    if (!file_.has_attribute("format") || file_.text("format") != results_format) {
      throw InputError(path + ": is not the results of a run (its format is not '" +
                       std::string(results_format) + "'). Name the results.h5 of a run directory.");
    }
    const auto version = file_.numbers<i32>("format_version");
    if (version.empty() || version.front() != results_version[0]) {
      throw InputError(path + ": has format version " +
                       (version.empty() ? "none" : std::to_string(version.front())) +
                       " (this program reads " + std::to_string(results_version[0]) +
                       "). Read it with the program that wrote it.");
    }
    scenario_ = file_.text("scenario");
    seed_ = file_.number<u64>("seed");
    content_hash_ = file_.text("content_hash");
    return 0;
  });
}

std::vector<std::string> ResultsReader::names_in(const std::string& group) const {
  return guarded(path(), [&] {
    return file_.has(group) ? file_.group(group).names() : std::vector<std::string>{};
  });
}

Dimension ResultsReader::dimension(const std::string& name) const {
  return read_dimension("series", name);
}

Dimension ResultsReader::read_dimension(const std::string& group, const std::string& name) const {
  const auto all = names_in(group);
  if (!holds(all, name)) {
    throw InputError(path() + ": holds no dimension '" + name + "' (it has: " + listed(all) + ").");
  }
  return guarded(path(), [&] {
    const auto stored = file_.dataset(group + "/" + name);
    Dimension dimension{.name = name,
                        .unit = text_or_nothing(stored, "units"),
                        .long_name = text_or_nothing(stored, "long_name"),
                        .values = {}};
    if (stored.holds_text()) {
      dimension.values = stored.read_texts();
    } else if (stored.type() == h5::Type::i64) {
      dimension.values = stored.read<i64>();
    } else {
      dimension.values = stored.read<double>();
    }
    return dimension;
  });
}

std::vector<std::string> ResultsReader::series_names() const {
  std::vector<std::string> names;
  guarded(path(), [&] {
    const auto group = file_.group("series");
    for (const auto& name : group.names()) {
      const auto stored = group.dataset(name);
      if (name != "seed" && !stored.is_scale()) {
        names.push_back(name);
      }
    }
    return 0;
  });
  return names;
}

Series ResultsReader::read_series(const std::string& group, const std::string& name) const {
  refuse_what_is_absent(path(), group == "series" ? "series" : "quantiles of", name,
                        names_in(group));
  return guarded(path(), [&] {
    const auto stored = file_.group(group).dataset(name);
    Series series{.name = name,
                  .unit = text_or_nothing(stored, "units"),
                  .long_name = text_or_nothing(stored, "long_name"),
                  .dimensions = stored.scale_names(),
                  .values = {}};
    std::erase_if(series.dimensions, [](const std::string& dimension) {
      return dimension == "time" || dimension == "replicate" || dimension == "quantile";
    });
    if (stored.type() == h5::Type::i64) {
      series.values = stored.read<i64>();
    } else {
      series.values = stored.read<double>();
    }
    return series;
  });
}

Series ResultsReader::series(const std::string& name) const { return read_series("series", name); }

Series ResultsReader::quantiles(const std::string& name) const {
  return read_series("quantiles", name);
}

std::vector<std::string> ResultsReader::event_names() const { return names_in("events"); }
std::vector<std::string> ResultsReader::table_names() const { return names_in("tables"); }

Events ResultsReader::events(const std::string& name, Step step) const {
  return read_events(name, step);
}

Events ResultsReader::events(const std::string& name) const {
  return read_events(name, std::nullopt);
}

Events ResultsReader::read_events(const std::string& name, std::optional<Step> step) const {
  refuse_what_is_absent(path(), "log", name, event_names());
  return guarded(path(), [&] {
    const std::string place = path() + ": '/events/" + name + "'";
    const auto group = file_.group("events/" + name);
    const Shape shape = shape_of(group, place);
    Events events{.name = name,
                  .doc = text_or_nothing(group, "long_name"),
                  .columns = {},
                  .step_offset = read_whole_numbers(group.group(index_group), "step_offset")};
    auto& offset = events.step_offset;
    if (offset.empty() || !std::is_sorted(offset.begin(), offset.end()) ||
        offset.back() != shape.rows) {
      throw IoError(place + ": its offsets do not cover its rows. The file is damaged.");
    }
    u64 first = 0, end = shape.rows;
    if (step) {
      if (std::size_t{*step} + 1 >= offset.size()) {
        throw InputError(place + ": has no step " + std::to_string(*step) + " (it has steps 0 to " +
                         std::to_string(static_cast<i64>(offset.size()) - 2) + ").");
      }
      first = offset[*step];
      end = offset[*step + 1];
      offset = {0, end - first};
    }
    for (const auto& column : shape.columns) {
      events.columns.push_back(read_column(group, column, first, end - first));
    }
    return events;
  });
}

Table ResultsReader::table(const std::string& name) const {
  refuse_what_is_absent(path(), "table", name, table_names());
  return guarded(path(), [&] {
    const auto group = file_.group("tables/" + name);
    const Shape shape = shape_of(group, path() + ": '/tables/" + name + "'");
    Table table{.name = name, .doc = text_or_nothing(group, "long_name"), .columns = {}};
    for (const auto& column : shape.columns) {
      table.columns.push_back(read_column(group, column, 0, shape.rows));
    }
    return table;
  });
}

std::vector<std::string> ResultsReader::agent_kinds() const { return names_in("agents"); }

std::optional<Extent> ResultsReader::space(const std::string& kind,
                                           std::optional<u32> replicate) const {
  refuse_what_is_absent(path(), "agents of kind", kind, agent_kinds());
  return guarded(path(), [&]() -> std::optional<Extent> {
    const auto group = file_.group(agents_group(kind, replicate));
    if (!group.has_attribute("space")) {
      return std::nullopt;
    }
    Extent space{.width = group.number<double>("width"),
                 .height = group.number<double>("height"),
                 .torus = group.number<u8>("torus") != 0};
    if (group.text("space") == "grid") {
      space.neighborhood = group.text("neighborhood");
    } else {
      space.shape = Extent::Shape::plane;
      space.x_column = group.text("x_column");
      space.y_column = group.text("y_column");
    }
    return space;
  });
}

std::vector<Step> ResultsReader::snapshot_steps(const std::string& kind,
                                                std::optional<u32> replicate) const {
  refuse_what_is_absent(path(), "agents of kind", kind, agent_kinds());
  std::vector<Step> steps;
  const std::string group = agents_group(kind, replicate) + "/snapshots";
  for (const std::string& name : names_in(group)) {
    steps.push_back(
        guarded(path(), [&] { return file_.group(group + "/" + name).number<u32>("step"); }));
  }
  std::sort(steps.begin(), steps.end());
  return steps;
}

std::vector<std::string> ResultsReader::agent_column_names(const std::string& kind, Step step,
                                                           std::optional<u32> replicate) const {
  const std::string group = agents_group(kind, replicate);
  std::vector<std::string> all;
  for (const auto& part : {group + "/snapshots/" + snapshot_name(step), group + "/static"}) {
    for (const std::string& name : names_in(part)) {
      if (name != row_axis) {
        all.push_back(name);
      }
    }
  }
  return all;
}

TableColumn ResultsReader::agent_column(const std::string& kind, const std::string& column,
                                        Step step, std::optional<u32> replicate) const {
  refuse_what_is_absent(path(), "column of '" + kind + "' called", column,
                        agent_column_names(kind, step, replicate));
  return guarded(path(), [&] {
    const std::string home = agents_group(kind, replicate);
    const std::string snapshot = home + "/snapshots/" + snapshot_name(step);
    const auto group =
        file_.group(file_.has(snapshot + "/" + column) ? snapshot : home + "/static");
    return read_column(group, column, 0, group.dataset(column).rows());
  });
}

std::vector<StoredColumn> ResultsReader::read_columns(const std::string& group) const {
  return guarded(path(), [&] {
    const auto stands = file_.group(group);
    const Shape shape = shape_of(stands, path() + ": '/" + group + "'");
    std::vector<StoredColumn> all;
    for (const std::string& name : shape.columns) {
      const auto stored = stands.dataset(name);
      all.push_back({.path = group + "/" + name,
                     .name = name,
                     .unit = text_or_nothing(stored, "units"),
                     .doc = text_or_nothing(stored, "long_name"),
                     .labels = stored.labels(),
                     .type = stored.holds_text() ? std::nullopt : std::optional(stored.type()),
                     .rows = shape.rows});
    }
    return all;
  });
}

std::vector<StoredColumn> ResultsReader::table_columns(const std::string& name) const {
  refuse_what_is_absent(path(), "table", name, table_names());
  return read_columns("tables/" + name);
}

std::vector<StoredColumn> ResultsReader::event_columns(const std::string& name) const {
  refuse_what_is_absent(path(), "log", name, event_names());
  return read_columns("events/" + name);
}

std::vector<StoredColumn> ResultsReader::agent_columns(const std::string& kind, Step step,
                                                       std::optional<u32> replicate) const {
  refuse_what_is_absent(path(), "agents of kind", kind, agent_kinds());
  const std::string home = agents_group(kind, replicate);
  const std::string snapshot = home + "/snapshots/" + snapshot_name(step);
  std::vector<StoredColumn> all;
  for (const std::string& part : {snapshot, home + "/static"}) {
    if (guarded(path(), [&] { return file_.has(part); })) {
      for (StoredColumn& column : read_columns(part)) {
        all.push_back(std::move(column));
      }
    }
  }
  for (const StoredColumn& column : all) {
    if (column.rows != all.front().rows) {
      throw IoError(path() + ": '/" + column.path + "' has " + std::to_string(column.rows) +
                    " rows (a snapshot of the same agents has " + std::to_string(all.front().rows) +
                    "). The file is damaged.");
    }
  }
  return all;
}

StoredSeries ResultsReader::read_stored_series(const std::string& group,
                                               const std::string& name) const {
  return guarded(path(), [&] {
    const auto stored = file_.dataset(group + "/" + name);
    StoredSeries series{.path = group + "/" + name,
                        .name = name,
                        .unit = text_or_nothing(stored, "units"),
                        .long_name = text_or_nothing(stored, "long_name"),
                        .type = stored.type(),
                        .axes = {}};
    const std::vector<u64> shape = stored.shape();
    for (const std::string& axis : stored.scale_names()) {
      series.axes.push_back(read_dimension(group, axis));
    }
    bool fits = series.axes.size() == shape.size() && !shape.empty() &&
                (series.type == h5::Type::i64 || series.type == h5::Type::f64);
    for (std::size_t k = 0; fits && k < shape.size(); ++k) {
      fits = series.axes[k].size() == shape[k];
    }
    if (!fits) {
      throw IoError(path() + ": '/" + series.path +
                    "' does not fit its axes. The file is damaged.");
    }
    return series;
  });
}

StoredSeries ResultsReader::stored_series(const std::string& name) const {
  refuse_what_is_absent(path(), "series", name, series_names());
  return read_stored_series("series", name);
}

std::vector<std::string> ResultsReader::quantiles_names() const {
  return names_in("quantiles").empty() ? std::vector<std::string>{} : series_names();
}

StoredSeries ResultsReader::stored_quantiles(const std::string& name) const {
  refuse_what_is_absent(path(), "quantiles of", name, quantiles_names());
  return read_stored_series("quantiles", name);
}

ColumnValues ResultsReader::rows_of(const StoredColumn& column, u64 first, u64 rows) const {
  return guarded(path(), [&] { return read_values(file_.dataset(column.path), first, rows); });
}

std::variant<std::vector<i64>, std::vector<double>> ResultsReader::rows_of(
    const StoredSeries& series, u64 first, u64 rows) const {
  using Values = std::variant<std::vector<i64>, std::vector<double>>;
  return guarded(path(), [&] {
    const auto stored = file_.dataset(series.path);
    return series.type == h5::Type::i64 ? Values(stored.read_rows<i64>(first, rows))
                                        : Values(stored.read_rows<double>(first, rows));
  });
}

std::vector<u64> ResultsReader::replicate_seeds() const {
  if (!holds(names_in("series"), "replicate")) {
    return {};
  }
  return guarded(path(), [&] { return file_.dataset("series/seed").read<u64>(); });
}

namespace {
DecisionSources read_decision_sources(const h5::Group& group) {
  DecisionSources sources{.provider = group.read_text("provider"),
                          .model = group.read_text("model"),
                          .template_hashes = group.dataset("template_hashes").read_texts(),
                          .calibration_hashes = {},
                          .rungs = {},
                          .cost = group.dataset("cost").read<double>().at(0)};
  if (group.has("calibration_hashes")) {  // files of before do not
    sources.calibration_hashes = group.dataset("calibration_hashes").read_texts();
  }
  const auto rungs = group.dataset("rungs").read_texts();
  const auto counts = read_whole_numbers(group, "rung_counts");
  for (std::size_t i = 0; i < std::min(rungs.size(), counts.size()); ++i) {
    sources.rungs[rungs[i]] = counts[i];
  }
  return sources;
}
}  // namespace

Provenance ResultsReader::provenance() const {
  return guarded(path(), [&] {
    const auto group = file_.group("provenance");
    Provenance from{.build = {.software = file_.text("software"),
                              .version = file_.text("version"),
                              .git_commit = file_.text("git_commit"),
                              .compiler = group.read_text("compiler"),
                              .flags = group.read_text("flags")},
                    .scenario_text = group.read_text("scenario"),
                    .command_line = group.dataset("command_line").read_texts(),
                    .hosts = group.dataset("hosts").read_texts(),
                    .ranks = file_.number<i32>("n_ranks"),
                    .threads = file_.number<i32>("threads"),
                    .libraries = {},
                    .inputs = {},
                    .created = file_.text("created"),
                    .restart_chain = group.dataset("restart_chain").read_texts(),
                    .decisions = read_decision_sources(group.group("decisions"))};
    const auto libraries = group.dataset("libraries/name").read_texts();
    const auto versions = group.dataset("libraries/version").read_texts();
    for (std::size_t i = 0; i < std::min(libraries.size(), versions.size()); ++i) {
      from.libraries.push_back({libraries[i], versions[i]});
    }
    const auto paths = group.dataset("inputs/path").read_texts();
    const auto hashes = group.dataset("inputs/sha256").read_texts();
    const auto bytes = read_whole_numbers(group, "inputs/bytes");
    for (std::size_t i = 0; i < std::min({paths.size(), hashes.size(), bytes.size()}); ++i) {
      from.inputs.push_back({paths[i], hashes[i], bytes[i]});
    }
    return from;
  });
}

Results ResultsReader::whole() const {
  if (!replicate_seeds().empty()) {
    throw InputError(path() + ": holds several seeds (one is read as a whole). Read its parts.");
  }
  Results all{.scenario = scenario_,
              .seed = seed_,
              .rng = file_.text("rng"),
              .content_hash = content_hash_,
              .schema_fingerprint = file_.text("schema_fingerprint"),
              .provenance = provenance(),
              .time = dimension("time"),
              .complete = complete()};
  const auto of_series = series_names();
  for (const std::string& name : names_in("series")) {
    if (name != "time" && !holds(of_series, name)) {
      all.dimensions.push_back(dimension(name));
    }
  }
  for (const std::string& name : of_series) {
    all.series.push_back(series(name));
  }
  for (const std::string& name : table_names()) {
    all.tables.push_back(table(name));
  }
  for (const std::string& name : event_names()) {
    all.events.push_back(events(name));
  }
  for (const std::string& kind : agent_kinds()) {
    all.agents.push_back({.kind = kind, .space = space(kind)});
    AgentColumns& agents = all.agents.back();
    const auto read_all = [&](const std::string& part, std::vector<TableColumn>& columns) {
      for (const std::string& name : names_in(part)) {
        if (name != row_axis) {
          const auto group = file_.group(part);
          columns.push_back(guarded(
              path(), [&] { return read_column(group, name, 0, group.dataset(name).rows()); }));
        }
      }
    };
    const std::string home = agents_group(kind, std::nullopt);
    read_all(home + "/static", agents.fixed);
    for (const Step step : snapshot_steps(kind)) {
      agents.snapshots.push_back({step, {}});
      read_all(home + "/snapshots/" + snapshot_name(step), agents.snapshots.back().columns);
    }
  }
  return all;
}

ResultsReader read_results(const std::string& path) { return ResultsReader(path); }

}  // namespace throng
