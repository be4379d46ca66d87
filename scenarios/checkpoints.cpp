#include "scenarios/checkpoints.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "io/publish.h"
#include "io/run_directory.h"
#include "io/together.h"
#include "scenarios/engine_parameters.h"

namespace throng {
namespace {

namespace fs = std::filesystem;

constexpr char fixed_name[] = "fixed.h5";

std::optional<Step> step_in(const std::string& name) {
  unsigned step = 0;
  const bool ours = std::sscanf(name.c_str(), "ckpt-%8u.h5", &step) == 1 && step <= last_step &&
                    name == checkpoint_name(static_cast<Step>(step));
  return ours ? std::optional(static_cast<Step>(step)) : std::nullopt;
}

void remove_checkpoint(const fs::path& path) {
  // The checkpoint first: a side file alone is nothing.
  remove_quietly(path.string());
  remove_quietly(side_file_of(path).string());
}

/// What rank 0 has, on all. Collective.
std::vector<Step> broadcast(const Communicator& world, const std::vector<Step>& steps) {
  const auto bytes = std::as_bytes(std::span(steps));
  const std::string text =
      world.broadcast(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  std::vector<Step> all(text.size() / sizeof(Step));
  std::copy(text.begin(), text.end(), reinterpret_cast<char*>(all.data()));
  return all;
}

/// "there are 3: of steps 10, 20, 30"
std::string in_words(const std::vector<Step>& steps) {
  constexpr std::size_t most = 10;
  std::string words = steps.size() == 1
                          ? "there is 1: of step "
                          : "there are " + std::to_string(steps.size()) + ": of steps ";
  for (std::size_t k = 0; k < std::min(most, steps.size()); ++k) {
    words += (k == 0 ? "" : ", ") + std::to_string(steps[k]);
  }
  return words + (steps.size() > most ? ", ..." : "");
}

/// A file that this process may not read, or this machine cannot, is not damaged: those after an
/// older one would be removed.
void refuse_unreadable(const IoError& error) {
  const auto* failure = dynamic_cast<const SystemFailure*>(&error);
  if (failure != nullptr && !failure->absent()) {
    throw IoError(failure->what() +
                  std::string(" It may be whole: let it be read, or move it away to go on from an "
                              "older one."));
  }
}

}  // namespace

CheckpointRules checkpoint_rules(const Values& values) {
  return {.every_steps = static_cast<Step>(values.get(scenario::checkpoint_every)),
          .every_minutes = values.get(scenario::checkpoint_every_minutes),
          .keep = static_cast<u32>(values.get(scenario::checkpoint_keep)),
          .keep_every = static_cast<u32>(values.get(scenario::checkpoint_keep_every))};
}

std::vector<Step> CheckpointFolder::steps() const {
  std::vector<Step> all;
  for (const fs::path& path : files_in(checkpoints())) {
    if (const auto step = step_in(path.filename().string())) {
      all.push_back(*step);
    }
  }
  std::sort(all.begin(), all.end());
  return all;
}

std::optional<Step> CheckpointFolder::branched_at() const {
  try {
    const auto from = branched_from(read_run_record(run.string()));
    return from ? step_in(from->filename().string()) : std::nullopt;
  } catch (const IoError&) {
    return {};
  } catch (const InputError&) {
    return {};  // not in the folder of a run
  }
}

Restart CheckpointFolder::newest(const Communicator& world, std::optional<Step> only) const {
  Restart found;
  // What rank 0 sees counts: another machine may see a folder as it was.
  std::vector<Step> there;
  together(world, [&] { there = world.rank() == 0 ? steps() : std::vector<Step>{}; });
  there = broadcast(world, there);
  std::vector<Step> candidates = there;
  if (only) {
    std::erase_if(candidates, [&](Step step) { return step != *only; });
  }
  while (!candidates.empty()) {
    const Step step = candidates.back();
    candidates.pop_back();
    try {
      found.past = std::make_unique<Checkpoint>(world, checkpoint(step));
      together(world, [&] {
        if (world.rank() == 0) {
          found.recorded = segments_until(segments(), step);
          check_segments(found.recorded);
        }
      });
      found.step = step;
      return found;
    } catch (const IoError& error) {
      found.past.reset();
      together(world, [&] { refuse_unreadable(error); });
      const std::string words = error.what();
      if (std::find(found.passed_over.begin(), found.passed_over.end(), words) ==
          found.passed_over.end()) {
        found.passed_over.push_back(words);
      }
    }
  }
  const std::string begin = run.string() + ": has no checkpoint ";
  if (only && !there.empty() && found.passed_over.empty()) {
    throw NoCheckpoint(begin + "of step " + std::to_string(*only) + " (" + in_words(there) +
                       "). Choose one of those; checkpoint.keep and checkpoint.keep_every say "
                       "which a run keeps.");
  }
  std::string why;
  for (const std::string& words : found.passed_over) {
    why += "\n  " + words;
  }
  throw NoCheckpoint(begin + (only ? "of step " + std::to_string(*only) + " " : "") +
                     "to go on from (" +
                     (why.empty() ? "none was written). Run it anew." : "none is whole):" + why));
}

void CheckpointFolder::remove_after(Step step) const {
  std::error_code error;
  for (const Step later : steps()) {
    if (later > step) {
      remove_checkpoint(checkpoint(later));
    }
  }
  for (const fs::path& folder : {checkpoints(), segments()}) {
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      unsigned from = 0, to = 0;
      const std::string name = entry.path().filename().string();
      const bool later = std::sscanf(name.c_str(), "out-%8u-%8u.h5", &from, &to) == 2 && to > step;
      const bool half = entry.path().extension() == ".tmp";
      const bool alone = name.starts_with("ckpt-") && entry.path().extension() == ".json" &&
                         !fs::exists(fs::path(entry.path()).replace_extension(".h5"), error);
      if (later || half || alone) {
        remove_quietly(entry.path().string());
      }
    }
  }
}

void CheckpointFolder::clear() const {
  std::error_code error;
  fs::remove_all(checkpoints(), error);
  fs::remove_all(segments(), error);
}

Checkpoints::Checkpoints(const Communicator& world, fs::path folder, const CheckpointRules& rules,
                         std::string scenario, std::optional<Step> recorded_until,
                         std::optional<Step> committed)
    : world_(world),
      folder_{std::move(folder)},
      rules_(rules),
      scenario_(std::move(scenario)),
      recorded_until_(recorded_until),
      committed_(committed),
      branched_at_(world.rank() == 0 ? folder_.branched_at() : std::nullopt) {}

bool Checkpoints::due(Step now, bool by_time) const {
  const bool by_steps = rules_.every_steps > 0 && now > 0 && now % rules_.every_steps == 0;
  return (by_steps || by_time) && committed_ != now;
}

bool Checkpoints::due_by_time() const {
  return rules_.every_minutes > 0 &&
         clock::now() - last_ >= std::chrono::duration<double>(60 * rules_.every_minutes);
}

void Checkpoints::make_folders() const {
  for (const fs::path& made : {folder_.checkpoints(), folder_.segments()}) {
    std::error_code error;
    fs::create_directories(made, error);
    if (error) {
      throw system_failure(made.string(), "be made", error.value());
    }
  }
}

void Checkpoints::refuse_not_finite(const Simulation& simulation) const {
  for (const auto& kind : simulation.population().kinds()) {
    for (const auto& e : kind->columns()) {
      const ColumnInfo& info = e->store->info();
      if (info.type != DataType::f64_ || info.role == Role::finding) {
        continue;
      }
      constexpr i64 nobody = i64{1} << 32;
      i64 first = nobody;
      for (Row r = 0; r < kind->rows(); ++r) {
        if (!std::isfinite(__builtin_bit_cast(double, e->store->bits(r)))) {
          first = std::min(first, i64{kind->partition().id_of(r)});
        }
      }
      first = nobody - world_.maximum(nobody - first);
      if (first != nobody) {
        throw ContractError(
            "step " + std::to_string(simulation.now()) + ": column '" + std::string(info.name) +
            "' of row " + std::to_string(first) + " of kind '" + kind->name() +
            "' is no finite number (a behavior divided by 0, or overflowed). " +
            (committed_ ? "The state of step " + std::to_string(*committed_) +
                              " is the last that was kept; 'throng trace' replays the row."
                        : "'throng trace' replays the row."));
      }
    }
  }
}

void Checkpoints::commit(Run& run) {
  const auto began = clock::now();
  const Step now = run.simulation().now();
  if (committed_ == now) {
    return;
  }
  refuse_not_finite(run.simulation());
  try {
    write(run);
  } catch (const IoError&) {
    last_ = clock::now();  // a moment without room would else be three failures in a row
    throw;
  }
  committed_ = now;
  last_ = clock::now();
  longest_s_ = std::max(longest_s_, std::chrono::duration<double>(last_ - began).count());
  if (world_.rank() == 0) {
    prune();
  }
}

void Checkpoints::write(Run& run) {
  const Simulation& simulation = run.simulation();
  if (!unchanging_) {
    unchanging_ = unchanging(world_, simulation.population(), scenario_, run.seed());
  }
  together(world_, [&] {
    if (world_.rank() == 0) {
      make_folders();
      write_segment(run);
    }
  });
  if (!fixed_columns_written_ && !fixed_columns_are_whole()) {
    write_fixed_columns(world_, folder_.checkpoints() / fixed_name, simulation, *unchanging_);
  }
  fixed_columns_written_ = true;
  write_checkpoint(world_, folder_.checkpoint(simulation.now()), simulation, *unchanging_);
}

void Checkpoints::write_segment(Run& run) {
  bool lost = false;
  try {
    if (recorded_until_) {
      segments_until(folder_.segments(), *recorded_until_);
    }
  } catch (const IoError&) {  // somebody removed one: a checkpoint would be worth nothing
    recorded_until_.reset();
    lost = true;
  }
  const Step now = run.simulation().now();
  if (recorded_until_ != now) {
    const Step from = recorded_until_.value_or(0);
    run.write_segment({from, now, folder_.segments() / segment_name(from, now)}, lost);
    recorded_until_ = now;
  }
}

bool Checkpoints::fixed_columns_are_whole() const {
  const fs::path fixed = folder_.checkpoints() / fixed_name;
  try {
    CheckpointInfo info;
    together(world_, [&] { info = checkpoint_info(side_file_of(fixed)); });
    verify_checkpoint(world_, fixed, info);
    return info.seed == unchanging_->seed && info.columns == unchanging_->columns;
  } catch (const IoError&) {
    return false;
  }
}

void Checkpoints::prune() const {
  try {
    const auto steps = folder_.steps();
    const auto segments = segments_in(folder_.segments());
    const auto by_rule = [&](Step step) {
      if (rules_.keep_every == 0) {
        return false;
      }
      if (rules_.every_steps > 0) {
        return step % (u64{rules_.every_steps} * rules_.keep_every) == 0;
      }
      // Every commit left a segment, which stays: so many there were until then.
      return std::distance(segments.begin(), segments.upper_bound(step)) % rules_.keep_every == 0;
    };
    for (std::size_t k = 0; k + rules_.keep < steps.size(); ++k) {
      if (!by_rule(steps[k]) && steps[k] != branched_at_) {
        remove_checkpoint(folder_.checkpoint(steps[k]));
      }
    }
  } catch (const IoError&) {  // the folder cannot be read: older ones stay
  }
}

}  // namespace throng
