#include "scenarios/models/labor.h"

#include <algorithm>
#include <cmath>

#include "behaviors/labor/columns.h"
#include "behaviors/labor/labor.h"
#include "behaviors/labor/parameters.h"
#include "behaviors/person/columns.h"
#include "scenarios/engine_parameters.h"
#include "scenarios/models/epidemic_parameters.h"
#include "scenarios/models/work_world.h"
#include "scenarios/person_features.h"
#include "sim/words.h"

namespace throng {
namespace {

std::string rounded(double n) { return grouped(static_cast<i64>(std::llround(n))); }

}  // namespace

std::unique_ptr<LaborAssembly> LaborAssembly::of(const Setup& setup, const Calendar& calendar,
                                                 const person::Geography& geography,
                                                 std::shared_ptr<epidemic::Settings> epidemic) {
  if (!labor::enabled(setup.values)) {
    return nullptr;
  }
  return std::unique_ptr<LaborAssembly>(
      new LaborAssembly(setup, calendar, geography, std::move(epidemic)));
}

LaborAssembly::LaborAssembly(const Setup& setup, const Calendar& calendar,
                             const person::Geography& geography,
                             std::shared_ptr<epidemic::Settings> epidemic)
    : values_(setup.values),
      calendar_(calendar),
      seed_(setup.seed),
      folder_(setup.folder),
      asks_(setup.asks),
      geography_(geography),
      epidemic_(std::move(epidemic)),
      settings_(std::make_shared<labor::Settings>(
          labor::settings_from(values_, calendar, setup.steps, geography,
                               epidemic_->measures.sectors_closed, epidemic_->bands))),
      money_(MoneyAssembly::of(setup, calendar, geography, settings_->bands)) {}

LaborAssembly::~LaborAssembly() = default;

// ---- who would work -----------------------------------------------------------------------------

const Values& LaborAssembly::section() const {
  const Values* found = values_.find_table("decision.works");
  if (found == nullptr) {
    throw InputError(values_.place_of("labor.works.provider").str() +
                     ": labor.works.provider is 'archetypes' but nothing says who is asked what "
                     "(there is no section decision.works). Add it.");
  }
  return *found;
}

std::vector<double> LaborAssembly::added_benefits() const {
  if (!money_) {
    return labor::added_benefits(values_, calendar_, settings_->steps);
  }
  std::vector<double> paid;
  for (const labor::BenefitEra& era : money_->settings().benefits.eras) {
    paid.insert(paid.end(), era.to - era.from, static_cast<double>(era.supplement) / 100);
  }
  return paid;
}

std::shared_ptr<Circumstances> LaborAssembly::circumstances(
    std::vector<std::string> features, const std::vector<i64>& bands_of_cases) const {
  const std::span bands(epidemic::case_bands);
  return std::make_shared<WorkWorld>(
      *epidemic_, std::move(features),
      bands_of_cases.empty() ? std::vector<i64>(bands.begin(), bands.end()) : bands_of_cases,
      added_benefits());
}

DecisionOffer LaborAssembly::works() const {
  DecisionOffer offer;
  offer.name = "works";
  offer.kind = person::kind;
  offer.group_column = person::household_position.name;
  offer.every = settings_->every;
  offer.last_step = settings_->steps;
  const bool in_dollars =
      values_.choice<PopulationKind>(scenario::population_kind) == PopulationKind::city;
  offer.row_feature = [this, in_dollars](const std::string& name, const std::vector<i64>& bands) {
    return person_feature(name, bands, {.geography = geography_, .income_in_dollars = in_dollars});
  };
  offer.circumstances = [this](std::vector<std::string> features, const std::vector<i64>& bands) {
    return circumstances(std::move(features), bands);
  };
  const auto rule = labor::work_rule(values_);
  const auto& lattice = section().get(decision::lattice);
  const auto mentions = [&](std::string_view feature) {
    return std::find(lattice.begin(), lattice.end(), feature) != lattice.end();
  };
  if (!rule) {
    offer.why_no_rule = "the rule has no labor.works.intercept. Give it.";
  } else if (!mentions(epidemic::reported_cases_feature) || !mentions(benefits_feature)) {
    offer.why_no_rule =
        "the rule wants reported_cases and added_benefits in the lattice. Add them.";
  } else {
    offer.rule = std::make_shared<BandedWorkRule>(*rule);
  }
  return offer;
}

std::shared_ptr<ArchetypeDecision> LaborAssembly::by_rule() const {
  DecisionSettings s;
  s.name = "works";
  s.kind = person::kind;
  s.archetype = {person_feature("borough", {}, {.geography = geography_})};
  s.every = settings_->every;
  s.last_step = settings_->steps;
  s.group_column = person::household_position.name;
  s.circumstances = circumstances(
      {std::string(epidemic::reported_cases_feature), std::string(benefits_feature)}, {});
  s.provider = std::make_shared<BandedWorkRule>(labor::work_rule(values_).value());
  return std::make_shared<ArchetypeDecision>(std::move(s));
}

void LaborAssembly::check() const {
  if (labor::works_provider(values_) == labor::WorksProvider::archetypes) {
    DecisionAssembly(section(), works(), {.world = {}, .folder = {}, .seed = seed_, .asks = false});
  }
}

// ---- put together -------------------------------------------------------------------------------

void LaborAssembly::populate(const Communicator& world, Population& population) {
  labor::populate(world, population, *settings_, seed_);
  switch (labor::works_provider(values_)) {
    case labor::WorksProvider::none:
      break;
    case labor::WorksProvider::rule:
      settings_->works = by_rule();
      break;
    case labor::WorksProvider::archetypes:
      assembly_ = std::make_unique<DecisionAssembly>(
          section(), works(),
          DecisionPlace{.world = world, .folder = folder_, .seed = seed_, .asks = asks_});
      settings_->works = assembly_->decision();
      break;
  }
  if (settings_->works != nullptr) {
    settings_->works->populate(world, population, seed_);
  }
  epidemic_->work = {.known = true, .would = settings_->works};
  if (money_ != nullptr) {
    money_->populate(world, population);
  }
}

void LaborAssembly::add_to(Simulation& simulation) {
  labor::add_to(simulation, settings_);
  if (settings_->works != nullptr) {
    simulation.add_substep("decision", settings_->works->asker());
  }
  auto daily = std::make_unique<LaborSeries>(settings_, geography_.boroughs, geography_.sectors);
  daily_ = daily.get();
  simulation.add_recorder(std::move(daily));
  if (assembly_ != nullptr) {
    simulation.add_recorder(assembly_->recorder());
  }
  if (money_ != nullptr) {
    money_->add_to(simulation);
  }
}

void LaborAssembly::write(Results& results) const {
  daily_->write(results);
  if (assembly_ != nullptr) {
    assembly_->write(results);
  }
  if (money_ != nullptr) {
    money_->write(results);
  }
}

// ---- what a run says ----------------------------------------------------------------------------

std::vector<Figure> LaborAssembly::figures() const {
  using enum Figure::Type;
  const auto s = daily_->summary();
  const auto count_of = [](const char* name, i64 n) {
    return Figure{.name = name, .type = count, .value = static_cast<double>(n)};
  };
  std::vector<Figure> all = {{.name = "unemployment_rate", .value = s.rate, .headline = true},
                             {.name = "peak_unemployment_rate", .value = s.peak_rate},
                             {.name = "peak_unemployment_date",
                              .type = text,
                              .text = calendar_.date_of(s.peak_step).str()},
                             count_of("labor_force", s.labor_force),
                             count_of("initial_claims", s.claims),
                             count_of("layoffs", s.layoffs),
                             count_of("recalls", s.recalls),
                             count_of("hires", s.hires)};
  if (money_ != nullptr) {
    const auto of_money = money_->figures();
    all.insert(all.end(), of_money.begin(), of_money.end());
  }
  return all;
}

std::vector<Curve> LaborAssembly::curves() const {
  return {{.title = "Unemployed", .values = daily_->unemployed()}};
}

std::string LaborAssembly::summary(const Outcome& m) const {
  const std::string date(m.text("peak_unemployment_date"));
  return formatted("unemployment         %.1f %% at the end, at most %.1f %% on %s\n",
                   100 * m.value("unemployment_rate"), 100 * m.value("peak_unemployment_rate"),
                   date.empty() ? "the worst day of each" : date.c_str()) +
         formatted("work                 %s layoffs, %s recalls, %s hires, %s claims filed\n",
                   rounded(m.value("layoffs")).c_str(), rounded(m.value("recalls")).c_str(),
                   rounded(m.value("hires")).c_str(), rounded(m.value("initial_claims")).c_str()) +
         (money_ != nullptr ? money_->summary(m) : std::string());
}

void declare_labor(Schema& schema) {
  labor::declare(schema);
  schema.fields().optional_table(
      "decision.works",
      "Who would work in the next days, where labor.works.provider is 'archetypes'.",
      decision_fields());
  declare_money(schema);
}

}  // namespace throng
