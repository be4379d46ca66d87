#include "io/examine.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <new>
#include <set>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "io/answer_cache.h"
#include "io/checkpoint.h"
#include "io/h5.h"
#include "io/json_text.h"
#include "io/ledger.h"
#include "io/publish.h"
#include "io/results.h"
#include "io/run_directory.h"
#include "io/seal.h"
#include "io/segment.h"
#include "io/spending.h"
#include "io/toml_file.h"
#include "sim/raw_value.h"
#include "sim/words.h"

namespace throng {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// Far more than ours have; what claims more was made to keep us busy.
constexpr u64 most_things = 10'000'000;
constexpr int most_levels = 16;
/// Of side files and of what says how a run is: these are read whole.
constexpr u64 most_text = u64{1} << 28;
constexpr u64 rows_at_once = u64{1} << 20;

[[noreturn]] void damaged(const fs::path& path, const std::string& what) {
  throw IoError(path.string() + ": " + what + " (it is damaged, or not one of ours).");
}

bool matches(const std::string& name, const char* pattern, const char* made) {
  unsigned a = 0, b = 0;
  char again[64];
  const int found = std::sscanf(name.c_str(), pattern, &a, &b);
  std::snprintf(again, sizeof again, made, a, b);
  return found >= 1 && name == again;
}

/// The name of their format stands near the beginning of all files of ours.
FileSort sort_by_content(const fs::path& path) {
  std::string beginning(u64{1} << 16, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(beginning.data(), static_cast<std::streamsize>(beginning.size()));
  beginning.resize(static_cast<std::size_t>(file.gcount()));
  const auto has = [&](std::string_view word) { return beginning.find(word) != std::string::npos; };
  if (!beginning.starts_with("\x89HDF\r\n\x1a\n")) {
    return beginning.starts_with("{") && has(checkpoint_format) ? FileSort::side_file
                                                                : FileSort::unknown;
  }
  return has(segment_format)      ? FileSort::segment
         : has(checkpoint_format) ? FileSort::checkpoint
         : has(results_format)    ? FileSort::results
                                  : FileSort::unknown;
}

// ---- how files of ours are built ----------------------------------------------------------------

/// Every group and array of a file: nothing in it may be of a kind that ours do not have.
class Walk {
 public:
  explicit Walk(const fs::path& path) : path_(path) {}
  void through(const h5::Group& group, int level = 0) {
    if (level > most_levels) {
      damaged(path_, "has groups in groups, more than " + std::to_string(most_levels) + " deep");
    }
    const auto members = group.members(left_);
    left_ -= members.size();
    for (const auto& member : members) {
      if (member.is == h5::Group::Member::Is::group) {
        through(group.group(member.name), level + 1);
      } else if (member.is == h5::Group::Member::Is::dataset) {
        group.dataset(member.name).check();
      } else {
        damaged(path_, "'" + member.name + "' in '" + group.name() +
                           "' is neither a group nor an array: a link, maybe out of the file");
      }
    }
  }

 private:
  fs::path path_;
  u64 left_ = most_things;
};

Json json_of(const std::vector<u64>& shape) {
  Json all = Json::array();
  for (const u64 n : shape) {
    all.push_back(n);
  }
  return all;
}

// ---- results ------------------------------------------------------------------------------------

Json json_of(const std::vector<StoredColumn>& columns) {
  Json all = Json::array();
  for (const StoredColumn& column : columns) {
    all.push_back({{"name", column.name},
                   {"type", type_name(column)},
                   {"unit", column.unit},
                   {"doc", column.doc}});
    if (!column.labels.empty()) {
      all.back()["labels"] = column.labels;
    }
  }
  return all;
}

u64 rows_of(const std::vector<StoredColumn>& columns) {
  return columns.empty() ? 0 : columns.front().rows;
}

Json json_of(const StoredSeries& series) {
  Json dimensions = Json::array();
  std::vector<u64> shape;
  for (const Dimension& axis : series.axes) {
    dimensions.push_back(axis.name);
    shape.push_back(axis.size());
  }
  return {{"name", series.name},     {"type", h5::name_of(series.type)}, {"unit", series.unit},
          {"doc", series.long_name}, {"dimensions", dimensions},         {"shape", json_of(shape)}};
}

Json json_of(const Extent& space) {
  const bool grid = space.shape == Extent::Shape::grid;
  Json json = {{"space", grid ? "grid" : "plane"},
               {"width", space.width},
               {"height", space.height},
               {"torus", space.torus}};
  if (grid) {
    json["neighborhood"] = space.neighborhood;
  } else {
    json["x_column"] = space.x_column;
    json["y_column"] = space.y_column;
  }
  return json;
}

Json agents_in(const ResultsReader& results, const std::string& kind,
               std::optional<u32> replicate) {
  Json json = {{"kind", kind}};
  if (replicate) {
    json["replicate"] = *replicate;
  }
  if (const auto space = results.space(kind, replicate)) {
    json["space"] = json_of(*space);
  }
  json["snapshots"] = Json::array();
  for (const Step step : results.snapshot_steps(kind, replicate)) {
    const auto columns = results.agent_columns(kind, step, replicate);
    json["snapshots"].push_back({{"step", step}, {"rows", rows_of(columns)}});
    if (!json.contains("columns")) {
      json["columns"] = json_of(columns);
    }
  }
  return json;
}

Json contents_of(const ResultsReader& results, const fs::path& path) {
  const auto file = h5::File::open(path.string());
  Walk(path).through(file);
  const Provenance from = results.provenance();
  const auto seeds = results.replicate_seeds();
  const auto version = file.numbers<i32>("format_version");
  Json json = {{"format", results_format},
               {"format_version", version},
               {"scenario", results.scenario()},
               {"scenario_text", from.scenario_text},
               {"seed", results.seed()},
               {"complete", results.complete()},
               {"content_hash", results.content_hash()},
               {"schema_fingerprint", file.text("schema_fingerprint")},
               {"rng", file.text("rng")},
               {"created", from.created},
               {"software", from.build.software + " " + from.build.version},
               {"git_commit", from.build.git_commit},
               {"ranks", from.ranks},
               {"threads", from.threads},
               {"restart_chain", from.restart_chain}};
  if (!seeds.empty()) {
    json["seeds"] = seeds;
  }
  const Dimension time = results.dimension("time");
  json["time"] = {{"unit", time.unit}, {"steps", time.size()}};
  json["series"] = Json::array();
  for (const std::string& name : results.series_names()) {
    json["series"].push_back(json_of(results.stored_series(name)));
  }
  json["quantiles"] = Json::array();
  for (const std::string& name : results.quantiles_names()) {
    json["quantiles"].push_back(json_of(results.stored_quantiles(name)));
  }
  json["tables"] = Json::array();
  for (const std::string& name : results.table_names()) {
    const auto columns = results.table_columns(name);
    json["tables"].push_back(
        {{"name", name}, {"rows", rows_of(columns)}, {"columns", json_of(columns)}});
  }
  json["events"] = Json::array();
  for (const std::string& name : results.event_names()) {
    const auto columns = results.event_columns(name);
    const auto offsets =
        file.dataset("events/" + name + "/" + index_group + "/step_offset").read<u64>();
    if (offsets.empty() || !std::is_sorted(offsets.begin(), offsets.end()) ||
        offsets.front() != 0 || offsets.back() != rows_of(columns)) {
      damaged(path, "the offsets of '" + name + "' do not cover its rows");
    }
    json["events"].push_back(
        {{"name", name}, {"rows", rows_of(columns)}, {"columns", json_of(columns)}});
  }
  json["agents"] = Json::array();
  for (const std::string& kind : results.agent_kinds()) {
    const u64 replicates = std::max<std::size_t>(1, seeds.size());
    for (u32 r = 0; r < replicates; ++r) {
      json["agents"].push_back(
          agents_in(results, kind, seeds.empty() ? std::nullopt : std::optional(r)));
    }
  }
  return json;
}

Json examine_results(const fs::path& path) {
  // Its seal is checked before anything else.
  const ResultsReader results(path.string());
  try {
    return contents_of(results, path);
  } catch (const InputError& error) {
    throw IoError(error.what());  // nobody asked for what it does not have but the file itself
  }
}

// ---- segments -----------------------------------------------------------------------------------

void add_arrays(const h5::Group& group, const std::string& folder, const fs::path& path,
                Json& arrays) {
  for (const auto& member : group.members(most_things)) {
    const std::string name = folder + member.name;
    if (member.is == h5::Group::Member::Is::group) {
      add_arrays(group.group(member.name), name + "/", path, arrays);
      continue;
    }
    const auto array = group.dataset(member.name);
    const auto width = array.number<u32>("width");
    const auto shape = array.shape();
    const std::size_t axes = width > 1 ? 2 : 1;
    if (array.holds_text() || shape.size() != axes || (axes == 2 && shape[1] != width)) {
      damaged(path, "'" + name + "' does not have " + counted(width, "value") + " in a row");
    }
    arrays.push_back({{"name", name},
                      {"type", h5::name_of(array.type())},
                      {"rows", shape[0]},
                      {"width", width},
                      {"replaces", width == 0},
                      {"stored_bytes", array.stored_bytes()}});
  }
}

Json examine_segment(const fs::path& path) {
  check_seal(path.string());
  const auto file = h5::File::open(path.string());
  if (file.text("format") != segment_format || file.number<u32>("format_version") != 1) {
    damaged(path, "is of another format or version");
  }
  Walk(path).through(file);
  const auto steps = file.numbers<u32>("steps");
  if (steps.size() != 2 || steps[0] > steps[1] || steps[1] > last_step) {
    damaged(path, "does not say of which steps it is");
  }
  const std::string name = segment_name(static_cast<Step>(steps[0]), static_cast<Step>(steps[1]));
  if (sort_by_name(path.filename().string()) == FileSort::segment && path.filename() != name) {
    damaged(path, "is " + name + " by what it says");
  }
  Json arrays = Json::array();
  add_arrays(file, "", path, arrays);
  return {{"format", segment_format},
          {"format_version", 1},
          {"from", steps[0]},
          {"to", steps[1]},
          {"from_beginning", file.has_attribute("from_beginning")},
          {"arrays", arrays}};
}

// ---- checkpoints --------------------------------------------------------------------------------

/// What its schema says of a column: "KIND COLUMN: uint8 state [label] initial 0|a|b indexed".
struct Declared {
  std::string type, role, unit;
  std::vector<std::string> labels;
};

/// By "KIND/COLUMN".
std::map<std::string, Declared> declared_in(const std::string& schema) {
  std::map<std::string, Declared> all;
  std::istringstream lines(schema);
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(": "), open = line.find(" [", colon),
               close = line.find("] ", open);
    if (close == std::string::npos) {
      continue;
    }
    const std::string name = line.substr(0, colon);
    Declared& d = all[name.substr(0, name.find(' ')) + "/" + name.substr(name.rfind(' ') + 1)];
    std::istringstream words(line.substr(colon + 2, open - colon - 2));
    words >> d.type >> d.role;
    d.unit = line.substr(open + 2, close - open - 2);
    std::string labels = line.substr(close + 2);
    for (const std::string_view mark : {" timer", " indexed"}) {
      if (labels.ends_with(mark)) {
        labels.resize(labels.size() - mark.size());
      }
    }
    for (auto bar = labels.find('|'); bar != std::string::npos;) {
      const auto next = labels.find('|', bar + 1);
      d.labels.push_back(labels.substr(bar + 1, next - bar - 1));
      bar = next;
    }
  }
  return all;
}

/// f(value) for all values of an array, in pieces.
template <class T, class F>
void for_each_value(const h5::Dataset& array, F&& f) {
  const u64 rows = array.rows();
  for (u64 first = 0; first < rows; first += rows_at_once) {
    for (const T value : array.read_rows<T>(first, std::min(rows_at_once, rows - first))) {
      f(value);
    }
  }
}

class CheckpointFile {
 public:
  explicit CheckpointFile(const fs::path& path)
      : path_(path), info_(described(side_file_of(path))) {
    verify_checkpoint(Communicator(), path, info_);
    const std::string name = path.filename().string();
    const bool named = sort_by_name(name) == FileSort::checkpoint;
    if (named && name != checkpoint_name(info_.step)) {
      damaged(path_, "is " + checkpoint_name(info_.step) + " by what it says");
    }
  }

