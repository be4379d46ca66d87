#include "scenarios/models/labor_series.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "behaviors/labor/columns.h"

namespace throng {
namespace {

using labor::Flow;
using labor::Status;

constexpr u32 statuses = 5;
constexpr double no_value = std::numeric_limits<double>::quiet_NaN();

std::vector<i64> by_borough(const std::vector<i64>& by_cell, u32 labels, u32 boroughs, u32 bands) {
  std::vector<i64> all(std::size_t{labels} * boroughs, 0);
  for (u32 l = 0; l < labels; ++l) {
    for (u32 c = 0; c < boroughs * bands; ++c) {
      all[l * boroughs + c / bands] += by_cell[l * boroughs * bands + c];
    }
  }
  return all;
}

double share(i64 of, i64 all) {
  return all == 0 ? no_value : static_cast<double>(of) / static_cast<double>(all);
}

bool has_dimension(const Results& results, std::string_view name) {
  return std::any_of(results.dimensions.begin(), results.dimensions.end(),
                     [&](const Dimension& d) { return d.name == name; });
}

}  // namespace

LaborSeries::LaborSeries(std::shared_ptr<const labor::Settings> settings,
                         std::vector<std::string> boroughs, std::vector<std::string> sectors)
    : settings_(std::move(settings)),
      boroughs_(std::move(boroughs)),
      sectors_(std::move(sectors)) {}

void LaborSeries::record(Simulation& simulation) {
  if (simulation.world().rank() != 0) {
    return;
  }
  const labor::Settings& s = *settings_;
  const auto& counts = simulation.counts(labor::status.name);
  people_.push_back(by_borough(counts.count, statuses, s.boroughs, s.bands));
  claims_.push_back(
      by_borough(simulation.due_counts(labor::claim_filed.name).entries, 1, s.boroughs, s.bands));
  flow_.push_back(simulation.tally(labor::flow.name));
  Kind& market = simulation.population().kind(labor::market_kind);
  const auto staff = market.values(labor::staff), vacant = market.values(labor::vacancies);
  std::vector<i64> works(s.sectors, 0), open(s.sectors, 0);
  for (u32 m = 0; m < s.markets(); ++m) {
    works[s.sector_of(m)] += staff[m];
    open[s.sector_of(m)] += vacant[m];
  }
  staff_.push_back(std::move(works));
  vacancies_.push_back(std::move(open));
}

void LaborSeries::keep(Keeper& keeper) {
  keeper.grows("labor/people_by_status", people_);
  keeper.grows("labor/claims", claims_);
  keeper.grows("labor/flow", flow_);
  keeper.grows("labor/staff", staff_);
  keeper.grows("labor/vacancies", vacancies_);
}

i64 LaborSeries::people(std::size_t day, u32 status, u32 borough) const {
  return people_[day][status * settings_->boroughs + borough];
}

i64 LaborSeries::unemployed(std::size_t day, u32 borough) const {
  return people(day, label(Status::temporary_layoff), borough) +
         people(day, label(Status::unemployed), borough);
}

i64 LaborSeries::labor_force(std::size_t day, u32 borough) const {
  return people(day, label(Status::employed), borough) + unemployed(day, borough);
}

i64 LaborSeries::flow(std::size_t day, u32 what, u32 borough) const {
  const std::size_t at = what * settings_->boroughs + borough;
  return flow_[day][at] - (day == 0 ? 0 : flow_[day - 1][at]);
}

std::vector<i64> LaborSeries::unemployed() const {
  std::vector<i64> all;
  for (std::size_t d = 0; d < people_.size(); ++d) {
    i64 sum = 0;
    for (u32 b = 0; b < settings_->boroughs; ++b) {
      sum += unemployed(d, b);
    }
    all.push_back(sum);
  }
  return all;
}

std::vector<double> LaborSeries::rate() const {
  std::vector<double> all;
  const auto out_of_work = unemployed();
  for (std::size_t d = 0; d < people_.size(); ++d) {
    i64 force = 0;
    for (u32 b = 0; b < settings_->boroughs; ++b) {
      force += labor_force(d, b);
    }
    all.push_back(share(out_of_work[d], force));
  }
  return all;
}

LaborSeries::Summary LaborSeries::summary() const {
  Summary s;
  s.peak_rate = no_value;
  const auto out_of_work = unemployed();
  const auto rates = rate();
  for (std::size_t d = 0; d < people_.size(); ++d) {
    s.labor_force = 0;
    for (u32 b = 0; b < settings_->boroughs; ++b) {
      s.labor_force += labor_force(d, b);
      s.claims += claims_[d][b];
      const auto add = [&](i64& sum, Flow what) { sum += flow(d, static_cast<u32>(what), b); };
      add(s.hires, Flow::hires);
      add(s.recalls, Flow::recalls);
      add(s.layoffs, Flow::temporary_layoffs);
      add(s.layoffs, Flow::permanent_layoffs);
    }
    s.unemployed = out_of_work[d];
    s.rate = rates[d];
    if (!(s.rate <= s.peak_rate)) {
      s.peak_rate = s.rate;
      s.peak_step = static_cast<Step>(d);
    }
  }
  return s;
}

void LaborSeries::write(Results& results) const {
  if (!has_dimension(results, "borough")) {
    results.dimensions.push_back({.name = "borough",
                                  .unit = "label",
                                  .long_name = "borough of the home",
                                  .values = boroughs_});
  }
  results.dimensions.push_back({.name = "sector",
                                .unit = "label",
                                .long_name = "sector of work (NAICS code)",
                                .values = sectors_});
  const auto add = [&](std::string name, std::string doc, u32 boroughs,
                       const std::function<i64(std::size_t, u32)>& value) {
    Series series = {
        .name = std::move(name), .unit = "person", .long_name = std::move(doc), .dimensions = {}};
    std::vector<i64> values;
    for (std::size_t d = 0; d < people_.size(); ++d) {
      for (u32 b = 0; b < boroughs; ++b) {
        values.push_back(value(d, b));
      }
    }
    series.values = std::move(values);
    return series;
  };
  const auto of_boroughs = [&](std::string name, std::string doc,
                               const std::function<i64(std::size_t, u32)>& value) {
    Series series = add(std::move(name), std::move(doc), settings_->boroughs, value);
    series.dimensions = {"borough"};
    results.series.push_back(std::move(series));
  };
  const auto with = [this](Status s) {
    return [this, s](std::size_t d, u32 b) { return people(d, label(s), b); };
  };
  const auto flowing = [this](Flow f) {
    return [this, f](std::size_t d, u32 b) { return flow(d, static_cast<u32>(f), b); };
  };
  of_boroughs("labor_force", "Employed and unemployed",
              [this](std::size_t d, u32 b) { return labor_force(d, b); });
  of_boroughs("employed", "People who have work", with(Status::employed));
  of_boroughs("unemployed", "People without work, on temporary layoff or searching",
              [this](std::size_t d, u32 b) { return unemployed(d, b); });
  of_boroughs("temporary_layoff", "People on temporary layoff", with(Status::temporary_layoff));
  of_boroughs("not_searching", "People without work who would take none this week",
              with(Status::not_searching));
  of_boroughs("initial_claims", "Claims for benefits filed on the day",
              [this](std::size_t d, u32 b) { return claims_[d][b]; });
  of_boroughs("hires", "Hires of the day", flowing(Flow::hires));
  of_boroughs("recalls", "Recalls of the day", flowing(Flow::recalls));
  of_boroughs("temporary_layoffs", "Temporary layoffs of the day",
              flowing(Flow::temporary_layoffs));
  of_boroughs("permanent_layoffs", "Permanent layoffs of the day",
              flowing(Flow::permanent_layoffs));
  of_boroughs("separations", "Other separations of the day", flowing(Flow::separations));
  of_boroughs("turned_permanent", "Temporary layoffs that became permanent on the day",
              flowing(Flow::turned_permanent));

  Series rate = {.name = "unemployment_rate",
                 .unit = "1",
                 .long_name = "Unemployed share of the labor force",
                 .dimensions = {"borough"}};
  std::vector<double> rates;
  for (std::size_t d = 0; d < people_.size(); ++d) {
    for (u32 b = 0; b < settings_->boroughs; ++b) {
      rates.push_back(share(unemployed(d, b), labor_force(d, b)));
    }
  }
  rate.values = std::move(rates);
  results.series.push_back(std::move(rate));

  const auto of_sectors = [&](std::string name, std::string doc,
                              const std::vector<std::vector<i64>>& days) {
    Series series = add(std::move(name), std::move(doc), settings_->sectors,
                        [&days](std::size_t d, u32 k) { return days[d][k]; });
    series.dimensions = {"sector"};
    results.series.push_back(std::move(series));
  };
  of_sectors("staff", "People who work in a sector", staff_);
  of_sectors("vacancies", "Jobs open to those who search, as last counted", vacancies_);
}

}  // namespace throng
