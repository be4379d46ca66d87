#include "scenarios/run.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>

#include "behaviors/epidemic/parameters.h"
#include "scenarios/assemble.h"
#include "scenarios/city/city.h"
#include "scenarios/city/town.h"
#include "scenarios/engine_parameters.h"
#include "scenarios/toml_text.h"
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

void refuse_scale(const Values& values, const CityTables& tables) {
  const double scale = values.get(scenario::population_scale), people = scale * tables.people();
  if (!(people >= 1 && people <= most_city_people)) {
    throw InputError(values.place_of("population.scale").str() + ": population.scale = " +
                     toml_number(scale) + " gives " + std::to_string(people) +
                     " people (1 to 4200000000 can be numbered). Choose another scale.");
  }
}

}  // namespace

Schema full_schema() { return builtin_catalog().schema(); }

std::unique_ptr<PopulationSource> source_of(const Values& values, u64 seed_offset) {
  const i64* own = values.find(scenario::population_seed);
  const auto seed = static_cast<u64>(own != nullptr ? *own : values.get(scenario::run_seed)) +
                    (own != nullptr ? 0 : seed_offset);
  switch (values.choice<PopulationKind>(scenario::population_kind)) {
    case PopulationKind::city: {
      CityTables tables = read_city_tables(tables_of(values));
      refuse_scale(values, tables);
      return std::make_unique<City>(std::move(tables), values.get(scenario::population_scale),
                                    seed);
    }
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

/// What a run is told, before anybody is built.
struct Inputs {
  std::unique_ptr<PopulationSource> source;
  person::Geography geography;
  std::shared_ptr<epidemic::Settings> settings;
  const UserSource* own = nullptr;  ///< where people come from files
};

Inputs read_inputs(const Values& values, u64 seed_offset) {
  Inputs in;
  in.source = source_of(values, seed_offset);
  in.own = dynamic_cast<const UserSource*>(in.source.get());
  in.geography = geography_of(*in.source);
  in.settings = std::make_shared<epidemic::Settings>(
      epidemic::settings_from(values, Calendar{values.get(scenario::run_start)},
                              static_cast<Step>(values.get(scenario::run_steps)), in.geography));
  read_seed_files(values, *in.source, *in.settings);
  refuse_r0_on_edges(values, *in.settings, in.own);
  return in;
}

/// Every rank reads the files of a population by itself, and they may be wrong on one machine
/// alone: then all throw, a rank without mistakes in the words of the first one that has any.
/// Collective.
void agree(const Communicator& world, const std::function<void()>& read) {
  std::exception_ptr mine;
  std::string words;
  try {
    read();
  } catch (const InputError& error) {
    mine = std::current_exception();
    words = "rank " + std::to_string(world.rank()) + ": " + error.what();
  }
  const int first =
      world.size() - static_cast<int>(world.maximum(mine ? world.size() - world.rank() : 0));
  if (first == world.size()) {
    return;
  }
  if (first != world.rank()) {
    words.clear();
  }
  const std::vector<char> told = world.gather(std::vector<char>(words.begin(), words.end()));
  words = world.broadcast(std::string(told.begin(), told.end()));
  if (mine) {
    std::rethrow_exception(mine);
  }
  throw InputError(words);
}

/// f(), whose mistakes are those of r0.
template <class F>
auto at_r0(const Values& values, F&& f) {
  try {
    return f();
  } catch (const InputError& error) {
    throw InputError(values.place_of("epidemic.r0").str() + ": " + error.what());
  }
}

double beta_for(const epidemic::NextGeneration& next, double r0, const Values& values) {
  if (const auto beta = next.beta_of(r0)) {
    return *beta;
  }
  const double most = epidemic::NextGeneration::largest_beta;
  throw InputError(values.place_of("epidemic.r0").str() + ": epidemic.r0 = " + toml_number(r0) +
                   " is out of reach (everybody a case can meet is too few: beta = " +
                   toml_number(most) + " gives " + std::to_string(next.leading(most).r0) +
                   "). Lower r0, or raise the contacts and their weights.");
}

}  // namespace

AgentId check_scenario(const ScenarioFile& scenario) {
  const Inputs in = read_inputs(scenario.values, 0);
  if (!in.settings->beta) {
    at_r0(scenario.values, [&] {
      for (u32 band = 0; band < in.settings->bands; ++band) {
        in.settings->history->courses(band);
      }
    });
  }
  return in.source->people();
}

Run::Run(const Communicator& world, const ScenarioFile& scenario, const RunOptions& options) {
  const double began = seconds();
  const Values& values = scenario.values;
  seed_ = static_cast<u64>(values.get(scenario::run_seed)) + options.seed_offset;
  steps_ = static_cast<Step>(values.get(scenario::run_steps));
  calendar_ = Calendar{values.get(scenario::run_start)};

  Inputs in;
  agree(world, [&] { in = read_inputs(values, options.seed_offset); });
  const PopulationSource* source = in.source.get();
  const UserSource* own = in.own;
  const person::Geography& geography = in.geography;
  settings_ = in.settings;
  people_ = source->people();

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
  }
  if (own == nullptr || own->edges().empty()) {
    auto mixing = count_mixing(world, population, *settings_);
    const auto next = [&] {
      return std::make_unique<epidemic::NextGeneration>(*settings_, std::move(mixing));
    };
    if (settings_->beta) {
      try {
        next_generation_ = next();
      } catch (const InputError&) {
        // A disease with too many courses to count has no R0 to report, and runs as well.
      }
    } else {
      next_generation_ = at_r0(values, next);
      beta_ = beta_for(*next_generation_, *settings_->r0, values);
    }
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