  Json examine() {
    const auto file = h5::File::open(path_.string());
    if (file.text("format") != checkpoint_format || file.number<u64>("format_version") != 1) {
      damaged(path_, "is of another format or version");
    }
    if (file.number<u32>("step") != info_.step || file.number<u64>("seed") != info_.seed ||
        file.text("content_hash") != hash_text(info_.content_hash) ||
        file.text("schema_fingerprint") != info_.fingerprint) {
      damaged(path_, "is another file than its side file says");
    }
    Walk(path_).through(file);
    const std::string scenario = file.read_text("scenario");
    declared_ = declared_in(file.read_text("schema"));
    Json json = {{"format", checkpoint_format},
                 {"format_version", 1},
                 {"step", info_.step},
                 {"seed", info_.seed},
                 {"content_hash", hash_text(info_.content_hash)},
                 {"schema_fingerprint", info_.fingerprint},
                 {"scenario_bytes", scenario.size()},
                 {"kinds", Json::array()},
                 {"numbers", Json::array()},
                 {"columns_elsewhere", Json::object()},
                 {"networks", Json::object()}};
    for (const auto& member : file.members(most_things)) {
      if (member.is != h5::Group::Member::Is::group) {
        continue;
      }
      const auto group = file.group(member.name);
      if (member.name == "numbers") {
        for (const std::string& name : group.names()) {
          const auto numbers = group.dataset(name);
          if (numbers.type() != h5::Type::i64) {
            damaged(path_, "'numbers/" + name + "' are no counts");
          }
          json["numbers"].push_back({{"name", name}, {"count", numbers.rows()}});
        }
      } else {
        json["kinds"].push_back(kind(group, member.name));
      }
    }
    expect_all_columns();
    for (const auto& [name, hash] : info_.columns) {
      if (!here_.contains(name)) {
        json["columns_elsewhere"][name] = hash_text(hash);
      }
    }
    for (const auto& [name, hash] : info_.networks) {
      json["networks"][name] = hash_text(hash);
    }
    return json;
  }

