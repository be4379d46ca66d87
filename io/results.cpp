#include "io/results.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "io/h5.h"
#include "io/publish.h"
#include "io/seal.h"
#include "sim/error.h"

namespace throng {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
using Element = typename std::remove_cvref_t<T>::value_type;

/// None: texts.
std::optional<h5::Type> type_of_values(const ColumnValues& values) {
  return std::visit(
      [](const auto& v) -> std::optional<h5::Type> {
        if constexpr (std::is_same_v<Element<decltype(v)>, std::string>) {
          return std::nullopt;
        } else {
          return h5::type_of<Element<decltype(v)>>();
        }
      },
      values);
}

std::string_view name_of(std::optional<h5::Type> type) {
  return type ? h5::name_of(*type) : "string";
}

void require(bool holds, const std::string& problem) {
  if (!holds) {
    throw ContractError("results: " + problem + " (a contract of the engine is broken).");
  }
}

// What must hold before anything is written.

void check_labels(const TableColumn& column, const std::string& place) {
  if (column.labels.empty()) {
    return;
  }
  const std::set<std::string> different(column.labels.begin(), column.labels.end());
  require(different.size() == column.labels.size(), place + " has a label twice");
  std::visit(
      [&](const auto& values) {
        if constexpr (std::is_integral_v<Element<decltype(values)>>) {
          const auto known = [&](auto v) { return static_cast<u64>(v) < column.labels.size(); };
          require(std::all_of(values.begin(), values.end(), known),
                  place + " has a value without a label");
        } else {
          require(false, place + " has labels, but no integers");
        }
      },
      column.values);
}

void check_texts(const TableColumn& column, const std::string& place) {
  if (const auto* texts = std::get_if<std::vector<std::string>>(&column.values)) {
    const auto cut = [](const std::string& text) { return text.find('\0') != std::string::npos; };
    require(std::none_of(texts->begin(), texts->end(), cut),
            place + " has a text with a zero byte, where it would be cut");
  }
}

void check_columns(const std::vector<TableColumn>& columns, const std::string& place) {
  std::set<std::string> names;
  for (const auto& column : columns) {
    const std::string here = place + " column '" + column.name + "'";
    require(!column.name.empty() && names.insert(column.name).second, here + " is named twice");
    require(column.name != row_axis && column.name != index_group,
            here + " has a name that is taken");
    require(column.size() == columns.front().size(), here + " differs in length from the first");
    check_labels(column, here);
    check_texts(column, here);
  }
}

void check_events(const Events& events) {
  const std::string place = "events '" + events.name + "'";
  check_columns(events.columns, place);
  require(!events.step_offset.empty() && events.step_offset.front() == 0 &&
              events.step_offset.back() == events.rows() &&
              std::is_sorted(events.step_offset.begin(), events.step_offset.end()),
          place + " has offsets that do not cover its rows");
}

std::size_t length(const Series& series) {
  return std::visit([](const auto& values) { return values.size(); }, series.values);
}

const Dimension& dimension_called(const Results& results, const std::string& name) {
  const auto at = std::find_if(results.dimensions.begin(), results.dimensions.end(),
                               [&](const Dimension& d) { return d.name == name; });
  require(at != results.dimensions.end(), "no dimension is called '" + name + "'");
  return *at;
}

/// Lengths of a series' axes: [leading,] time, dimensions...
std::vector<u64> shape_of(const Results& results, const Series& series,
                          std::optional<std::size_t> leading) {
  std::vector<u64> shape;
  if (leading) {
    shape.push_back(*leading);
  }
  shape.push_back(results.time.size());
  for (const auto& name : series.dimensions) {
    shape.push_back(dimension_called(results, name).size());
  }
  return shape;
}

void check_series(const Results& results, const std::vector<Series>& all,
                  std::optional<std::size_t> leading) {
  std::set<std::string> names{"time", "replicate", "quantile", "seed"};
  for (const auto& dimension : results.dimensions) {
    require(names.insert(dimension.name).second,
            "the dimension '" + dimension.name + "' has a name that is taken");
  }
  for (const auto& series : all) {
    require(names.insert(series.name).second,
            "the series '" + series.name + "' has a name that is taken");
    u64 expected = 1;
    for (const u64 size : shape_of(results, series, leading)) {
      expected *= size;
    }
    require(length(series) == expected, "the series '" + series.name + "' has " +
                                            std::to_string(length(series)) + " values (" +
                                            std::to_string(expected) + " are expected)");
  }
}

std::optional<std::size_t> replicate_axis(const Results& results) {
  return results.replicates.empty() ? std::nullopt
                                    : std::optional<std::size_t>(results.replicates.size());
}

void check(const Results& results) {
  require(results.time.name == "time", "the first dimension is called 'time'");
  check_series(results, results.series, replicate_axis(results));
  check_series(results, results.quantiles, std::size(quantile_thousandths));
  for (const auto& table : results.tables) {
    check_columns(table.columns, "table '" + table.name + "'");
  }
  for (const auto& events : results.events) {
    check_events(events);
  }
  for (const auto& agents : results.agents) {
    check_columns(agents.fixed, "agents '" + agents.kind + "'");
    for (const auto& snapshot : agents.snapshots) {
      check_columns(snapshot.columns, "a snapshot of agents '" + agents.kind + "'");
    }
  }
}

// Writing.

void describe(h5::Object& object, const std::string& unit, const std::string& long_name) {
  if (!unit.empty()) {
    object.set_text("units", unit);
  }
  if (!long_name.empty()) {
    object.set_text("long_name", long_name);
  }
}

h5::Dataset write_dimension(h5::Group& group, const Dimension& dimension) {
  auto made = std::visit(
      [&](const auto& values) {
        using T = Element<decltype(values)>;
        if constexpr (std::is_same_v<T, std::string>) {
          return group.write_texts(dimension.name, values);
        } else {
          auto dataset = group.create_dataset(dimension.name, h5::type_of<T>(), {values.size()});
          dataset.write(std::span<const T>(values));
          return dataset;
        }
      },
      dimension.values);
  made.make_scale(dimension.name);
  describe(made, dimension.unit, dimension.long_name);
  if (dimension.unit.find(" since ") != std::string::npos) {
    made.set_text("calendar", "proleptic_gregorian");
    made.set_text("standard_name", "time");
  }
  return made;
}

/// One group that xarray opens as a data set: coordinates first, then the arrays attached to them.
class SeriesGroup {
 public:
  SeriesGroup(h5::File& file, const std::string& name, const Results& results,
              std::optional<Dimension> leading)
      : group_(file.create_group(name)), results_(results) {
    if (leading) {
      leading_ = leading->size();
      scales_.push_back(write_dimension(group_, *leading));
    }
    scales_.push_back(write_dimension(group_, results.time));
    for (const auto& dimension : results.dimensions) {
      names_.push_back(dimension.name);
      labels_.push_back(write_dimension(group_, dimension));
    }
  }

