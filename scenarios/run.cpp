#include "scenarios/run.h"

#include <algorithm>
#include <chrono>

#include "behaviors/epidemic/parameters.h"
#include "scenarios/assemble.h"
#include "scenarios/city/city.h"
#include "scenarios/city/town.h"
#include "scenarios/engine_parameters.h"
#include "scenarios/town_parameters.h"
#include "sim/words.h"

namespace throng {
namespace {

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Where the shipped tables stand when a scenario names none: beside the scenario's own folder.
std::filesystem::path tables_of(const Values& values) {
  if (const FilePath* given = values.find(scenario::population_tables)) {
    return given->text;
  }
  throw InputError(values.place_of("population.kind").str() +
                   ": population.kind is 'city' but no folder of tables is named (a city is "
                   "synthesized from tables). "
                   "Set population.tables, or build on scenarios/nyc/nyc.toml.");
}

}  // namespace

Schema full_schema() { return builtin_catalog().schema(); }

std::unique_ptr<PopulationSource> source_of(const Values& values, u64 seed_offset) {
  const i64* own = values.find(scenario::population_seed);
  const auto seed = static_cast<u64>(own != nullptr ? *own : values.get(scenario::run_seed)) +
                    (own != nullptr ? 0 : seed_offset);
  switch (values.choice<PopulationKind>(scenario::population_kind)) {
    case PopulationKind::city:
      return std::make_unique<City>(read_city_tables(tables_of(values)),
                                    values.get(scenario::population_scale), seed);
    case PopulationKind::town: {
      TownParameters town = town_parameters(values);
      town.seed = seed;
      return std::make_unique<Town>(town);
    }
    case PopulationKind::files:
      return std::make_unique<UserSource>(read_user_population(user_files(values)));
  }
  return nullptr;
}

namespace {

/// Seeds named by files, as ids.
void read_seed_files(const Values& values, const PopulationSource& source,
                     epidemic::Settings& settings) {
  for (const auto& file : epidemic::seed_files(values)) {
    const auto* own = dynamic_cast<const UserSource*>(&source);
    if (own == nullptr) {
      throw InputError(file.place.str() +
                       ": a file of seeds names people of no file (the population is synthetic: "
                       "its ids mean nothing). "
                       "Give a count, or set population.kind = \"files\".");
    }
    settings.seeds[file.index].people = read_people_list(file.path, *own);
  }
}

void refuse_r0_on_edges(const Values& values, const epidemic::Settings& settings,
                        const UserSource* own) {
  if (!settings.beta && own != nullptr && !own->edges().empty()) {
    throw InputError(
        values.place_of("epidemic.r0").str() +
        ": epidemic.r0 does not fix the rate of a network of your own (R0 is defined by the layers "
        "of a "
        "synthetic population). Give epidemic.beta, the rate per contact-day at weight 1.");
  }
}

}  // namespace

AgentId check_scenario(const ScenarioFile& scenario) {
  const Values& values = scenario.values;
  const auto source = source_of(values);
  auto settings = epidemic::settings_from(values, Calendar{values.get(scenario::run_start)},
                                          static_cast<Step>(values.get(scenario::run_steps)),
                                          geography_of(*source));
  read_seed_files(values, *source, settings);
  refuse_r0_on_edges(values, settings, dynamic_cast<const UserSource*>(source.get()));
  return source->people();
}

Run::Run(const Communicator& world, const ScenarioFile& scenario, const RunOptions& options) {
  const double began = seconds();
  const Values& values = scenario.values;
  seed_ = static_cast<u64>(values.get(scenario::run_seed)) + options.seed_offset;
  steps_ = static_cast<Step>(values.get(scenario::run_steps));
  calendar_ = Calendar{values.get(scenario::run_start)};

  const auto source = source_of(values, options.seed_offset);
  people_ = source->people();
  const auto* own = dynamic_cast<const UserSource*>(source.get());
  const person::Geography geography = geography_of(*source);
  settings_ = std::make_shared<epidemic::Settings>(
      epidemic::settings_from(values, calendar_, steps_, geography));
  read_seed_files(values, *source, *settings_);
  refuse_r0_on_edges(values, *settings_, own);

  if (own != nullptr) {
    for (AgentId agent = 0; agent < people_; ++agent) {
      file_ids_.push_back(own->file_id_of(agent));
    }
    for (u32 place = 0; place < source->places(); ++place) {
      file_places_.push_back(own->file_id_of_place(place));
    }
  }

  const AssembleOptions assemble = {.age_bands = values.get(epidemic::parameters::age_bands),
                                    .seed = seed_};
  Population population = build_by_geography(world, *source, geography, assemble);
  if (own != nullptr && !own->edges().empty()) {
    population.add_edges(std::string(person::edge_network),
                         Edges(population.kind(person::kind), own->edges()));
  }
  add_networks(world, population);
  if (settings_->beta) {
    beta_ = *settings_->beta;
  } else {
    next_generation_ = std::make_unique<epidemic::NextGeneration>(
        *settings_, count_mixing(world, population, *settings_));
    beta_ = next_generation_->beta_of(*settings_->r0);
  }
  const bool scatter =
      values.choice<PartitionKind>(scenario::partition_kind) == PartitionKind::scatter;
  if (scatter || options.shuffle_rows != 0) {
    population =
        redistribute(world, std::move(population), geography, scatter, options.shuffle_rows);
    if (own != nullptr && !own->edges().empty()) {
      population.add_edges(std::string(person::edge_network),
                           Edges(population.kind(person::kind), own->edges()));
    }
    add_networks(world, population);
  }

  SimulationOptions simulation = {
      .seed = seed_, .shuffle_messages = options.shuffle_messages, .tracer = options.tracer};
  if (options.check_order) {
    simulation.check_order = *options.check_order;
  }
  simulation_ = std::make_unique<Simulation>(world, std::move(population), simulation);
  const Assembly assembly = {.values = values,
                             .calendar = calendar_,
                             .steps = steps_,
                             .epidemic = settings_,
                             .beta = beta_};
  for (const Domain& domain : options.catalog.domains()) {
    domain.add(*simulation_, assembly);
  }
  const bool by_group = values.choice<SeriesDetail>(scenario::output_series) != SeriesDetail::total;
  auto series =
      std::make_unique<SeriesRecorder>(settings_, assemble.age_bands, calendar_, by_group);
  series_ = series.get();
  simulation_->add_recorder(std::move(series));
  if (values.get(scenario::output_transmission_log)) {
    auto log = std::make_unique<TransmissionRecorder>();
    transmissions_ = log.get();
    simulation_->add_recorder(std::move(log));
  }
  if (const auto& dates = values.get(scenario::output_snapshots); !dates.empty()) {
    std::vector<Step> steps;
    for (const Date& d : dates) {
      steps.push_back(calendar_.step_of(d));
    }
    auto snapshots = std::make_unique<SnapshotRecorder>(std::move(steps));
    snapshots_ = snapshots.get();
    simulation_->add_recorder(std::move(snapshots));
  }
  simulation_->start();
  build_seconds_ = seconds() - began;
}

AgentId Run::agent_with(i64 id) const {
  if (file_ids_.empty()) {
    return id >= 0 && id < i64{people_} ? static_cast<AgentId>(id) : no_agent;
  }
  const auto found = std::find(file_ids_.begin(), file_ids_.end(), id);
  return found == file_ids_.end() ? no_agent : static_cast<AgentId>(found - file_ids_.begin());
}

std::string Run::ids_in_words() const {
  return file_ids_.empty() ? "ids go from 0 to " + std::to_string(people_ - 1)
                           : "ids are those of the file of people";
}

Results Run::results(const ScenarioFile& scenario) const {
  Results r;
  r.scenario = scenario.files.empty() ? std::string() : scenario.files.front();
  r.seed = seed_;
  r.content_hash = hash_text(simulation_->content_hash());
  r.schema_fingerprint = hash_text(simulation_->population().fingerprint());
  series_->write(r);
  if (transmissions_ != nullptr) {
    transmissions_->write(r, {.people = file_ids_, .places = file_places_});
  }
  if (snapshots_ != nullptr) {
    snapshots_->write(r, file_ids_);
  }
  return r;
}

}  // namespace throng