 private:
  static CheckpointInfo described(const fs::path& side) {
    std::error_code error;
    if (!fs::exists(side, error)) {
      throw IoError(side.string() +
                    ": is not there (the hashes of the checkpoint beside it stand in it; without "
                    "them nobody can tell that it is whole). An older checkpoint may have it.");
    }
    if (fs::file_size(side, error) > most_text) {
      damaged(side, "is far too large for a side file");
    }
    return checkpoint_info(side);
  }

  Json kind(const h5::Group& group, const std::string& kind) {
    Json json = {{"kind", kind}};
    u64 stored = 0, rows = 0;
    bool first = true, some = false;
    Json columns = Json::array();
    for (const std::string& name : group.names()) {
      const auto array = group.dataset(name);
      array.first_byte();  // throws where the values do not stand in the file as in memory
      if (array.shape().size() != 1) {
        damaged(path_, "'" + kind + "/" + name + "' is no column");
      }
      if (name == "stored") {
        some = true;
        rows = array.rows();
        u64 set = 0;
        for_each_value<u8>(array, [&](u8 flag) { set += flag == 1 ? 1 : 0; });
        json["rows_changed"] = set;
        continue;
      }
      if (!first && array.rows() != stored) {
        damaged(path_, "column '" + name + "' of '" + kind + "' has " +
                           counted(array.rows(), "row") + " (the one before it has " +
                           std::to_string(stored) + ")");
      }
      first = false;
      stored = array.rows();
      if (name == "id") {
        expect_ascending(array, kind, group.number<u64>("next_id"));
        json["next_id"] = group.number<u64>("next_id");
      } else {
        columns.push_back(column(array, kind, name));
      }
    }
    if (some && json["rows_changed"] != stored) {
      damaged(path_, "the columns of '" + kind + "' do not have a value for each row that changed");
    }
    json["rows"] = some ? rows : stored;
    json["columns"] = std::move(columns);
    return json;
  }