  void write(const Series& series) {
    std::visit(
        [&](const auto& values) {
          using T = Element<decltype(values)>;
          auto made = group_.create_dataset(series.name, h5::type_of<T>(),
                                            shape_of(results_, series, leading_));
          made.write(std::span<const T>(values));
          describe(made, series.unit, series.long_name);
          if (std::is_same_v<T, double>) {
            made.set_number("_FillValue", std::nan(""));
          }
          attach(made, series);
          made.close();
        },
        series.values);
  }

  /// A variable over the leading dimension alone.
  void write_leading(const std::string& name, std::span<const u64> values,
                     const std::string& long_name) {
    auto made = group_.create_dataset(name, h5::Type::u64, {values.size()});
    made.write(values);
    describe(made, "1", long_name);
    made.attach_scale(0, scales_.front());
    made.close();
  }

  void close() {
    for (auto* scales : {&scales_, &labels_}) {
      for (auto& scale : *scales) {
        scale.close();
      }
    }
    group_.close();
  }

 private:
  void attach(h5::Dataset& made, const Series& series) {
    unsigned axis = 0;
    for (const auto& scale : scales_) {
      made.attach_scale(axis++, scale);
    }
    for (const auto& name : series.dimensions) {
      const auto at = std::find(names_.begin(), names_.end(), name) - names_.begin();
      made.attach_scale(axis++, labels_[static_cast<std::size_t>(at)]);
    }
  }

