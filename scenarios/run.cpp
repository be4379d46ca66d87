#include "scenarios/run.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>

#include "io/together.h"
#include "scenarios/engine_parameters.h"
#include "scenarios/series.h"
#include "scenarios/snapshots.h"
#include "sim/words.h"

namespace throng {
namespace {

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

/// The hash of the state after every step.
class Run::Hashes final : public Recorder {
 public:
  void begin(Simulation& simulation) override { step(simulation); }
  void step(Simulation& simulation) override { hash_.push_back(simulation.content_hash()); }
  void keep(Keeper& keeper) override { keeper.grows("content_hash", hash_); }
  void write(Results& results, const Calendar* calendar) const {
    std::vector<i64> time;
    std::vector<u32> step;
    for (std::size_t s = 0; s < hash_.size(); ++s) {
      time.push_back(static_cast<i64>(s));
      step.push_back(static_cast<u32>(s));
    }
    results.time = {.name = "time",
                    .unit = calendar == nullptr ? "1" : "days since " + calendar->start.str(),
                    .long_name = calendar == nullptr ? "step" : "date",
                    .values = std::move(time)};
    results.tables.push_back(
        {.name = "content_hash",
         .doc = "Hash of the whole state after every step: equal on any ranks and threads.",
         .columns = {{.name = "step", .unit = "step", .doc = "Step.", .values = std::move(step)},
                     {.name = "hash", .unit = "1", .doc = "Content hash.", .values = hash_}}});
  }

 private:
  std::vector<u64> hash_;
};

Schema full_schema() { return builtin_catalog().schema(); }

std::unique_ptr<Model> model_of(const ScenarioFile& scenario, const Catalog& catalog,
                                u64 seed_offset, const std::string& folder) {
  const Values& values = scenario.values;
  return catalog.model_of(values).make(
      {.values = values,
       .steps = static_cast<Step>(values.get(scenario::run_steps)),
       .seed = static_cast<u64>(values.get(scenario::run_seed)) + seed_offset,
       .seed_offset = seed_offset,
       .folder = folder});
}

std::unique_ptr<Model> check_scenario(const ScenarioFile& scenario, const Catalog& catalog) {
  auto model = model_of(scenario, catalog);
  model->check();
  return model;
}

std::vector<ModelEntry::Warning> warnings_of(const ScenarioFile& scenario, const Catalog& catalog) {
  const ModelEntry& model = catalog.model_of(scenario.values);
  return model.warn ? model.warn(scenario.values) : std::vector<ModelEntry::Warning>{};
}

Run::Run(const Communicator& world, const ScenarioFile& scenario, const RunOptions& options) {
  const double began = seconds();
  const Values& values = scenario.values;
  seed_ = static_cast<u64>(values.get(scenario::run_seed)) + options.seed_offset;
  steps_ = static_cast<Step>(values.get(scenario::run_steps));

  // Every rank reads the files of a population by itself, and they may be wrong on one machine
  // alone.
  together(world, [&] {
    model_ = model_of(scenario, options.catalog, options.seed_offset, options.folder);
  });
  agents_ = model_->agents();
  const bool scatter =
      values.choice<PartitionKind>(scenario::partition_kind) == PartitionKind::scatter;
  Population population = model_->populate(Layout(world, scatter, options.shuffle_rows));
  if (options.past != nullptr) {
    options.past->compare(world, population);
  }

  SimulationOptions simulation = {
      .seed = seed_, .shuffle_messages = options.shuffle_messages, .tracer = options.tracer};
  if (options.check_order) {
    simulation.check_order = *options.check_order;
  }
  simulation_ = std::make_unique<Simulation>(world, std::move(population), simulation);
  model_->add_to(*simulation_);
  const Assembly assembly = {.values = values, .steps = steps_, .model = *model_};
  for (const Domain& domain : options.catalog.domains()) {
    if (domain.model == options.catalog.model_of(values).name) {
      domain.add(*simulation_, assembly);
    }
  }
  const auto record = [&]<class R>(std::unique_ptr<R> recorder) {
    const R* kept = recorder.get();
    simulation_->add_recorder(std::move(recorder));
    return kept;
  };
  series_ = record(std::make_unique<SeriesRecorder>(model_->series()));
  model_->recorded_ = series_;
  hashes_ = record(std::make_unique<Hashes>());
  if (auto steps = snapshot_steps(values); !steps.empty()) {
    snapshots_ = record(std::make_unique<SnapshotRecorder>(*model_, std::move(steps)));
  }
  simulation_->start(options.past);
  if (options.past != nullptr) {
    go_on_from(world, options);
  }
  build_seconds_ = seconds() - began;
}

Run::~Run() = default;

void Run::go_on_from(const Communicator& world, const RunOptions& options) {
  const CheckpointInfo& there = options.past->info();
  if (simulation_->content_hash() != there.content_hash) {
    throw ContractError("step " + std::to_string(there.step) +
                        ": the state that was read has hash " +
                        hash_text(simulation_->content_hash()) + " (" +
                        hash_text(there.content_hash) + " was written). Tell its developers.");
  }
  together(world, [&] {
    if (world.rank() == 0) {
      recorded_.give_back(options.recorded);
      simulation_->recorded(recorded_);
      recorded_.done();
    }
  });
}

void Run::write_segment(const Segment& segment, bool anew) {
  if (anew) {
    recorded_ = {};
  }
  simulation_->recorded(recorded_);
  recorded_.write(segment);
}

std::string Run::when(Step step) const {
  const Calendar* calendar = model_->calendar();
  return calendar == nullptr ? "step " + std::to_string(step) : calendar->date_of(step).str();
}

Outcome Run::outcome() const {
  return {.seed = seed_,
          .content_hash = hash_text(simulation_->content_hash()),
          .figures = model_->figures()};
}

AgentId Run::agent_with(i64 id) const {
  const auto ids = model_->file_ids();
  if (ids.empty()) {
    const bool born_later = simulation_->population().kind(model_->kind()).listed();
    const i64 below = born_later ? no_agent : agents_;
    return id >= 0 && id < below ? static_cast<AgentId>(id) : no_agent;
  }
  const auto found = std::find(ids.begin(), ids.end(), id);
  return found == ids.end() ? no_agent : static_cast<AgentId>(found - ids.begin());
}

i64 Run::id_of(AgentId agent) const {
  const auto ids = model_->file_ids();
  return ids.empty() ? i64{agent} : ids[agent];
}

std::string Run::ids_in_words() const {
  if (!model_->file_ids().empty()) {
    return "ids are those of the file of " + model_->words().many;
  }
  const bool born_later = simulation_->population().kind(model_->kind()).listed();
  return born_later ? "ids are given in order of birth, from 0 on"
                    : "ids go from 0 to " + std::to_string(i64{agents_} - 1);
}

Results Run::results(const ScenarioFile& scenario) const {
  Results r;
  r.scenario = scenario.files.empty() ? std::string() : scenario.files.front();
  r.seed = seed_;
  r.content_hash = hash_text(simulation_->content_hash());
  r.schema_fingerprint = hash_text(simulation_->population().fingerprint());
  hashes_->write(r, model_->calendar());
  series_->write(r);
  model_->write(r);
  if (snapshots_ != nullptr) {
    snapshots_->write(r);
  }
  return r;
}

}  // namespace throng