  Json column(const h5::Dataset& array, const std::string& kind, const std::string& name) {
    const std::string path = kind + "/" + name;
    const auto hash = info_.columns.find(path);
    const auto declared = declared_.find(path);
    const std::string type(h5::name_of(array.type()));
    if (declared == declared_.end() || declared->second.type != type ||
        (!fixed() && hash == info_.columns.end())) {
      damaged(path_, "column '" + name + "' of '" + kind + "' is not as its schema says");
    }
    here_.insert(path);
    Json json = {{"name", name},
                 {"type", type},
                 {"role", declared->second.role},
                 {"unit", declared->second.unit},
                 {"stored_bytes", array.stored_bytes()}};
    if (hash != info_.columns.end()) {
      json["hash"] = hash_text(hash->second);
    }
    if (!declared->second.labels.empty()) {
      json["labels"] = declared->second.labels;
    }
    return json;
  }

  void expect_ascending(const h5::Dataset& ids, const std::string& kind, u64 next_id) {
    i64 before = -1;
    for_each_value<u32>(ids, [&](u32 id) {
      if (i64{id} <= before || id >= next_id) {
        damaged(path_, "the ids of '" + kind + "' are not in order");
      }
      before = id;
    });
  }

  void expect_all_columns() const {
    for (const auto& [path, declared] : declared_) {
      if (!fixed() && declared.role != "fixed" && !here_.contains(path)) {
        damaged(path_, "column '" + path + "' of its schema is not there");
      }
    }
  }