  h5::Group group_;
  const Results& results_;
  std::optional<std::size_t> leading_;
  std::vector<h5::Dataset> scales_, labels_;
  std::vector<std::string> names_;
};

/// flag_meanings is one text, its words split by blanks: blanks inside a label become underscores.
std::string meanings(const std::vector<std::string>& labels) {
  std::string all;
  for (std::string label : labels) {
    std::replace(label.begin(), label.end(), ' ', '_');
    all += (all.empty() ? "" : " ") + label;
  }
  return all;
}

template <class T>
void write_values(h5::Dataset& made, const std::vector<T>& values) {
  for (u64 first = 0; first < values.size(); first += h5::chunk_rows) {
    const u64 rows = std::min<u64>(h5::chunk_rows, values.size() - first);
    made.write_rows(first, std::span<const T>(values).subspan(first, rows));
  }
}

h5::Dataset write_array(h5::Group& group, const TableColumn& column) {
  return std::visit(
      [&](const auto& values) {
        using T = Element<decltype(values)>;
        if constexpr (std::is_same_v<T, std::string>) {
          return group.write_texts(column.name, values);
        } else {
          auto made =
              group.create_dataset(column.name, h5::type_of<T>(), {values.size()}, column.labels);
          write_values(made, values);
          return made;
        }
      },
      column.values);
}

void write_column(h5::Group& group, const TableColumn& column, const h5::Dataset& rows) {
  auto made = write_array(group, column);
  describe(made, column.unit, column.doc);
  if (!column.labels.empty()) {
    std::visit(
        [&](const auto& values) {
          using T = Element<decltype(values)>;
          if constexpr (std::is_arithmetic_v<T>) {
            std::vector<T> flags;
            for (std::size_t i = 0; i < column.labels.size(); ++i) {
              flags.push_back(static_cast<T>(i));
            }
            made.set_numbers("flag_values", std::span<const T>(flags));
          }
        },
        column.values);
    made.set_text("flag_meanings", meanings(column.labels));
  }
  made.attach_scale(0, rows);
  made.close();
}

/// An axis that has a length and no values, as netCDF writes one.
h5::Dataset write_bare_dimension(h5::Group& group, const std::string& name, u64 size) {
  char words[80];
  std::snprintf(words, sizeof words, "This is a netCDF dimension but not a netCDF variable.%10llu",
                static_cast<unsigned long long>(size));
  auto made = group.create_dataset(name, h5::Type::u8, {size});
  made.make_scale(words);
  return made;
}

/// Columns of one axis: to xarray a data set, to pandas one frame.
void write_columns(h5::Group& group, const std::vector<TableColumn>& columns) {
  if (columns.empty()) {
    return;
  }
  auto rows = write_bare_dimension(group, row_axis, columns.front().size());
  for (const auto& column : columns) {
    write_column(group, column, rows);
  }
  rows.close();
}

void write_table(h5::File& file, const Table& table) {
  auto group = file.create_group("tables/" + table.name);
  describe(group, "", table.doc);
  write_columns(group, table.columns);
  group.close();
}

void write_events(h5::File& file, const Events& events) {
  auto group = file.create_group("events/" + events.name);
  describe(group, "", events.doc);
  write_columns(group, events.columns);
  auto index = group.create_group(index_group);
  auto edges = write_bare_dimension(index, "edge", events.step_offset.size());
  auto offsets = index.create_dataset("step_offset", h5::Type::u64, {events.step_offset.size()});
  offsets.write(std::span<const u64>(events.step_offset));
  describe(offsets, "1", "rows [step_offset[s], step_offset[s + 1]) happened in step s");
  offsets.attach_scale(0, edges);
  offsets.close();
  edges.close();
  index.close();
  group.close();
}

void write_space(h5::Group& group, const Extent& space) {
  const bool grid = space.shape == Extent::Shape::grid;
  group.set_text("space", grid ? "grid" : "plane");
  if (grid) {
    group.set_number("width", static_cast<i64>(space.width));
    group.set_number("height", static_cast<i64>(space.height));
    group.set_text("neighborhood", space.neighborhood);
    group.set_text("layout",
                   "row r is the cell at x = r % width, y = r // width; y grows downward");
  } else {
    group.set_number("width", space.width);
    group.set_number("height", space.height);
    group.set_text("x_column", space.x_column);
    group.set_text("y_column", space.y_column);
  }
  group.set_number("torus", u8{space.torus});
}

void write_agents(h5::File& file, const AgentColumns& agents) {
  auto group = file.create_group(agents_group(agents.kind, agents.replicate));
  if (agents.space) {
    write_space(group, *agents.space);
  }
  auto fixed = group.create_group("static");
  write_columns(fixed, agents.fixed);
  fixed.close();
  for (const auto& snapshot : agents.snapshots) {
    auto columns = group.create_group("snapshots/" + snapshot_name(snapshot.step));
    columns.set_number("step", snapshot.step);
    write_columns(columns, snapshot.columns);
    columns.close();
  }
  group.close();
}

void write_root(h5::File& file, const Results& results) {
  const Provenance& from = results.provenance;
  file.set_text("format", results_format);
  file.set_numbers("format_version", std::span<const i32>(results_version));
  file.set_text("software", from.build.software);
  file.set_text("version", from.build.version);
  file.set_text("git_commit", from.build.git_commit);
  file.set_text("created", from.created);
  file.set_text("scenario", results.scenario);
  file.set_number("seed", results.seed);
  file.set_number("n_ranks", i32{from.ranks});
  file.set_number("threads", i32{from.threads});
  file.set_text("rng", results.rng);
  file.set_number("complete", u8{results.complete});
  file.set_text("content_hash", results.content_hash);
  file.set_text("schema_fingerprint", results.schema_fingerprint);
  if (!results.replicates.empty()) {
    std::vector<std::string> hashes;
    for (const auto& replicate : results.replicates) {
      hashes.push_back(replicate.content_hash);
    }
    file.set_texts("replicate_content_hashes", hashes);
  }
}

void write_decision_sources(h5::Group& group, const DecisionSources& from) {
  group.write_text("provider", from.provider);
  group.write_text("model", from.model);
  group.write_texts("template_hashes", from.template_hashes).close();
  group.write_texts("calibration_hashes", from.calibration_hashes).close();
  std::vector<std::string> rungs;
  std::vector<u64> counts;
  for (const auto& [rung, count] : from.rungs) {
    rungs.push_back(rung);
    counts.push_back(count);
  }
  group.write_texts("rungs", rungs).close();
  auto used = group.create_dataset("rung_counts", h5::Type::u64, {counts.size()});
  used.write(std::span<const u64>(counts));
  used.close();
  auto cost = group.create_dataset("cost", h5::Type::f64, {1});
  cost.write(std::span<const double>(&from.cost, 1));
  describe(cost, "1", "what the provider charged, in the unit of the scenario's prices");
  cost.close();
}

void write_provenance(h5::File& file, const Provenance& from) {
  auto group = file.create_group("provenance");
  group.write_text("scenario", from.scenario_text);
  group.write_texts("command_line", from.command_line).close();
  group.write_texts("hosts", from.hosts).close();
  group.write_text("compiler", from.build.compiler);
  group.write_text("flags", from.build.flags);
  std::vector<std::string> names, versions, paths, hashes;
  std::vector<u64> bytes;
  for (const auto& library : from.libraries) {
    names.push_back(library.name);
    versions.push_back(library.version);
  }
  for (const auto& input : from.inputs) {
    paths.push_back(input.path);
    hashes.push_back(input.sha256);
    bytes.push_back(input.bytes);
  }
  group.write_texts("libraries/name", names).close();
  group.write_texts("libraries/version", versions).close();
  group.write_texts("inputs/path", paths).close();
  group.write_texts("inputs/sha256", hashes).close();
  auto sizes = group.create_dataset("inputs/bytes", h5::Type::u64, {bytes.size()});
  sizes.write(std::span<const u64>(bytes));
  sizes.close();
  group.write_texts("restart_chain", from.restart_chain).close();
  auto decisions = group.create_group("decisions");
  write_decision_sources(decisions, from.decisions);
  decisions.close();
  group.close();
}

Json schema_of(const std::vector<TableColumn>& columns) {
  Json all = Json::array();
  for (const auto& column : columns) {
    Json one{{"name", column.name},
             {"dtype", name_of(type_of_values(column.values))},
             {"unit", column.unit},
             {"doc", column.doc}};
    if (!column.labels.empty()) {
      one["labels"] = column.labels;
    }
    all.push_back(std::move(one));
  }
  return all;
}

Json schema_of(const Series& series) {
  const bool whole = std::holds_alternative<std::vector<i64>>(series.values);
  return {{"name", series.name},
          {"dtype", whole ? "int64" : "float64"},
          {"unit", series.unit},
          {"doc", series.long_name},
          {"dimensions", series.dimensions}};
}

std::string schema_of(const Results& results) {
  Json schema{{"series", Json::array()},
              {"tables", Json::object()},
              {"events", Json::object()},
              {"agents", Json::object()}};
  for (const auto& series : results.series) {
    schema["series"].push_back(schema_of(series));
  }
  for (const auto& table : results.tables) {
    schema["tables"][table.name] = schema_of(table.columns);
  }
  for (const auto& events : results.events) {
    schema["events"][events.name] = schema_of(events.columns);
  }
  for (const auto& agents : results.agents) {
    Json& kind = schema["agents"][agents.kind];
    kind["static"] = schema_of(agents.fixed);
    for (const auto& snapshot : agents.snapshots) {
      kind["snapshots"] = schema_of(snapshot.columns);
    }
  }
  return schema.dump(1, ' ', false, Json::error_handler_t::replace);
}

std::optional<Dimension> replicate_dimension(const Results& results) {
  if (results.replicates.empty()) {
    return std::nullopt;
  }
  std::vector<i64> numbers;
  for (std::size_t r = 0; r < results.replicates.size(); ++r) {
    numbers.push_back(static_cast<i64>(r));
  }
  return Dimension{.name = "replicate",
                   .unit = "1",
                   .long_name = "number of the replicate",
                   .values = std::move(numbers)};
}

Dimension quantile_dimension() {
  std::vector<double> levels;
  for (const i64 thousandths : quantile_thousandths) {
    levels.push_back(static_cast<double>(thousandths) / 1000);
  }
  return {.name = "quantile",
          .unit = "1",
          .long_name = "quantile over replicates",
          .values = std::move(levels)};
}

void write_series(h5::File& file, const Results& results) {
  SeriesGroup group(file, "series", results, replicate_dimension(results));
  if (!results.replicates.empty()) {
    std::vector<u64> seeds;
    for (const auto& replicate : results.replicates) {
      seeds.push_back(replicate.seed);
    }
    group.write_leading("seed", seeds, "seed of the replicate");
  }
  for (const auto& series : results.series) {
    group.write(series);
  }
  group.close();
  if (!results.quantiles.empty()) {
    SeriesGroup quantiles(file, "quantiles", results, quantile_dimension());
    for (const auto& series : results.quantiles) {
      quantiles.write(series);
    }
    quantiles.close();
  }
}

void write_all(h5::File& file, const Results& results) {
  write_root(file, results);
  write_series(file, results);
  for (const auto& table : results.tables) {
    write_table(file, table);
  }
  for (const auto& events : results.events) {
    write_events(file, events);
  }
  for (const auto& agents : results.agents) {
    write_agents(file, agents);
  }
  write_provenance(file, results.provenance);
  file.write_text("schema", schema_of(results));
}

u64 bytes_of(const std::vector<TableColumn>& columns) {
  /// A text takes its place in a heap, and one that says where.
  constexpr u64 of_a_text = 40;
  u64 bytes = 0;
  for (const auto& column : columns) {
    if (const auto* texts = std::get_if<std::vector<std::string>>(&column.values)) {
      for (const std::string& text : *texts) {
        bytes += text.size() + of_a_text;
      }
      continue;
    }
    bytes += column.size() * h5::size_of(*type_of_values(column.values));
  }
  return bytes;
}

}  // namespace

