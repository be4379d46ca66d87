// Where two runs begin to differ: `throng compare --bits`.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/run_directory.h"
#include "scenarios/checkpoints.h"
#include "scenarios/run.h"
#include "sim/parallel.h"
#include "sim/words.h"
#include "tools/commands.h"
#include "tools/resumed.h"

namespace throng {
namespace {

/// One of the two.
struct Side {
  std::string path;
  CheckpointFolder folder;
  ScenarioFile scenario;
  std::vector<u64> hashes;  // [step]
  bool is_branch = false;
  std::unique_ptr<Run> run;
};

/// The hash of the state after every step, from the results or, where there are none, from the
/// segments.
std::vector<u64> hashes_of(const CheckpointFolder& folder, const ScenarioFile& scenario) {
  if (const auto results = results_of(folder.run, scenario.resolved)) {
    for (const TableColumn& column : results->table("content_hash").columns) {
      if (column.name == "hash") {
        return std::get<std::vector<u64>>(column.values);
      }
    }
  }
  const auto steps = folder.steps();
  if (steps.empty()) {
    throw InputError(folder.run.string() +
                     ": recorded nothing (it has neither results nor checkpoints). Run it, "
                     "or resume it.");
  }
  SegmentKeeper recorded;
  recorded.give_back(segments_until(folder.segments(), steps.back()));
  std::vector<u64> hashes;
  recorded.grows("content_hash", hashes);
  return hashes;
}

Side read_side(const std::string& path) {
  const RunRecord record = read_run_record(path);
  if (record.replicates > 1) {
    throw InputError(path +
                     ": is a run of several seeds (cells of one are compared). Compare runs "
                     "of one seed.");
  }
  Side side{.path = path,
            .folder = {path},
            .scenario = read_scenario(full_schema(), path + "/scenario.toml"),
            .hashes = {},
            .is_branch = branched_from(record).has_value(),
            .run = {}};
  side.hashes = hashes_of(side.folder, side.scenario);
  return side;
}

/// Steps a run to a step, from the newest checkpoint before it or from its beginning. Gives why it
/// cannot, or nothing.
std::string replay(Side& side, Step step) {
  RunOptions options;
  Restart restart;
  const auto steps = side.folder.steps();
  for (auto at = steps.rbegin(); at != steps.rend() && restart.past == nullptr; ++at) {
    if (*at <= step) {
      try {
        restart = side.folder.newest(Communicator(), *at);
      } catch (const NoCheckpoint&) {
        continue;  // an older one may be whole
      }
    }
  }
  if (restart.past == nullptr && side.is_branch) {
    return "has no whole checkpoint of step " + std::to_string(step) +
           " or before (it began as a branch, in the middle)";
  }
  options.past = restart.past.get();
  options.recorded = restart.recorded;
  side.run = std::make_unique<Run>(Communicator(), side.scenario, options);
  while (side.run->simulation().now() < step) {
    side.run->step();
  }
  return side.run->simulation().content_hash() == side.hashes[step]
             ? ""
             : "run again it comes by another hash (this program, or a file that it read, is not "
               "the one it was run with)";
}

/// The cells of a column by id.
std::map<AgentId, u64> cells_of(const Kind& kind, const ColumnStore& column) {
  std::map<AgentId, u64> cells;
  for (Row r = 0; r < kind.rows(); ++r) {
    cells.emplace_hint(cells.end(), kind.partition().id_of(r), column.bits(r));
  }
  return cells;
}

std::string value_in(const std::optional<u64>& bits, const Kind::Entry& e) {
  if (!bits) {
    return "no such row";
  }
  if (*bits < e.label_names.size()) {
    return e.label_names[*bits];
  }
  return value_text(e.store->info().type, *bits);
}

/// "kind 'person'  column 'epidemic.stage'"
std::string name_of(const Kind& kind, const ColumnInfo* column = nullptr) {
  return "kind '" + kind.name() + "'" +
         (column == nullptr ? "" : "  column '" + std::string(column->name) + "'");
}

/// How many rows of a column differ, and the first of them.
void tell_rows(const Kind& kind, const Kind::Entry& e, const Kind& other, const Kind::Entry& f) {
  const auto here = cells_of(kind, *e.store), there = cells_of(other, *f.store);
  std::size_t differ = 0;
  std::optional<AgentId> first;
  const auto look = [&](AgentId id, bool same) {
    differ += same ? 0 : 1;
    if (!same && (!first || id < *first)) {
      first = id;
    }
  };
  for (const auto& [id, bits] : here) {
    const auto at = there.find(id);
    look(id, at != there.end() && at->second == bits);
  }
  for (const auto& [id, bits] : there) {
    look(id, here.contains(id));
  }
  const auto bits_in = [&](const std::map<AgentId, u64>& cells) {
    const auto at = cells.find(*first);
    return at == cells.end() ? std::nullopt : std::optional(at->second);
  };
  std::printf("%s  row %u  %s | %s  (%s differ)\n", name_of(kind, &e.store->info()).c_str(), *first,
              value_in(bits_in(here), e).c_str(), value_in(bits_in(there), f).c_str(),
              counted(differ, "row").c_str());
}

/// Says of every kind and column of a run what of it differs in the other: `only`, what is not
/// there at all.
void tell_of(const Side& side, const Side& beside, const char* which, bool only) {
  const Population& others = beside.run->simulation().population();
  const auto alone = [&](const std::string& name) {
    std::printf("%s  is in the %s alone\n", name.c_str(), which);
  };
  for (const auto& kind : side.run->simulation().population().kinds()) {
    if (!others.has_kind(kind->name())) {
      alone(name_of(*kind));
      continue;
    }
    const Kind& other = others.kind(kind->name());
    for (const auto& e : kind->columns()) {
      const ColumnInfo& info = e->store->info();
      const Kind::Entry* f = other.find(info.name);
      if (info.role == Role::finding) {
        continue;
      }
      if (f == nullptr) {
        alone(name_of(*kind, &info));
      } else if (!only && kind->hash_of(*e->store) != other.hash_of(*f->store)) {
        tell_rows(*kind, *e, other, *f);
      }
    }
  }
}

}  // namespace

int compare_bits_command(const std::string& a, const std::string& b) {
  set_thread_count(default_threads());
  Side left = read_side(a), right = read_side(b);
  const std::size_t common = std::min(left.hashes.size(), right.hashes.size());
  const auto differs =
      std::mismatch(left.hashes.begin(), left.hashes.begin() + static_cast<std::ptrdiff_t>(common),
                    right.hashes.begin());
  const auto step = static_cast<Step>(differs.first - left.hashes.begin());
  if (step == common) {
    std::printf("equal in every cell through step %zu", common - 1);
    std::printf(left.hashes.size() == right.hashes.size() ? "\n" : "; one of them goes on\n");
    return left.hashes.size() == right.hashes.size() ? exit_done : exit_differs;
  }
  std::printf("first difference: step %u  (hash %s | %s)\n", unsigned{step},
              hash_text(left.hashes[step]).c_str(), hash_text(right.hashes[step]).c_str());
  std::fflush(stdout);
  for (Side* side : {&left, &right}) {
    if (const std::string why = replay(*side, step); !why.empty()) {
      std::printf("%s: %s. Which cells differ cannot be told.\n", side->path.c_str(), why.c_str());
      return exit_differs;
    }
  }
  tell_of(left, right, "first", false);
  tell_of(right, left, "second", true);
  return exit_differs;
}

}  // namespace throng