  /// What never changes has no hash of a state.
  bool fixed() const { return info_.content_hash == 0; }

  fs::path path_;
  CheckpointInfo info_;
  std::map<std::string, Declared> declared_;
  std::set<std::string> here_;
};

// ---- texts --------------------------------------------------------------------------------------

void expect_short(const fs::path& path) {
  std::error_code error;
  if (fs::file_size(path, error) > most_text) {
    damaged(path, "is far too large for what it would be");
  }
}

Json examine_side_file(const fs::path& path) {
  expect_short(path);
  const CheckpointInfo info = checkpoint_info(path);
  return {{"format", checkpoint_format},
          {"step", info.step},
          {"seed", info.seed},
          {"content_hash", hash_text(info.content_hash)},
          {"checkpoint_bytes", info.bytes},
          {"columns", info.columns.size()}};
}

Json examine_run(const fs::path& path) {
  expect_short(path);
  const std::string folder = path.parent_path().empty() ? "." : path.parent_path().string();
  const RunRecord record = read_run_record(folder);
  const Provenance from = read_run_provenance(folder);
  const Json run = parse_json(read_file(path.string()));
  Json inputs = Json::array(), libraries = Json::object(), summary = Json::object();
  for (const InputFile& input : from.inputs) {
    inputs.push_back({{"path", input.path}, {"sha256", input.sha256}, {"bytes", input.bytes}});
  }
  for (const Library& library : from.libraries) {
    libraries[library.name] = library.version;
  }
  if (run.contains("summary") && run["summary"].is_object()) {
    for (const auto& [name, value] : run["summary"].items()) {
      if (value.is_primitive()) {
        summary[name] = value;
      }
    }
  }
  return {{"status", name_of(record.status)},
          {"scenario", record.scenario},
          {"seed", whole_number<u64>(run.value("seed", Json())).value_or(0)},
          {"replicates", from.replicates},
          {"created", from.created},
          {"updated", run.value("updated", "")},
          {"software", from.build.software + " " + from.build.version},
          {"git_commit", from.build.git_commit},
          {"compiler", from.build.compiler},
          {"command_line", from.command_line},
          {"hosts", from.hosts},
          {"ranks", from.ranks},
          {"threads", from.threads},
          {"libraries", libraries},
          {"inputs", inputs},
          {"restart_chain", from.restart_chain},
          {"summary", summary}};
}

Json examine_scenario(const fs::path& path) {
  expect_short(path);
  const std::string text = read_text_file(path);
  try {
    parse_toml(text,
               std::make_shared<const Source>(Source{.name = path.string(), .directory = {}}));
  } catch (const InputError& error) {
    throw IoError(error.what());
  }
  return Json::object();
}

Json examine_outcome(const fs::path& path) {
  expect_short(path);
  const Json outcome = parse_json(read_file(path.string()));
  if (!outcome.is_object() || !outcome.contains("seed") || !outcome["seed"].is_number_unsigned() ||
      !outcome.contains("content_hash") || !outcome["content_hash"].is_string() ||
      !outcome.contains("figures") || !outcome["figures"].is_array()) {
    damaged(path, "does not say what became of a seed");
  }
  return {{"seed", outcome["seed"]}, {"content_hash", outcome["content_hash"]}};
}

Json examine_answers(const fs::path& path) {
  const AnswerCache::Counts counts = AnswerCache::examine(path.string());
  std::error_code none;
  const auto log = fs::file_size(path.string() + "-wal", none);
  return {{"questions", counts.questions},
          {"answered", counts.ok},
          {"failed", counts.failed},
          {"bytes_in_log", none ? 0 : log}};
}

Json examine_spending(const fs::path& path) {
  const Spending::Sum sum = Spending::of_all(path.string());
  return {{"calls", sum.calls}, {"tokens", sum.tokens}, {"cost_in_millionths", sum.cost}};
}

Json examine_ledger(const fs::path& path) {
  try {
    const Ledger ledger = Ledger::read_json_lines(path.string());
    return {{"questions", ledger.questions()}, {"attempts", ledger.attempts().size()}};
  } catch (const InputError& error) {
    throw IoError(error.what());
  }
}

Json examine_as(FileSort sort, const fs::path& path) {
  switch (sort) {
    case FileSort::results:
      return examine_results(path);
    case FileSort::checkpoint:
    case FileSort::fixed:
      return CheckpointFile(path).examine();
    case FileSort::segment:
      return examine_segment(path);
    case FileSort::side_file:
      return examine_side_file(path);
    case FileSort::run:
      return examine_run(path);
    case FileSort::scenario:
      return examine_scenario(path);
    case FileSort::outcome:
      return examine_outcome(path);
    case FileSort::answers:
      return examine_answers(path);
    case FileSort::spending:
      return examine_spending(path);
    case FileSort::ledger:
      return examine_ledger(path);
    case FileSort::unknown:
      break;
  }
  throw InputError(path.string() +
                   ": is no file of a run (neither its name nor its first bytes are those of one). "
                   "Name a run directory, or a file in one.");
}

}  // namespace

