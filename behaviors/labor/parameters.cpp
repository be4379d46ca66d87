#include "behaviors/labor/parameters.h"

#include <algorithm>

#include "sim/mistakes.h"
#include "sim/words.h"

namespace throng::labor {
namespace {
using namespace parameters;

void check_start(const Values& values, const CrossCheck::Complain& complain) {
  const bool by_rate = values.find(unemployment) != nullptr || !values.map(unemployment_of).empty();
  const bool by_loss = values.find(separation) != nullptr;
  if (by_rate && by_loss) {
    complain("labor.separation",
             "labor.separation and labor.unemployment are both given (each follows from the "
             "other). Remove one.");
  } else if (values.get(parameters::enabled) && !by_rate && !by_loss) {
    complain("labor.enabled",
             "labor.unemployment is missing, and so is labor.separation (one of them says how many "
             "have no work). Give one.");
  }
}

void check_ages(const Values& values, const CrossCheck::Complain& complain) {
  if (values.get(age_from) > values.get(age_to)) {
    complain("labor.age_from",
             "labor.age_from lies above labor.age_to (nobody would be of that age). "
             "Exchange them.");
  }
}

void check_works(const Values& values, const CrossCheck::Complain& complain) {
  const auto by = values.choice<WorksProvider>(provider);
  if (by == WorksProvider::rule && values.find(works_intercept) == nullptr) {
    complain("labor.works.provider",
             "labor.works.intercept is missing (labor.works.provider is 'rule', which needs it). "
             "Add it.");
  }
  if (by != WorksProvider::none && !values.get(parameters::enabled)) {
    complain("labor.works.provider",
             "labor.works.provider asks who would work where nobody does (labor.enabled is false). "
             "Set labor.enabled, or remove it.");
  }
}

class Builder {
 public:
  Builder(const Values& values, const Calendar& calendar, Step steps,
          const person::Geography& geography)
      : values_(values), calendar_(calendar), steps_(steps), geography_(geography) {}

  Settings all(std::vector<double> closed, u32 bands) {
    Settings s;
    s.steps = steps_;
    s.every = static_cast<u32>(values_.get(every));
    s.sectors = static_cast<u32>(geography_.sectors.size());
    s.boroughs = static_cast<u32>(geography_.boroughs.size());
    s.bands = bands;
    s.borough_of_residence = geography_.borough_of;
    for (u32 h = 0; h + 1 < geography_.first_place.size(); ++h) {
      s.borough_of_place.resize(geography_.first_place[h + 1], geography_.borough_of[h]);
    }
    check_people(s);
    s.age_from = static_cast<u32>(values_.get(age_from));
    s.age_to = static_cast<u32>(values_.get(age_to));
    rates(s);
    s.vacancy_rate = values_.get(vacancy_rate);
    s.elasticity = values_.get(elasticity);
    s.closed = std::move(closed);
    losses(s);
    s.layoff_speed = values_.get(layoff_speed);
    s.temporary_share = values_.get(temporary);
    s.recall = over_days(values_.get(recall), s.every);
    s.turns_permanent = over_days(values_.get(turns_permanent), s.every);
    s.laid_off_file = values_.get(laid_off_file);
    s.separated_file = values_.get(separated_file);
    for (Step step = 0; step <= steps_; ++step) {
      s.filing_delay.push_back(values_.get(filing_delay).on(calendar_.date_of(step)));
    }
    mistakes_.throw_if_any();
    return s;
  }

 private:
  void check_people(const Settings& s) {
    if (s.sectors == 0) {
      mistakes_.add(values_.place_of("labor.enabled"), "labor.sectors",
                    "labor.enabled: nobody of this population can work (one of files has no "
                    "sectors). Use a city or a town, or remove it.");
    }
    if (u64{s.sectors} * s.markets_of_sector() >= 65535) {
      mistakes_.add(values_.place_of("labor.enabled"), "labor.markets",
                    "labor.enabled: " + std::to_string(s.sectors) + " sectors in " +
                        std::to_string(s.boroughs) +
                        " boroughs are too many markets (65,534 at most). Use fewer.");
    }
  }

  void rates(Settings& s) {
    const double f = values_.get(finding);
    s.finding = over_days(f, s.every);
    const double* lost = values_.find(separation);
    const double* everywhere = values_.find(unemployment);
    std::vector<const double*> of(s.boroughs, everywhere);
    const auto by_name = values_.map(unemployment_of);
    for (const auto& [name, rate] : by_name) {
      if (const auto b = position(geography_.boroughs, name, "labor.unemployment_of", "borough")) {
        of[*b] = &rate;
      }
    }
    for (u32 b = 0; b < s.boroughs; ++b) {
      if (lost == nullptr && of[b] == nullptr) {
        mistakes_.add(values_.place_of("labor.unemployment_of"), "labor.unemployment",
                      "labor.unemployment_of has no '" + geography_.boroughs[b] +
                          "' (and there is no labor.unemployment for all). Add it.");
        continue;
      }
      const double u = lost != nullptr ? *lost / (*lost + f) : *of[b];
      s.unemployment.push_back(u);
      s.separation.push_back(s.finding * u / (1 - u));
      if (s.separation.back() >= 1) {
        mistakes_.add(values_.place_of("labor.finding"), "labor.finding",
                      "labor.finding is too high for this unemployment (everybody would lose their "
                      "work at once). Lower one of them.");
      }
    }
  }