std::string snapshot_name(Step step) {
  char digits[16];
  std::snprintf(digits, sizeof digits, "%08u", step);
  return digits;
}

std::string agents_group(const std::string& kind, std::optional<u32> replicate) {
  return "agents/" + kind + (replicate ? "/replicate-" + std::to_string(*replicate) : "");
}

std::size_t Dimension::size() const {
  return std::visit([](const auto& v) { return v.size(); }, values);
}

std::size_t TableColumn::size() const {
  return std::visit([](const auto& v) { return v.size(); }, values);
}

std::string_view type_name(const StoredColumn& column) { return name_of(column.type); }

std::size_t Table::rows() const { return columns.empty() ? 0 : columns.front().size(); }
std::size_t Events::rows() const { return columns.empty() ? 0 : columns.front().size(); }

std::vector<u64> step_offsets(std::span<const Step> step_of_row, Step steps) {
  std::vector<u64> offsets(std::size_t{steps} + 1, 0);
  ensures(std::is_sorted(step_of_row.begin(), step_of_row.end()), "a log is sorted by step");
  ensures(step_of_row.empty() || step_of_row.back() < steps, "a log has no row past its last step");
  for (const Step step : step_of_row) {
    ++offsets[std::size_t{step} + 1];
  }
  for (std::size_t s = 1; s < offsets.size(); ++s) {
    offsets[s] += offsets[s - 1];
  }
  return offsets;
}

u64 bytes_of(const Results& results) {
  u64 bytes = results.provenance.scenario_text.size();
  for (const auto* all : {&results.series, &results.quantiles}) {
    for (const auto& series : *all) {
      bytes += length(series) * sizeof(i64);
    }
  }
  for (const auto& table : results.tables) {
    bytes += bytes_of(table.columns);
  }
  for (const auto& events : results.events) {
    bytes += bytes_of(events.columns) + events.step_offset.size() * sizeof(u64);
  }
  for (const auto& agents : results.agents) {
    bytes += bytes_of(agents.fixed);
    for (const auto& snapshot : agents.snapshots) {
      bytes += bytes_of(snapshot.columns);
    }
  }
  return bytes;
}

void write_results(const std::string& path, const Results& results) {
  check(results);
  PendingFile pending(path);
  {
    auto file = h5::File::create(pending.temporary(), path);
    write_all(file, results);
    file.close();
  }
  seal_file(pending.temporary(), path);
  pending.publish();
}

}  // namespace throng