std::string_view name_of(FileSort sort) {
  constexpr std::string_view names[] = {"unknown", "results",   "checkpoint", "fixed columns",
                                        "segment", "side file", "run",        "scenario",
                                        "outcome", "answers",   "spending",   "ledger"};
  return names[static_cast<std::size_t>(sort)];
}

FileSort sort_by_name(const std::string& name) {
  if (name == "run.json") {
    return FileSort::run;
  }
  if (name == "scenario.toml") {
    return FileSort::scenario;
  }
  if (name == "results.h5" || matches(name, "%8u.h5", "%08u.h5")) {
    return FileSort::results;
  }
  if (matches(name, "%8u.h5.json", "%08u.h5.json")) {
    return FileSort::outcome;
  }
  if (name == "fixed.h5") {
    return FileSort::fixed;
  }
  if (matches(name, "ckpt-%8u.h5", "ckpt-%08u.h5")) {
    return FileSort::checkpoint;
  }
  if (name == "fixed.json" || matches(name, "ckpt-%8u.json", "ckpt-%08u.json")) {
    return FileSort::side_file;
  }
  if (matches(name, "out-%8u-%8u.h5", "out-%08u-%08u.h5")) {
    return FileSort::segment;
  }
  if (name == "answers.sqlite" || name == "recorded.sqlite") {
    return FileSort::answers;
  }
  if (name == "spent.txt") {
    return FileSort::spending;
  }
  if (name == "ledger.jsonl") {
    return FileSort::ledger;
  }
  return FileSort::unknown;
}

FileSort sort_of_file(const fs::path& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    return FileSort::unknown;
  }
  if (std::ifstream file(path, std::ios::binary); !file) {
    throw system_failure(path.string(), "be opened", errno);
  }
  const FileSort by_name = sort_by_name(path.filename().string());
  return by_name == FileSort::unknown ? sort_by_content(path) : by_name;
}

std::string examine_file(const fs::path& path) {
  Json json = {{"sort", name_of(FileSort::unknown)}, {"bytes", 0}};
  try {
    const FileSort sort = sort_of_file(path);
    json["sort"] = name_of(sort);
    json["bytes"] = fs::file_size(path);
    json["content"] = examine_as(sort, path);
  } catch (const InputError& error) {
    json["sort"] = name_of(FileSort::unknown);
    json["problem"] = error.what();
  } catch (const IoError& error) {
    json["problem"] = error.what();
  } catch (const Json::exception&) {
    json["problem"] = path.string() + ": is not as ours are (it is damaged, or not one of ours).";
  } catch (const fs::filesystem_error& error) {
    json["problem"] = path.string() + ": cannot be read (" + error.code().message() + ").";
  } catch (const std::bad_alloc&) {
    json["problem"] = path.string() +
                      ": asks for more memory than a file of its kind needs (it is damaged, or was "
                      "made to do so).";
  } catch (const std::length_error&) {
    json["problem"] = path.string() + ": names an impossible size (it is damaged, or was made so).";
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace throng
