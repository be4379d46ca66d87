#include "scenarios/models/epidemic.h"

#include <algorithm>
#include <cmath>

#include "behaviors/epidemic/columns.h"
#include "behaviors/epidemic/epidemic.h"
#include "behaviors/epidemic/parameters.h"
#include "behaviors/epidemic/stay_home_world.h"
#include "behaviors/person/columns.h"
#include "scenarios/assemble.h"
#include "scenarios/city/city.h"
#include "scenarios/city/town.h"
#include "scenarios/engine_parameters.h"
#include "scenarios/models/epidemic_parameters.h"
#include "scenarios/person_features.h"
#include "scenarios/run.h"
#include "scenarios/toml_text.h"
#include "scenarios/town_parameters.h"
#include "scenarios/user_source.h"
#include "sim/words.h"

namespace throng {
namespace {

/// A median of counts, to the next whole one.
std::string rounded(double n) { return grouped(static_cast<i64>(std::llround(n))); }

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

/// A city that is built smaller or larger is brought as many fewer or more.
void scale_importations(const Values& values, epidemic::Settings& settings) {
  if (values.choice<PopulationKind>(scenario::population_kind) != PopulationKind::city) {
    return;
  }
  for (epidemic::Importation& importation : settings.importations) {
    for (double& expected : importation.per_day) {
      expected *= values.get(scenario::population_scale);
    }
  }
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

// ---- whom it is about ---------------------------------------------------------------------------

EpidemicModel::EpidemicModel(const Setup& setup)
    : values_(setup.values),
      calendar_{setup.values.get(scenario::run_start)},
      seed_(setup.seed),
      age_bands_(setup.values.get(epidemic::parameters::age_bands)),
      source_(source_of(setup.values, setup.seed_offset)),
      geography_(geography_of(*source_)),
      settings_(std::make_shared<epidemic::Settings>(
          epidemic::settings_from(values_, calendar_, setup.steps, geography_))),
      folder_(setup.folder),
      asks_(setup.asks),
      labor_(LaborAssembly::of(setup, calendar_, geography_, settings_)) {
  read_seed_files(values_, *source_, *settings_);
  scale_importations(values_, *settings_);
  refuse_r0_on_edges(values_, *settings_, own());
  people_ = source_->people();
  if (own() != nullptr) {
    for (AgentId agent = 0; agent < people_; ++agent) {
      file_ids_.push_back(own()->file_id_of(agent));
    }
    for (u32 place = 0; place < source_->places(); ++place) {
      file_places_.push_back(own()->file_id_of_place(place));
    }
  }
}

EpidemicModel::~EpidemicModel() = default;

const UserSource* EpidemicModel::own() const {
  return dynamic_cast<const UserSource*>(source_.get());
}

std::string_view EpidemicModel::kind() const { return person::kind; }

void EpidemicModel::check() const {
  if (epidemic::archetypes_stay_home(values_)) {
    DecisionAssembly(section(), stay_home(),
                     {.world = {}, .folder = {}, .seed = seed_, .asks = false});
  }
  if (labor_ != nullptr) {
    labor_->check();
  }
  if (!settings_->beta) {
    at_r0(values_, [&] {
      for (u32 band = 0; band < settings_->bands; ++band) {
        settings_->history->courses(band);
      }
    });
  }
}

void EpidemicModel::add_edges(Population& population) const {
  if (own() != nullptr && !own()->edges().empty()) {
    population.add_edges(std::string(person::edge_network),
                         Edges(population.kind(person::kind), own()->edges()));
  }
}

void EpidemicModel::find_rate(const Communicator& world, Population& population) {
  if (settings_->beta) {
    beta_ = *settings_->beta;
  }
  if (own() != nullptr && !own()->edges().empty()) {
    return;
  }
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
    next_generation_ = at_r0(values_, next);
    beta_ = beta_for(*next_generation_, *settings_->r0, values_);
  }
}

Population EpidemicModel::populate(const Layout& layout) {
  const Communicator& world = layout.world();
  Population population =
      build_by_geography(world, *source_, geography_, {.age_bands = age_bands_, .seed = seed_});
  add_edges(population);
  add_networks(world, population);
  find_rate(world, population);
  if (layout.scatter() || layout.shuffle() != 0) {
    population =
        redistribute(world, std::move(population), geography_, layout.scatter(), layout.shuffle());
    add_edges(population);
    add_networks(world, population);
  }
  add_decision(world, population);
  if (labor_ != nullptr) {
    labor_->populate(world, population);
  }
  source_.reset();
  geography_ = {};
  return population;
}

const Values& EpidemicModel::section() const {
  const Values* section = values_.find_table("decision.stay_home");
  if (section == nullptr) {
    throw InputError(values_.place_of("epidemic.stay_home.provider").str() +
                     ": epidemic.stay_home.provider is 'archetypes' but nothing says who is asked "
                     "what (there is no section decision.stay_home). Add it.");
  }
  return *section;
}

namespace {

/// What one can tell of oneself; it changes.
RowFeature health(const epidemic::NaturalHistory& history) {
  RowFeature f;
  f.feature.name = "health";
  f.feature.unit = "label";
  f.feature.doc = "Whether one has symptoms of the disease.";
  f.feature.labels = {"no symptoms", "symptoms"};
  f.feature.numbers = {0, 1};
  f.column = epidemic::stage.name;
  for (const epidemic::Stage& stage : history.stages()) {
    f.label_of.push_back(stage.symptomatic ? 1 : 0);
  }
  return f;
}

}  // namespace

DecisionOffer EpidemicModel::stay_home() const {
  DecisionOffer offer;
  offer.name = "stay_home";
  offer.kind = person::kind;
  offer.group_column = person::household_position.name;
  offer.every = settings_->stay_home.every;
  offer.last_step = settings_->steps;
  const bool in_dollars =
      values_.choice<PopulationKind>(scenario::population_kind) == PopulationKind::city;
  offer.row_feature = [this, in_dollars](const std::string& name, const std::vector<i64>& bands) {
    if (name == "health" && bands.empty()) {
      return health(*settings_->history);
    }
    return person_feature(name, bands, {.geography = geography_, .income_in_dollars = in_dollars});
  };
  offer.circumstances = [this](std::vector<std::string> features, const std::vector<i64>& bands) {
    const std::span own(epidemic::case_bands);
    return std::make_shared<epidemic::StayHomeWorld>(
        *settings_, std::move(features),
        bands.empty() ? std::vector<i64>(own.begin(), own.end()) : bands);
  };
  const auto coefficients = epidemic::stay_home_rule(values_);
  const auto& lattice = section().get(decision::lattice);
  const auto mentions = [&](std::string_view feature) {
    return std::find(lattice.begin(), lattice.end(), feature) != lattice.end();
  };
  if (!coefficients) {
    offer.why_no_rule =
        "the rule has no coefficients (epidemic.stay_home.intercept, order and cases). Give them.";
  } else if (!mentions(epidemic::reported_cases_feature) || !mentions(epidemic::order_feature)) {
    offer.why_no_rule =
        "the rule wants reported_cases and order_in_force in the lattice. Add them.";
  } else {
    offer.rule = std::make_shared<epidemic::BandedRule>(*coefficients);
  }
  return offer;
}

void EpidemicModel::add_decision(const Communicator& world, Population& population) {
  if (!epidemic::archetypes_stay_home(values_)) {
    return;
  }
  decision_ = std::make_unique<DecisionAssembly>(
      section(), stay_home(),
      DecisionPlace{.world = world, .folder = folder_, .seed = seed_, .asks = asks_});
  settings_->stay_home.decision = decision_->decision();
  for (const auto* features : {&decision::archetype, &decision::persona}) {
    const auto& names = section().get(*features);
    Kind& people = population.kind(person::kind);
    if (std::find(names.begin(), names.end(), "health") != names.end() &&
        people.find(epidemic::stage.name) == nullptr) {
      epidemic::add_stages(people, *settings_->history);
    }
  }
  decision_->decision()->populate(world, population, seed_);
}

void EpidemicModel::add_to(Simulation& simulation) {
  epidemic::add_to(simulation, settings_, beta_);
  const bool by_group =
      values_.choice<SeriesDetail>(scenario::output_series) != SeriesDetail::total;
  auto daily = std::make_unique<EpidemicSeries>(settings_, age_bands_, by_group);
  daily_ = daily.get();
  simulation.add_recorder(std::move(daily));
  if (decision_ != nullptr) {
    simulation.add_recorder(decision_->recorder());
  }
  if (labor_ != nullptr) {
    labor_->add_to(simulation);
  }
  if (values_.get(scenario::output_transmission_log)) {
    auto log = std::make_unique<TransmissionRecorder>();
    transmissions_ = log.get();
    simulation.add_recorder(std::move(log));
  }
}

void EpidemicModel::write(Results& results) const {
  daily_->write(results);
  if (decision_ != nullptr) {
    decision_->write(results);
  }
  if (labor_ != nullptr) {
    labor_->write(results);
  }
  if (transmissions_ != nullptr) {
    transmissions_->write(results, {.people = file_ids_, .places = file_places_});
  }
}

std::vector<const DecisionAssembly*> EpidemicModel::decisions() const {
  std::vector<const DecisionAssembly*> all;
  if (decision_ != nullptr) {
    all.push_back(decision_.get());
  }
  if (labor_ != nullptr && labor_->decision() != nullptr) {
    all.push_back(labor_->decision());
  }
  return all;
}

// ---- what a run says ----------------------------------------------------------------------------

std::string EpidemicModel::progress() const {
  const auto counts = daily_->stage_counts();
  const auto& stages = settings_->history->stages();
  std::string line;
  for (std::size_t s = 0; s < counts.size(); ++s) {
    line += "  " + first_characters(stages[s].name, stages.size() > 5 ? 4 : 11) + " " +
            short_count(counts[s]);
  }
  return line;
}

std::vector<Figure> EpidemicModel::built() const {
  std::vector<Figure> found = {{.name = "beta", .value = beta_}};
  if (decision_ != nullptr && !decision_->provenance().empty()) {
    found.push_back(
        {.name = "surrogate", .type = Figure::Type::text, .text = decision_->provenance()});
  }
  return found;
}

std::vector<Figure> EpidemicModel::figures() const {
  using enum Figure::Type;
  const auto s = daily_->summary();
  const auto count_of = [](const char* name, i64 n) {
    return Figure{.name = name, .type = count, .value = static_cast<double>(n)};
  };
  Figure infections = count_of("infections", s.infections), deaths = count_of("deaths", s.deaths);
  infections.headline = deaths.headline = true;
  Figure beds = count_of("peak_beds", s.peak_beds);
  beds.in_json = false;
  std::vector<Figure> all = {
      {.name = "attack_rate", .value = s.attack_rate(), .headline = true},
      infections,
      deaths,
      count_of("reported_cases", s.reported),
      count_of("peak_infections", s.peak_infections),
      {.name = "peak_date",
       .type = text,
       .text = s.peak_step ? calendar_.date_of(*s.peak_step).str() : std::string()},
      {.name = "beta", .value = beta_},
      {.name = "generation_time_days", .value = daily_->mean_generation_time()},
      {.name = "presymptomatic_share", .value = daily_->presymptomatic_share()},
      beds};
  if (decision_ != nullptr) {
    const LedgerTotals asked = decision_->totals();
    const auto add = [&](const char* name, double value) {
      all.push_back(count_of(name, static_cast<i64>(value)));
    };
    add("questions", static_cast<double>(decision_->questions()));
    add("calls", static_cast<double>(asked.calls));
    add("tokens", static_cast<double>(asked.prompt_tokens + asked.completion_tokens));
    all.push_back({.name = "cost", .value = static_cast<double>(asked.cost) * 1e-6});
    all.push_back({.name = "degraded_share", .value = decision_->degraded_share()});
  }
  if (next_generation_ != nullptr) {
    all.push_back({.name = "r0", .value = next_generation_->leading(beta_).r0});
    all.push_back(
        {.name = "household_attack_rate", .value = next_generation_->household_attack_rate(beta_)});
  }
  if (labor_ != nullptr) {
    const auto of_work = labor_->figures();
    all.insert(all.end(), of_work.begin(), of_work.end());
  }
  return all;
}

std::vector<Curve> EpidemicModel::curves() const {
  Results r;
  daily_->write(r);
  std::vector<Curve> curves;
  for (const auto& [title, name] : {std::pair{"Infections", "infections"}, {"Deaths", "deaths"}}) {
    for (const Series& s : r.series) {
      if (s.name == name) {
        const auto& v = std::get<std::vector<i64>>(s.values);
        const std::size_t days = daily_->days(), width = v.size() / days;
        Curve curve{.title = title, .values = {}};
        for (std::size_t d = 0; d < days; ++d) {
          i64 sum = 0;
          for (std::size_t k = 0; k < width; ++k) {
            sum += v[d * width + k];
          }
          curve.values.push_back(sum);
        }
        curves.push_back(std::move(curve));
      }
    }
  }
  if (labor_ != nullptr) {
    const auto of_work = labor_->curves();
    curves.insert(curves.end(), of_work.begin(), of_work.end());
  }
  return curves;
}

std::string EpidemicModel::spread(std::span<const Outcome> outcomes) const {
  const auto range = [&](std::string_view name) {
    const auto less = [&](const Outcome& a, const Outcome& b) {
      return a.value(name) < b.value(name);
    };
    const auto [low, high] = std::minmax_element(outcomes.begin(), outcomes.end(), less);
    return std::pair(low->value(name), high->value(name));
  };
  const auto [low, high] = range("attack_rate");
  const auto [few, many] = range("deaths");
  return formatted("  attack rate        from %.1f to %.1f %%\n", 100 * low, 100 * high) +
         formatted("  deaths             from %s to %s\n", rounded(few).c_str(),
                   rounded(many).c_str());
}

std::string EpidemicModel::in_brief(const Outcome& outcome) const {
  return formatted("attack rate %.1f %%, deaths %s", 100 * outcome.value("attack_rate"),
                   rounded(outcome.value("deaths")).c_str());
}

std::string EpidemicModel::summary(const Outcome& m) const {
  std::string t = formatted("infections           %s  (attack rate %.1f %%)\n",
                            rounded(m.value("infections")).c_str(), 100 * m.value("attack_rate"));
  if (m.value("peak_infections") > 0) {
    const std::string date(m.text("peak_date"));
    t += formatted("peak                 %s infections on %s\n",
                   rounded(m.value("peak_infections")).c_str(),
                   date.empty() ? "the worst day of each" : date.c_str());
  }
  t += formatted("deaths               %s\n", rounded(m.value("deaths")).c_str());
  t += formatted("hospital beds        at most %s in use\n", rounded(m.value("peak_beds")).c_str());
  t += formatted("reported cases       %s\n", rounded(m.value("reported_cases")).c_str());
  if (decision_ != nullptr) {
    t += formatted(
        "staying home         %s questions, %s calls, cost %.2f, %.3g %% of people on a "
        "fallback\nanswers of           %s\n",
        rounded(m.value("questions")).c_str(), rounded(m.value("calls")).c_str(), m.value("cost"),
        100 * m.value("degraded_share"), decision_->answered_by().c_str());
  }
  t += labor_ != nullptr ? labor_->summary(m) : std::string();
  const auto& history = *settings_->history;
  std::vector<double> bands(settings_->bands, 1.0 / settings_->bands);
  if (next_generation_ != nullptr) {
    std::fill(bands.begin(), bands.end(), 0.0);
    const auto& c = next_generation_->counts();
    for (u32 type = 0; type < c.types; ++type) {
      bands[c.band_of(type)] += static_cast<double>(c.people[type]) / people_;
    }
    t += formatted("R0                   %.2f  (beta %.5f per contact-day at weight 1)\n",
                   m.value("r0"), m.value("beta"));
    t += "household attack     " + number_or_dash("%.3f", m.value("household_attack_rate")) +
         " of household contacts of a case\n";
  }
  const auto table = history.summary(bands);
  t +=
      "generation time      " + number_or_dash("%.2f days", m.value("generation_time_days")) +
      formatted(" here; %.2f (sd %.2f) by the table\n", table.generation_mean, table.generation_sd);
  if (history.infects_before_symptoms()) {
    t += "before symptoms      " +
         number_or_dash("%.0f %%", 100 * m.value("presymptomatic_share")) +
         formatted(" of infections by those who get any; %.0f %% by the table\n",
                   100 * table.presymptomatic_share);
  }
  return t;
}

// ---- its entry ----------------------------------------------------------------------------------

namespace {

void declare(Schema& schema) {
  declare_calendar(schema);
  schema.add(scenario::output_transmission_log).add(scenario::output_series);
  declare_people(schema);
  epidemic::declare(schema);
  schema.fields().section("decision", "Decisions that archetypes of people are asked for.");
  schema.fields().optional_table(
      "decision.stay_home",
      "Who stays home in the next days, where epidemic.stay_home.provider is "
      "'archetypes'.",
      decision_fields());
  declare_labor(schema);
}

std::vector<ModelEntry::Warning> warn(const Values& values) {
  if (epidemic::seeded(values)) {
    return {};
  }
  return {{"seed",
           "nobody is infected in this scenario (it has no epidemic.seed with a count or a file, "
           "and no epidemic.importation). Add one to see an epidemic."}};
}

/// A few people, so that every behavior binds and says what it touches.
constexpr char example[] = R"([population]
kind = "town"
[population.town]
people = 200
neighborhoods = 1
[epidemic]
beta = 0.05
[[epidemic.stage]]
name = "susceptible"
[[epidemic.stage]]
name = "infectious"
infectiousness = 1.0
next = [{to = "recovered", dwell = {kind = "geometric", mean = 5.0}}]
[[epidemic.stage]]
name = "recovered"
[epidemic.stay_home]
provider = "rule"
intercept = -4.0
order = 1.0
cases = 0.1
[labor]
enabled = true
separation = 0.034
[labor.works]
provider = "rule"
intercept = 3.0
[money]
enabled = true
[money.pay]
mean = 1000.0
[[money.stimulus]]
date = 2020-01-02
adult = 100.0
child = 50.0
[money.spending]
moves_demand = 0.5
)";

}  // namespace

ModelEntry epidemic_model() {
  return {.name = "epidemic",
          .doc = "An infectious disease among people, and what is done about it.",
          .declare = declare,
          .make = [](const Setup& setup) { return std::make_unique<EpidemicModel>(setup); },
          .warn = warn,
          .example = example};
}

const EpidemicModel& epidemic_of(const Model& model) {
  const auto* epidemic = dynamic_cast<const EpidemicModel*>(&model);
  ensures(epidemic != nullptr, "who asks for the epidemic of a run asks a run of one");
  return *epidemic;
}

const EpidemicModel& epidemic_of(const Run& run) { return epidemic_of(run.model()); }

}  // namespace throng