  void losses(Settings& s) {
    s.at_risk.assign(s.sectors, 0);
    std::vector<double> keeps(s.sectors, values_.get(kept));
    for (const auto& [code, share] : values_.map(kept_of)) {
      if (const auto k = position(geography_.sectors, code, "labor.kept_of", "sector")) {
        keeps[*k] = share;
      }
    }
    for (u32 k = 0; k < s.sectors; ++k) {
      const double at_home = k < geography_.telework.size() ? geography_.telework[k] : 0;
      s.at_risk[k] = (1 - at_home) * (1 - keeps[k]);
    }
    s.lost.assign((steps_ + std::size_t{1}) * s.sectors, 0);
    for (const auto& [code, timeline] : values_.map(demand_lost)) {
      if (const auto k = position(geography_.sectors, code, "labor.demand_lost", "sector")) {
        for (std::size_t step = 0; step <= steps_; ++step) {
          s.lost[step * s.sectors + *k] = timeline.on(calendar_.date_of(static_cast<Step>(step)));
        }
      }
    }
  }

  std::optional<std::size_t> position(const std::vector<std::string>& known,
                                      const std::string& name, const std::string& where,
                                      const std::string& what) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found != known.end()) {
      return static_cast<std::size_t>(found - known.begin());
    }
    std::string all;
    for (const std::string& one : known) {
      all += (all.empty() ? " There are: " : ", ") + one;
    }
    mistakes_.add(values_.table(where).place_of(name), "labor.name",
                  where + " names '" + name + "' (this population has no such " + what + ")." +
                      did_you_mean(name, known, all.empty() ? " Remove it." : all + "."));
    return std::nullopt;
  }

  const Values& values_;
  Calendar calendar_;
  Step steps_;
  const person::Geography& geography_;
  Mistakes mistakes_;
};

}  // namespace

void declare(Schema& schema) {
  Fields& fields = schema.fields();
  fields.section("labor", "Work: who has it, loses it and finds it.");
  fields.add(parameters::enabled)
      .add(every)
      .add(age_from)
      .add(age_to)
      .add(unemployment)
      .map(unemployment_of)
      .add(separation)
      .add(finding)
      .add(vacancy_rate)
      .add(elasticity)
      .add(kept)
      .map(kept_of)
      .map(demand_lost)
      .add(recall);
  fields.section("labor.layoff", "Layoffs where there are more workers than work.")
      .add(layoff_speed)
      .add(temporary)
      .add(turns_permanent);
  fields.section("labor.claims", "Claims for unemployment benefits.")
      .add(laid_off_file)
      .add(separated_file)
      .add(filing_delay);
  fields.section("labor.works", "Who would work: the others neither search nor go to their team.")
      .add(provider)
      .add(works_intercept)
      .add(works_cases)
      .add(works_benefits)
      .add(parameters::added_benefits)
      .add(typical_pay);
  schema.either({"labor.unemployment", "labor.separation"});
  schema.check({"labor.start", {"labor"}, check_start});
  schema.check({"labor.ages", {"labor.age_from", "labor.age_to"}, check_ages});
  schema.check({"labor.works", {"labor.works", "labor.enabled"}, check_works});
}

bool enabled(const Values& values) { return values.get(parameters::enabled); }

WorksProvider works_provider(const Values& values) {
  return values.choice<WorksProvider>(provider);
}

Settings settings_from(const Values& values, const Calendar& calendar, Step steps,
                       const person::Geography& geography, std::vector<double> closed, u32 bands) {
  return Builder(values, calendar, steps, geography).all(std::move(closed), bands);
}

std::optional<WorkRule> work_rule(const Values& values) {
  const double* intercept = values.find(works_intercept);
  if (intercept == nullptr) {
    return std::nullopt;
  }
  return WorkRule{.intercept = *intercept,
                  .cases = values.get(works_cases),
                  .benefits = values.get(works_benefits),
                  .pay = values.get(typical_pay)};
}

std::vector<double> added_benefits(const Values& values, const Calendar& calendar, Step steps) {
  const auto* heard = values.find(parameters::added_benefits);
  std::vector<double> all(steps + std::size_t{1}, 0.0);
  for (Step step = 0; heard != nullptr && step <= steps; ++step) {
    all[step] = heard->on(calendar.date_of(step));
  }
  return all;
}

}  // namespace throng::labor
