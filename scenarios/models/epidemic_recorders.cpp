#include "scenarios/models/epidemic_recorders.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "behaviors/person/columns.h"

namespace throng {
namespace {

using epidemic::layers;

constexpr double no_value = std::numeric_limits<double>::quiet_NaN();
constexpr double followed_share = .99;  // of the expected transmission of a cohort

/// What was counted on each day, of counts since the run began.
std::vector<std::vector<i64>> daily_of(std::vector<std::vector<i64>> since_begin) {
  for (std::size_t d = since_begin.size(); d-- > 1;) {
    for (std::size_t k = 0; k < since_begin[d].size(); ++k) {
      since_begin[d][k] -= since_begin[d - 1][k];
    }
  }
  return since_begin;
}

std::vector<std::string> band_labels(const std::vector<double>& lower) {
  std::vector<std::string> labels;
  for (std::size_t k = 0; k < lower.size(); ++k) {
    const auto from = std::to_string(static_cast<int>(lower[k]));
    labels.push_back(k + 1 < lower.size()
                         ? from + "-" + std::to_string(static_cast<int>(lower[k + 1]) - 1)
                         : from + "+");
  }
  return labels;
}

std::vector<u32> stages_where(const epidemic::NaturalHistory& h, auto&& wanted) {
  std::vector<u32> found;
  for (u32 s = 0; s < h.stages().size(); ++s) {
    if (wanted(h.stages()[s])) {
      found.push_back(s);
    }
  }
  return found;
}

}  // namespace

EpidemicSeries::EpidemicSeries(std::shared_ptr<const epidemic::Settings> settings,
                               std::vector<double> age_bands, bool by_group)
    : settings_(std::move(settings)), age_bands_(std::move(age_bands)), by_group_(by_group) {}

void EpidemicSeries::record(Simulation& simulation) {
  if (simulation.world().rank() != 0) {
    return;
  }
  const LabelCounts& stage = simulation.counts(epidemic::stage.name);
  labels_ = stage.labels;
  cells_ = stage.cells;
  count_.push_back(stage.count);
  entries_.push_back(stage.entries);
  reported_.push_back(simulation.due_counts(epidemic::reported_at.name).entries);
  by_layer_.push_back(simulation.tally(epidemic::infections_by_layer.name));
  admissions_.push_back(simulation.tally(epidemic::admissions.name));
  Kind& cell = simulation.population().kind(person::cell_kind);
  std::vector<i64> staying(cells_, 0);
  if (const auto* e = cell.find(epidemic::stay_home_share.name)) {
    for (Row r = 0; r < cell.rows(); ++r) {
      staying[r] = static_cast<i64>(e->store->bits(r));
    }
  }
  stay_home_.push_back(std::move(staying));
  offspring_ = simulation.tally(epidemic::offspring_of_day.name);
  generation_ = simulation.tally(epidemic::generation_time.name);
  timing_ = simulation.tally(epidemic::infections_by_timing.name);
  generation_sum_ = simulation.tally(epidemic::generation_sum.name)[0];
}

void EpidemicSeries::keep(Keeper& keeper) {
  keeper.grows("epidemic/people_by_stage", count_);
  keeper.grows("epidemic/entries_by_stage", entries_);
  keeper.grows("epidemic/reported", reported_);
  keeper.grows("epidemic/infections_by_layer", by_layer_);
  keeper.grows("epidemic/admissions", admissions_);
  keeper.grows("epidemic/stay_home", stay_home_);
  keeper.holds("epidemic/offspring_of_day", offspring_);
  keeper.holds("epidemic/generation_time", generation_);
  keeper.holds("epidemic/infections_by_timing", timing_);
  keeper.holds("epidemic/generation_sum", generation_sum_);
}

i64 EpidemicSeries::sum(const std::vector<std::vector<i64>>& days, std::size_t day,
                        u32 label) const {
  i64 total = 0;
  for (u32 c = 0; c < cells_; ++c) {
    total += days[day][label * cells_ + c];
  }
  return total;
}

std::vector<i64> EpidemicSeries::incidence() const {
  std::vector<i64> daily(by_layer_.size(), 0);
  for (std::size_t d = 1; d < by_layer_.size(); ++d) {
    for (u32 l = 0; l < layers; ++l) {
      daily[d] += by_layer_[d][l] - by_layer_[d - 1][l];
    }
  }
  return daily;
}

std::vector<double> EpidemicSeries::cohort_r() const {
  const auto cases = incidence();
  std::vector<double> r(cases.size(), no_value);
  const std::size_t needed = settings_->history->days_of_transmission(followed_share);
  for (std::size_t d = 0; d + needed < cases.size(); ++d) {
    if (cases[d] > 0) {
      r[d] = static_cast<double>(offspring_[d]) / static_cast<double>(cases[d]);
    }
  }
  return r;
}

std::vector<double> EpidemicSeries::instantaneous_r() const {
  // Cori et al. 2013: infections today over past infections weighted by the generation time, here
  // the one observed.
  const auto cases = incidence();
  double all = 0;
  for (const i64 g : generation_) {
    all += static_cast<double>(g);
  }
  std::vector<double> r(cases.size(), no_value);
  // Where many generations are longer than the table of them, their weights are unknown.
  const bool known = all > 0 && static_cast<double>(generation_.back()) <= 0.01 * all;
  for (std::size_t d = 1; d < cases.size() && known; ++d) {
    double pressure = 0;
    for (std::size_t g = 0; g < generation_.size() && g <= d; ++g) {
      pressure += static_cast<double>(cases[d - g]) * static_cast<double>(generation_[g]) / all;
    }
    const i64 outside = by_layer_[d][static_cast<u32>(epidemic::Layer::outside)] -
                        by_layer_[d - 1][static_cast<u32>(epidemic::Layer::outside)];
    if (pressure > 0) {
      r[d] = static_cast<double>(cases[d] - outside) / pressure;
    }
  }
  return r;
}

EpidemicSeries::Summary EpidemicSeries::summary() const {
  Summary s;
  if (count_.empty()) {
    return s;
  }
  const auto daily = incidence();
  const auto& history = *settings_->history;
  for (u32 stage = 0; stage < labels_; ++stage) {
    s.people += sum(count_, 0, stage);
    if (history.stages()[stage].role == epidemic::StageRole::dead) {
      s.deaths += sum(count_, count_.size() - 1, stage);
    }
  }
  for (std::size_t d = 0; d < daily.size(); ++d) {
    s.infections += daily[d];
    for (const i64 r : reported_[d]) {
      s.reported += r;
    }
    if (daily[d] > s.peak_infections) {
      s.peak_infections = daily[d];
      s.peak_step = static_cast<Step>(d);
    }
    i64 beds = 0;
    for (u32 stage = 0; stage < labels_; ++stage) {
      const auto role = history.stages()[stage].role;
      beds += role == epidemic::StageRole::hospital || role == epidemic::StageRole::critical
                  ? sum(count_, d, stage)
                  : 0;
    }
    s.peak_beds = std::max(s.peak_beds, beds);
  }
  return s;
}

std::vector<i64> EpidemicSeries::stage_counts() const {
  std::vector<i64> now;
  for (u32 stage = 0; stage < labels_ && !count_.empty(); ++stage) {
    now.push_back(sum(count_, count_.size() - 1, stage));
  }
  return now;
}

double EpidemicSeries::mean_generation_time() const {
  const i64 all = std::accumulate(generation_.begin(), generation_.end(), i64{0});
  return all > 0 ? static_cast<double>(generation_sum_) / static_cast<double>(all) : no_value;
}

double EpidemicSeries::presymptomatic_share() const {
  const bool any = !timing_.empty() && settings_->history->infects_before_symptoms();
  const i64 all = any ? timing_[0] + timing_[1] + timing_[2] : 0;
  return all > 0 ? (static_cast<double>(timing_[0]) + 0.5 * static_cast<double>(timing_[1])) /
                       static_cast<double>(all)
                 : no_value;
}

void EpidemicSeries::add_by_group(Results& results, const std::string& name,
                                  const std::string& unit, const std::string& what,
                                  const std::vector<std::vector<i64>>& days,
                                  const std::vector<u32>& of_stages) const {
  Series s = {.name = name, .unit = unit, .long_name = what};
  std::vector<i64> values;
  for (const auto& day : days) {
    std::vector<i64> row(by_group_ ? cells_ : 1, 0);
    for (const u32 stage : of_stages) {
      for (u32 c = 0; c < cells_; ++c) {
        row[by_group_ ? c : 0] += day[stage * cells_ + c];
      }
    }
    values.insert(values.end(), row.begin(), row.end());
  }
  if (by_group_) {
    s.dimensions = {"borough", "age_band"};
  }
  s.values = std::move(values);
  results.series.push_back(std::move(s));
}

void EpidemicSeries::write(Results& results) const {
  const auto& history = *settings_->history;
  const std::size_t days = count_.size();
  std::vector<std::string> stages,
      layer_list(std::begin(epidemic::layer_names), std::end(epidemic::layer_names));
  for (const auto& s : history.stages()) {
    stages.push_back(s.name);
  }
  results.dimensions = {
      {.name = "stage", .unit = "label", .long_name = "stage of the disease", .values = stages},
      {.name = "layer", .unit = "label", .long_name = "layer of contact", .values = layer_list}};
  if (by_group_) {
    results.dimensions.push_back({.name = "borough",
                                  .unit = "label",
                                  .long_name = "borough of the home",
                                  .values = settings_->geography.boroughs});
    results.dimensions.push_back({.name = "age_band",
                                  .unit = "label",
                                  .long_name = "age [year]",
                                  .values = band_labels(age_bands_)});
  }

  Series people = {.name = "people_by_stage",
                   .unit = "person",
                   .long_name = "People by stage at the end of the day"};
  people.dimensions = {"stage"};
  std::vector<i64> values;
  for (std::size_t d = 0; d < days; ++d) {
    for (u32 stage = 0; stage < labels_; ++stage) {
      if (!by_group_) {
        values.push_back(sum(count_, d, stage));
      } else {
        values.insert(values.end(), count_[d].begin() + stage * cells_,
                      count_[d].begin() + (stage + 1) * cells_);
      }
    }
  }
  if (by_group_) {
    people.dimensions = {"stage", "borough", "age_band"};
  }
  people.values = std::move(values);
  results.series.push_back(std::move(people));

  using epidemic::StageRole;
  const auto role = [&](StageRole r) {
    return stages_where(history, [r](const epidemic::Stage& s) { return s.role == r; });
  };
  auto in_bed = role(StageRole::hospital);
  const auto critical = role(StageRole::critical);
  in_bed.insert(in_bed.end(), critical.begin(), critical.end());
  add_by_group(results, "infections", "person", "Infections of the day", entries_,
               {history.entry()});
  add_by_group(results, "admissions", "person",
               "Admissions to hospital of the day, to critical care at once included",
               daily_of(admissions_), {0});
  add_by_group(results, "critical_admissions", "person",
               "Admissions to critical care of the day, from a hospital bed included", entries_,
               critical);
  add_by_group(results, "deaths", "person", "Deaths of the day", entries_, role(StageRole::dead));
  add_by_group(results, "hospital_beds", "person", "Hospital beds in use, critical care included",
               count_, in_bed);
  add_by_group(results, "critical_beds", "person", "Critical-care beds in use", count_, critical);
  add_by_group(results, "reported_cases", "person", "Cases reported on the day", reported_, {0});

  Series by_layer = {.name = "infections_by_layer",
                     .unit = "person",
                     .long_name = "Infections of the day by layer"};
  by_layer.dimensions = {"layer"};
  std::vector<i64> daily;
  for (std::size_t d = 0; d < days; ++d) {
    for (u32 l = 0; l < layers; ++l) {
      daily.push_back(d == 0 ? 0 : by_layer_[d][l] - by_layer_[d - 1][l]);
    }
  }
  by_layer.values = std::move(daily);
  results.series.push_back(std::move(by_layer));

  results.series.push_back(
      {.name = "cohort_r",
       .unit = "1",
       .long_name =
           "Mean number of people infected by those infected on the day; none where the run "
           "ends before 99 % of their expected transmission",
       .dimensions = {},
       .values = cohort_r()});
  results.series.push_back(
      {.name = "instantaneous_r",
       .unit = "1",
       .long_name = "Infections of the day over the pressure of past ones (Cori et al. 2013)",
       .dimensions = {},
       .values = instantaneous_r()});
  if (settings_->stay_home.provider && by_group_) {
    std::vector<double> share;
    for (const auto& day : stay_home_) {
      for (const i64 v : day) {
        share.push_back(static_cast<double>(v) * 0x1p-20);
      }
    }
    results.series.push_back({.name = "stay_home_share",
                              .unit = "1",
                              .long_name = "Share that decided to stay home",
                              .dimensions = {"borough", "age_band"},
                              .values = std::move(share)});
  }
  std::vector<u32> gap(generation_.size());
  for (std::size_t g = 0; g < gap.size(); ++g) {
    gap[g] = static_cast<u32>(g);
  }
  results.tables.push_back(
      {.name = "generation_time",
       .doc = "Infections by days between the infector's infection and their own; the last row "
              "holds all later ones.",
       .columns = {
           {.name = "days",
            .unit = "day",
            .doc = "Days between the two infections.",
            .values = gap},
           {.name = "infections", .unit = "person", .doc = "Infections.", .values = generation_}}});
}

// ---- transmission log ---------------------------------------------------------------------------

namespace {
EventStore<epidemic::Transmission>& store_of(Simulation& simulation) {
  auto* store = dynamic_cast<EventStore<epidemic::Transmission>*>(
      simulation.events(epidemic::transmission.name));
  ensures(store != nullptr, "a transmission log needs a behavior that logs transmissions");
  return *store;
}
}  // namespace

void TransmissionRecorder::begin(Simulation& simulation) {
  store_of(simulation).want(true);
  offset_.assign(std::size_t{simulation.now()} + 2, 0);
}

void TransmissionRecorder::step(Simulation& simulation) {
  auto today = simulation.world().gather(store_of(simulation).take());
  std::sort(today.begin(), today.end(), [](const auto& a, const auto& b) {
    return a.target != b.target ? a.target < b.target : a.source < b.source;
  });
  all_.insert(all_.end(), today.begin(), today.end());
  offset_.push_back(all_.size());
}

void TransmissionRecorder::keep(Keeper& keeper) {
  using epidemic::Transmission;
  if (!keeper.keeps() && !keeper.has("transmission/step_offset")) {
    return;  // a branch of a run without a log: it begins there
  }
  keeper.grows("transmission/target", all_, &Transmission::target);
  keeper.grows("transmission/source", all_, &Transmission::source);
  keeper.grows("transmission/place", all_, &Transmission::place);
  keeper.grows("transmission/layer", all_, &Transmission::layer);
  keeper.grows("transmission/step_offset", offset_);
}

namespace {

/// Ids of the engine, or those of a user's own file with -1 for `no_agent`.
template <class IdOf>
ColumnValues ids_of(const std::vector<epidemic::Transmission>& all, std::span<const i64> file_ids,
                    IdOf id_of) {
  if (file_ids.empty()) {
    std::vector<u32> ids;
    ids.reserve(all.size());
    for (const auto& t : all) {
      ids.push_back(id_of(t));
    }
    return ids;
  }
  std::vector<i64> ids;
  ids.reserve(all.size());
  for (const auto& t : all) {
    ids.push_back(id_of(t) == no_agent ? -1 : file_ids[id_of(t)]);
  }
  return ids;
}

}  // namespace

void TransmissionRecorder::write(Results& results, const FileIds& ids) const {
  std::vector<u32> step;
  std::vector<u8> layer;
  step.reserve(all_.size());
  layer.reserve(all_.size());
  for (std::size_t s = 0; s + 1 < offset_.size(); ++s) {
    step.insert(step.end(), offset_[s + 1] - offset_[s], static_cast<u32>(s));
  }
  for (const auto& t : all_) {
    layer.push_back(t.layer);
  }
  auto target = ids_of(all_, ids.people, [](const auto& t) { return t.target; });
  auto source = ids_of(all_, ids.people, [](const auto& t) { return t.source; });
  auto place = ids_of(all_, ids.places, [](const auto& t) { return t.place; });
  const std::string none = ids.people.empty() ? "4294967295" : "-1",
                    no_place = ids.places.empty() ? "4294967295" : "-1";
  const std::vector<std::string> names(std::begin(epidemic::layer_names),
                                       std::end(epidemic::layer_names));
  results.events.push_back(
      {.name = "transmission",
       .doc = "Every infection. A source of " + none + " is outside the population.",
       .columns = {{.name = "step", .unit = "step", .doc = "When.", .values = std::move(step)},
                   {.name = "target",
                    .unit = "id",
                    .doc = "Who was infected.",
                    .values = std::move(target)},
                   {.name = "source",
                    .unit = "id",
                    .doc = "By whom; " + none + ": from outside.",
                    .values = std::move(source)},
                   {.name = "layer",
                    .unit = "label",
                    .doc = "In which layer of contact.",
                    .labels = names,
                    .values = std::move(layer)},
                   {.name = "place",
                    .unit = "id",
                    .doc = "The target's place of the day; " + no_place + ": none.",
                    .values = std::move(place)}},
       .step_offset = offset_});
}

}  // namespace throng
