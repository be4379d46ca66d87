#include "scenarios/checkpoints.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "io/publish.h"
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

}  // namespace

CheckpointRules checkpoint_rules(const Values& values) {
  return {.every_steps = static_cast<Step>(values.get(scenario::checkpoint_every)),
          .every_minutes = values.get(scenario::checkpoint_every_minutes),
          .keep = static_cast<u32>(values.get(scenario::checkpoint_keep)),
          .keep_every = static_cast<u32>(values.get(scenario::checkpoint_keep_every))};
}

std::vector<Step> CheckpointFolder::steps() const {
  std::vector<Step> all;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(checkpoints(), error)) {
    if (const auto step = step_in(entry.path().filename().string())) {
      all.push_back(*step);
    }
  }
  std::sort(all.begin(), all.end());
  return all;
}

Restart CheckpointFolder::newest(const Communicator& world, std::optional<Step> only) const {
  Restart found;
  // What rank 0 sees counts: another machine may see a folder as it was.
  std::string list;
  for (const Step step : steps()) {
    if (!only || step == *only) {
      list += std::to_string(step) + " ";
    }
  }
  list = world.broadcast(std::move(list));
  std::vector<Step> candidates;
  for (std::size_t at = 0; at < list.size(); at = list.find(' ', at) + 1) {
    candidates.push_back(static_cast<Step>(std::stoul(list.substr(at))));
  }
  while (!candidates.empty()) {
    const Step step = candidates.back();
    candidates.pop_back();
    try {
      found.past = std::make_unique<Checkpoint>(world, checkpoint(step));
      found.step = step;
      together(world, [&] {
        if (world.rank() == 0) {
          found.recorded = segments_until(segments(), step);
          SegmentKeeper().give_back(found.recorded);
        }
      });
      return found;
    } catch (const IoError& error) {
      found.past.reset();
      found.step.reset();
      found.passed_over.emplace_back(error.what());
    }
  }
  std::string why;
  for (const std::string& words : found.passed_over) {
    why += "\n  " + words;
  }
  const std::string which =
      only ? "no checkpoint of step " + std::to_string(*only) : "no checkpoint";
  throw NoCheckpoint(run.string() + ": has " + which + " to go on from (" +
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
      committed_(committed) {}

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
  const Simulation& simulation = run.simulation();
  const Step now = simulation.now();
  if (committed_ == now) {
    return;
  }
  refuse_not_finite(simulation);
  const bool first = !unchanging_;
  if (first) {
    unchanging_ = unchanging(world_, simulation.population(), scenario_, run.seed());
  }
  together(world_, [&] {
    if (world_.rank() != 0) {
      return;
    }
    make_folders();
    if (recorded_until_ != now) {
      const Step from = recorded_until_.value_or(0);
      run.write_segment({from, now, folder_.segments() / segment_name(from, now)});
      recorded_until_ = now;
    }
  });
  if (first && !fixed_columns_are_there()) {
    write_fixed_columns(world_, folder_.checkpoints() / fixed_name, simulation, *unchanging_);
  }
  write_checkpoint(world_, folder_.checkpoint(now), simulation, *unchanging_);
  committed_ = now;
  last_ = clock::now();
  longest_s_ = std::max(longest_s_, std::chrono::duration<double>(last_ - began).count());
  if (world_.rank() == 0) {
    prune();
  }
}

bool Checkpoints::fixed_columns_are_there() const {
  std::error_code error;
  const fs::path fixed = folder_.checkpoints() / fixed_name;
  const i64 there =
      world_.rank() == 0 && fs::exists(fixed, error) && fs::exists(side_file_of(fixed), error) ? 1
                                                                                               : 0;
  return world_.maximum(there) == 1;
}

void Checkpoints::prune() const {
  const auto steps = folder_.steps();
  for (std::size_t k = 0; k + rules_.keep < steps.size(); ++k) {
    const bool by_rule = rules_.keep_every > 0 && rules_.every_steps > 0 &&
                         steps[k] % (u64{rules_.every_steps} * rules_.keep_every) == 0;
    if (!by_rule) {
      remove_checkpoint(folder_.checkpoint(steps[k]));
    }
  }
}

}  // namespace throng
