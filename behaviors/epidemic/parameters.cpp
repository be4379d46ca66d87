#include "behaviors/epidemic/parameters.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "behaviors/epidemic/stage_table.h"
#include "behaviors/epidemic/stay_home_rule.h"
#include "sim/mistakes.h"
#include "sim/words.h"

namespace throng::epidemic {
namespace {
using namespace parameters;

constexpr std::size_t told_layers = 6;  // those that a scenario has numbers for: all but `outside`
constexpr std::string_view layer_docs[told_layers] = {
    "In the own household.", "In the own class and grade.", "In the own team.",
    "In the neighborhoods.", "In group quarters.",          "Along edges of a user's network."};

Parameter<double> of_layer(std::size_t layer, std::string_view source, double initial, double max) {
  return {.name = layer_names[layer],
          .doc = layer_docs[layer],
          .source = source,
          .initial = initial,
          .min = 0.0,
          .max = max};
}

void declare_layers(Fields& fields, std::string_view name, std::string_view doc,
                    std::string_view source, const PerLayer& initial, double max) {
  Fields table;
  for (std::size_t l = 0; l < told_layers; ++l) {
    table.add(of_layer(l, source, initial[l], max));
  }
  fields.table(name, doc, std::move(table));
}

PerLayer read_layers(const Values& values, std::string_view name, double outside) {
  PerLayer all{};
  const Values& table = values.table(name);
  for (std::size_t l = 0; l < told_layers; ++l) {
    all[l] = table.get(of_layer(l, {}, 0, 0));
  }
  all[static_cast<std::size_t>(Layer::outside)] = outside;
  return all;
}

// ---- declarations -------------------------------------------------------------------------------

void declare_disease(Fields& fields) {
  fields.section("epidemic", "An infectious disease, and what is done about it.");
  fields.add(r0).add(beta).add(shape).add(decay).add(age_bands).add(susceptibility).add(entry);
  declare_stages(fields);
}

void declare_contacts(Fields& fields) {
  fields.section("epidemic.contacts", "How many people one meets, and where.");
  fields.add(in_class).add(class_share).add(in_team).add(in_quarters);
  declare_layers(fields, "epidemic.contacts.weight", "Weight of one contact by layer.",
                 layer_weights, Contacts{}.weight, 1000);
  Fields breaks;
  breaks.add(break_from).add(break_to);
  fields.section("epidemic.calendar", "When school and work meet.").add(weekly).add(holidays);
  fields.records("epidemic.calendar.school_breaks",
                 {.doc = "Times without school, both days included."}, std::move(breaks));
}

void declare_measures(Fields& fields) {
  fields.section("epidemic.closures", "What does not meet.");
  fields.add(schools_closed).add(telework).add(community_closed).map(sectors_closed);
  fields.section("epidemic.masks", "Masks.").add(mask_coverage).add(mask_effect).add(mask_layers);
  fields.section("epidemic.isolation", "Isolation of those with new symptoms.").add(compliance);
  declare_layers(fields, "epidemic.isolation.contacts_left",
                 "Share of contacts left to the isolated.", isolation_factors, Measures{}.isolated,
                 1);
  fields.section("epidemic.stay_home",
                 "Groups (borough and age band) decide what share of them stays home.");
  fields.add(provider)
      .add(every)
      .add(rule_intercept)
      .add(rule_order)
      .add(rule_cases)
      .add(order_in_force);
  declare_layers(fields, "epidemic.stay_home.contacts_left",
                 "Share of contacts left to those who stay home.", stay_home_factors,
                 Measures{}.at_home, 1);
}

void declare_events(Fields& fields) {
  Fields report, seed, importation;
  report.add(report_stage).add(report_share);
  report.table("delay", "Time from the stage's beginning to the report, at least a day.",
               dwell_fields());
  fields.records("epidemic.report",
                 {.doc = "Which cases are reported, and when.", .unique = "stage"},
                 std::move(report));
  seed.add(seed_count).add(seed_file).add(seed_date).add(from_neighborhood);
  fields.records("epidemic.seed", {.doc = "People infected from outside on one day."},
                 std::move(seed));
  importation.add(import_per_day).add(from_neighborhood);
  fields.records("epidemic.importation", {.doc = "People infected from outside, day after day."},
                 std::move(importation));
}

// ---- checks between parameters ------------------------------------------------------------------

void check_r0_or_beta(const Values& values, const CrossCheck::Complain& complain) {
  const bool has_r0 = values.find(r0) != nullptr, has_beta = values.find(beta) != nullptr;
  if (has_r0 && has_beta) {
    complain(
        "epidemic.beta",
        "epidemic.r0 and epidemic.beta are both given (each follows from the other). Remove one.");
  } else if (!has_r0 && !has_beta) {
    complain("",
             "epidemic.r0 is missing, and so is epidemic.beta (one of them says how strongly the "
             "disease "
             "spreads). Give one.");
  }
}

void check_age_bands(const Values& values, const CrossCheck::Complain& complain) {
  const auto& bands = values.get(age_bands);
  const bool ascend =
      std::adjacent_find(bands.begin(), bands.end(), std::greater_equal<>()) == bands.end();
  const bool whole =
      std::all_of(bands.begin(), bands.end(), [](double age) { return age == std::floor(age); });
  if (bands.empty() || bands.front() != 0 || !ascend || !whole) {
    complain("epidemic.age_bands",
             "epidemic.age_bands does not rise from 0 in whole years (each is the lowest age of "
             "its band). Write, for example, [0, 18, 65].");
    return;
  }
  const auto& sigma = values.get(susceptibility);
  if (sigma.size() != bands.size()) {
    complain("epidemic.susceptibility",
             "epidemic.susceptibility has " + counted(sigma.size(), "value") + " (there are " +
                 counted(bands.size(), "age band") + "). Write one for each.");
  } else if (std::all_of(sigma.begin(), sigma.end(), [](double s) { return s <= 0; })) {
    complain("epidemic.susceptibility",
             "epidemic.susceptibility is 0 everywhere (nobody could be infected). Write a value "
             "above 0.");
  }
}

void check_infectiousness(const Values& values, const CrossCheck::Complain& complain) {
  const double k = values.get(shape), tau = values.get(decay);
  if (k > 0 && k < 0.05) {
    complain("epidemic.infectiousness_shape",
             "epidemic.infectiousness_shape lies between 0 and 0.05 (so few would infect that 256 "
             "classes cannot tell "
             "them apart). Write 0 for none, or at least 0.05.");
  }
  if (tau > 0 && tau < 0.5) {
    complain("epidemic.infectiousness_decay",
             "epidemic.infectiousness_decay lies between 0 and 0.5 days (a step is a day: it could "
             "not be told from "
             "one infectious day). Write 0 for none, or at least 0.5.");
  }
}

void check_calendar(const Values& values, const CrossCheck::Complain& complain) {
  const auto& breaks = values.records("epidemic.calendar.school_breaks");
  for (std::size_t k = 0; k < breaks.size(); ++k) {
    if (breaks[k].get(break_to) < breaks[k].get(break_from)) {
      complain("epidemic.calendar.school_breaks[" + std::to_string(k + 1) + "].to",
               "a school break ends on " + breaks[k].get(break_to).str() +
                   " (before it begins, on " + breaks[k].get(break_from).str() +
                   "). Exchange the dates.");
    }
  }
}

void check_masks(const Values& values, const CrossCheck::Complain& complain) {
  const std::vector<std::string> known(std::begin(layer_names),
                                       std::begin(layer_names) + told_layers);
  for (const std::string& name : values.get(mask_layers)) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      complain(
          "epidemic.masks.layers",
          "epidemic.masks.layers names '" + name + "' (there is no such layer)." +
              did_you_mean(name, known,
                           " Layers are: household, school, work, community, quarters, edges."));
    }
  }
}

void check_stay_home(const Values& values, const CrossCheck::Complain& complain) {
  const bool rule = values.choice<StayHomeProvider>(provider) == StayHomeProvider::rule;
  for (const auto* coefficient : {&rule_intercept, &rule_order, &rule_cases}) {
    if (rule && values.find(*coefficient) == nullptr) {
      complain("epidemic.stay_home.provider",
               std::string(coefficient->name) +
                   " is missing (epidemic.stay_home.provider is 'rule', which needs it). Add it.");
    }
  }
  const auto& order = values.get(order_in_force);
  const auto whole = [](double v) { return v == std::floor(v); };
  if (!whole(order.first()) || !std::all_of(order.changes().begin(), order.changes().end(),
                                            [&](const auto& c) { return whole(c.value); })) {
    complain("epidemic.stay_home.order_in_force",
             "epidemic.stay_home.order_in_force is not always 0, 1 or 2 (none, advice, order). "
             "Write one of these.");
  }
}

void check_reports(const Values& values, const CrossCheck::Complain& complain) {
  const std::vector<std::string> names = stage_names(values);
  const auto& reports = values.records("epidemic.report");
  for (std::size_t k = 0; k < reports.size(); ++k) {
    const std::string at = "epidemic.report[" + std::to_string(k + 1) + "]";
    const std::string& stage = reports[k].get(report_stage);
    if (std::find(names.begin(), names.end(), stage) == names.end()) {
      complain(at + ".stage", "cases of stage '" + stage +
                                  "' are reported (there is no such stage)." +
                                  did_you_mean(stage, names, " Name one of [[epidemic.stage]]."));
    }
    check_dwell(reports[k].table("delay"), at + ".delay", complain);
  }
}

void check_seeds(const Values& values, const CrossCheck::Complain& complain) {
  const auto& seeds = values.records("epidemic.seed");
  for (std::size_t k = 0; k < seeds.size(); ++k) {
    const std::string at = "epidemic.seed[" + std::to_string(k + 1) + "]";
    const bool counted = seeds[k].find(seed_count) != nullptr,
               listed = seeds[k].find(seed_file) != nullptr;
    if (counted == listed) {
      complain(at, std::string("a seed has ") +
                       (counted ? "count and file" : "neither count nor file") +
                       " (one of them says who is infected). Give one.");
    } else if (listed && seeds[k].find(from_neighborhood) != nullptr) {
      complain(
          at + ".neighborhood",
          "neighborhood would not be read (the people of this seed stand in a file). Remove it.");
    }
  }
}

// ---- values to settings -------------------------------------------------------------------------

// What the schema's checks cannot see: dates of the run, codes of the population.
class Builder {
 public:
  Builder(const Values& values, const Calendar& calendar, Step steps,
          const person::Geography& geography)
      : values_(values), calendar_(calendar), steps_(steps), geography_(geography) {}

  Settings all() {
    Settings s;
    s.history = natural_history_of(values_);
    s.geography = geography_;
    s.steps = steps_;
    s.r0 = optional(r0);
    s.beta = optional(beta);
    s.shape = values_.get(shape);
    s.susceptibility = values_.get(susceptibility);
    s.bands = static_cast<u32>(values_.get(age_bands).size());
    s.contacts = {.weight = read_layers(values_, "epidemic.contacts.weight", 0),
                  .in_class = values_.get(in_class),
                  .class_share = values_.get(class_share),
                  .in_team = values_.get(in_team),
                  .in_quarters = values_.get(in_quarters)};
    check_cells(s.bands);
    if (s.r0) {
      check_r0(s);
    }
    s.measures = measures();
    s.stay_home = stay_home();
    s.reports = reports();
    s.seeds = seeds();
    s.importations = importations();
    mistakes_.throw_if_any();
    return s;
  }

 private:
  std::optional<double> optional(const Parameter<double>& parameter) const {
    const double* value = values_.find(parameter);
    return value == nullptr ? std::nullopt : std::optional(*value);
  }

  std::vector<double> by_step(const Timeline<double>& timeline) const {
    std::vector<double> all;
    all.reserve(steps_ + std::size_t{1});
    for (Step step = 0; step <= steps_; ++step) {
      all.push_back(timeline.on(calendar_.date_of(step)));
    }
    return all;
  }

  // What no rate of transmission can give, whoever the people are.
  void check_r0(const Settings& s) {
    const Contacts& c = s.contacts;
    const auto weight = [&](Layer layer) { return c.weight[index(layer)]; };
    const double most = std::max({weight(Layer::household), weight(Layer::school) * c.in_class,
                                  weight(Layer::work) * c.in_team, weight(Layer::community),
                                  weight(Layer::quarters) * c.in_quarters});
    const auto refuse = [&](const std::string& why_and_what) {
      mistakes_.add(values_.place_of("epidemic.r0"), "epidemic.r0_out_of_reach",
                    "epidemic.r0 is out of reach of every rate of transmission " + why_and_what);
    };
    if (most <= 0) {
      refuse(
          "(no layer but edges has contacts of a weight above 0). Raise one in "
          "[epidemic.contacts.weight], or give epidemic.beta.");
    }
    double infectious_days = 0;
    for (u32 band = 0; band < s.bands; ++band) {
      infectious_days = std::max(infectious_days, s.susceptibility[band] * s.history->dose(band));
    }
    if (infectious_days <= 0) {
      refuse(
          "(no age band that can be infected reaches a stage that infects for any time). Give such "
          "a stage infectiousness and a dwell time above 0, or give epidemic.beta.");
    }
  }

  // A group of people is counted and decides by borough and age band, in one byte.
  void check_cells(u32 bands) {
    const std::size_t boroughs = std::max<std::size_t>(1, geography_.boroughs.size());
    if (boroughs * bands > 256) {
      mistakes_.add(values_.place_of("epidemic.age_bands"), "epidemic.cells",
                    std::to_string(bands) + " age bands in " + std::to_string(boroughs) +
                        " boroughs are too many (256 groups of borough and age band at most). Use "
                        "wider bands.");
    }
  }

  Measures measures() {
    Measures m;
    m.open = open();
    m.most.fill(0);
    for (const PerLayer& today : m.open) {
      for (std::size_t l = 0; l < layers; ++l) {
        m.most[l] = std::max(m.most[l], today[l]);
      }
    }
    m.schools_closed = by_step(values_.get(schools_closed));
    m.sectors = static_cast<u32>(geography_.sectors.size());
    m.sectors_closed = sectors_closed_by_step();
    m.teams_closed = teams_closed(m.sectors_closed);
    m.isolation_compliance = by_step(values_.get(compliance));
    m.isolated = read_layers(values_, "epidemic.isolation.contacts_left", 1);
    m.at_home = read_layers(values_, "epidemic.stay_home.contacts_left", 1);
    return m;
  }

  bool school_break(Date date) const {
    const auto& breaks = values_.records("epidemic.calendar.school_breaks");
    return std::any_of(breaks.begin(), breaks.end(), [&](const Values& b) {
      return b.get(break_from) <= date && date <= b.get(break_to);
    });
  }

  // By the calendar, masks and closed community: what each layer's contacts are multiplied by.
  std::vector<PerLayer> open() const {
    const auto& days_off = values_.get(holidays);
    const auto& masked = values_.get(mask_layers);
    const bool weekends = values_.get(weekly);
    const double effect = values_.get(mask_effect);
    std::vector<PerLayer> all;
    for (Step step = 0; step <= steps_; ++step) {
      const Date date = calendar_.date_of(step);
      const bool weekend = date.weekday() == Weekday::saturday || date.weekday() == Weekday::sunday;
      const bool off = std::find(days_off.begin(), days_off.end(), date) != days_off.end();
      const double met = off || (weekends && weekend) ? 0 : weekends ? 7.0 / 5 : 1;
      PerLayer today;
      today.fill(1);
      today[index(Layer::school)] = school_break(date) ? 0 : met;
      today[index(Layer::work)] = met;
      today[index(Layer::community)] = 1 - values_.get(community_closed).on(date);
      const double unmasked = 1 - values_.get(mask_coverage).on(date) * effect;
      for (std::size_t l = 0; l < told_layers; ++l) {
        if (std::find(masked.begin(), masked.end(), layer_names[l]) != masked.end()) {
          today[l] *= unmasked * unmasked;
        }
      }
      all.push_back(today);
    }
    return all;
  }

  static constexpr std::size_t index(Layer layer) { return static_cast<std::size_t>(layer); }

  std::vector<double> sectors_closed_by_step() {
    const std::size_t sectors = geography_.sectors.size();
    std::vector<double> all((steps_ + std::size_t{1}) * sectors, 0.0);
    for (const auto& [code, timeline] : values_.map(sectors_closed)) {
      const auto found = std::find(geography_.sectors.begin(), geography_.sectors.end(), code);
      if (found == geography_.sectors.end()) {
        unknown_sector(code);
        continue;
      }
      const auto k = static_cast<std::size_t>(found - geography_.sectors.begin());
      const std::vector<double> closed = by_step(timeline);
      for (std::size_t step = 0; step <= steps_; ++step) {
        all[step * sectors + k] = closed[step];
      }
    }
    return all;
  }

  std::vector<double> teams_closed(const std::vector<double>& closed) {
    const std::size_t sectors = geography_.sectors.size();
    const std::vector<double> at_home = by_step(values_.get(telework));
    check_telework(at_home);
    std::vector<double> all((steps_ + std::size_t{1}) * sectors);
    for (std::size_t step = 0; step <= steps_; ++step) {
      for (std::size_t k = 0; k < sectors; ++k) {
        const double share = k < geography_.telework.size() ? geography_.telework[k] : 0;
        all[step * sectors + k] =
            1 - (1 - closed[step * sectors + k]) * (1 - share * at_home[step]);
      }
    }
    return all;
  }

  void check_telework(const std::vector<double>& at_home) {
    const auto any = [](const std::vector<double>& shares) {
      return std::any_of(shares.begin(), shares.end(), [](double share) { return share > 0; });
    };
    if (any(at_home) && !any(geography_.telework)) {
      mistakes_.add(values_.place_of("epidemic.closures.telework"), "epidemic.telework",
                    "epidemic.closures.telework would keep nobody from work (no sector of this "
                    "population has jobs that can be done from home; one of files has no sectors "
                    "at all). Remove it.");
    }
  }

  void unknown_sector(const std::string& code) {
    std::string known;
    for (const std::string& sector : geography_.sectors) {
      known += (known.empty() ? " Sectors are: " : ", ") + sector;
    }
    mistakes_.add(values_.table("epidemic.closures.sectors").place_of(code), "epidemic.sector",
                  "epidemic.closures.sectors closes '" + code +
                      "' (this population has no such sector)." +
                      (known.empty() ? " Remove it: it has none at all." : known + "."));
  }

  StayHomeSettings stay_home() const {
    StayHomeSettings s;
    s.every = static_cast<u32>(values_.get(every));
    if (values_.choice<StayHomeProvider>(provider) == StayHomeProvider::rule) {
      s.provider = std::make_shared<StayHomeRule>(stay_home_rule(values_).value());
    }
    for (const double order : by_step(values_.get(order_in_force))) {
      s.order_in_force.push_back(static_cast<u8>(order));
    }
    return s;
  }

  std::vector<ReportRule> reports() const {
    const std::vector<std::string> names = stage_names(values_);
    std::vector<ReportRule> all;
    for (const Values& r : values_.records("epidemic.report")) {
      const auto stage = std::find(names.begin(), names.end(), r.get(report_stage)) - names.begin();
      all.push_back(
          {static_cast<u8>(stage), by_step(r.get(report_share)), dwell_of(r.table("delay"))});
    }
    return all;
  }

  u32 neighborhood_of(const Values& record) {
    const std::string* code = record.find(from_neighborhood);
    if (code == nullptr) {
      return no_group;
    }
    const auto& known = geography_.neighborhoods;
    const auto found = std::find(known.begin(), known.end(), *code);
    if (found != known.end()) {
      return static_cast<u32>(found - known.begin());
    }
    const std::string all = " It has " + std::to_string(known.size()) + " neighborhoods" +
                            (known.empty() ? "." : ", the first one '" + known.front() + "'.");
    mistakes_.add(record.place_of("neighborhood"), "epidemic.neighborhood",
                  "neighborhood '" + *code +
                      "' is not one of this population's (people of it would be infected)." +
                      did_you_mean(*code, known, all));
    return no_group;
  }

  /// People of a neighborhood, or of all.
  i64 people_of(u32 neighborhood) const {
    const auto& first = geography_.first_person;
    if (first.empty()) {
      return std::numeric_limits<i64>::max();
    }
    return neighborhood == no_group ? i64{first.back()}
                                    : i64{first[neighborhood + 1]} - first[neighborhood];
  }

  std::vector<Seed> seeds() {
    std::vector<Seed> all;
    for (const Values& s : values_.records("epidemic.seed")) {
      Seed seed;
      const i64* count = s.find(seed_count);
      seed.count = count == nullptr ? 0 : static_cast<u32>(*count);
      seed.neighborhood = neighborhood_of(s);
      const i64 people = people_of(seed.neighborhood);
      if (count != nullptr && *count > people) {
        mistakes_.add(s.place_of("count"), "epidemic.seed_count",
                      "a seed of " + std::to_string(*count) + " people (only " +
                          std::to_string(people) + " live there). Choose no more than that.");
      }
      if (const Date* date = s.find(seed_date)) {
        // The state of the start is the one before the first step, which is what a seed of that day
        // acts in.
        const Date first = calendar_.date_of(0), last = calendar_.date_of(steps_);
        if (*date < first || *date > last) {
          mistakes_.add(s.place_of("date"), "epidemic.seed_date",
                        "a seed's date is " + date->str() + " (the days of the run are " +
                            first.str() + " to " + last.str() + "). Choose one of these.");
        }
        seed.step = std::max<Step>(1, calendar_.step_of(*date));
      }
      all.push_back(std::move(seed));
    }
    return all;
  }

  std::vector<Importation> importations() {
    std::vector<Importation> all;
    for (const Values& i : values_.records("epidemic.importation")) {
      all.push_back({by_step(i.get(import_per_day)), neighborhood_of(i)});
      if (people_of(all.back().neighborhood) == 0) {
        mistakes_.add(i.place_of("neighborhood"), "epidemic.importation_nobody",
                      "importations into a neighborhood in which nobody lives (there is nobody to "
                      "infect). Choose another one.");
      }
    }
    return all;
  }

  const Values& values_;
  Calendar calendar_;
  Step steps_;
  const person::Geography& geography_;
  Mistakes mistakes_;
};
}  // namespace

void declare(Schema& schema) {
  declare_disease(schema.fields());
  declare_contacts(schema.fields());
  declare_measures(schema.fields());
  declare_events(schema.fields());
  schema.either({"epidemic.r0", "epidemic.beta"});
  schema.check({"epidemic.r0_or_beta", {"epidemic.r0", "epidemic.beta"}, check_r0_or_beta});
  schema.check(
      {"epidemic.age_bands", {"epidemic.age_bands", "epidemic.susceptibility"}, check_age_bands});
  schema.check({"epidemic.infectiousness",
                {"epidemic.infectiousness_shape", "epidemic.infectiousness_decay"},
                check_infectiousness});
  schema.check(
      {"epidemic.stage", {"epidemic.stage", "epidemic.entry", "epidemic.age_bands"}, check_stages});
  schema.check({"epidemic.calendar", {"epidemic.calendar"}, check_calendar});
  schema.check({"epidemic.masks", {"epidemic.masks"}, check_masks});
  schema.check({"epidemic.stay_home", {"epidemic.stay_home"}, check_stay_home});
  schema.check({"epidemic.report", {"epidemic.report", "epidemic.stage"}, check_reports});
  schema.check({"epidemic.seed", {"epidemic.seed"}, check_seeds});
}

Settings settings_from(const Values& values, const Calendar& calendar, Step steps,
                       const person::Geography& geography) {
  return Builder(values, calendar, steps, geography).all();
}

std::optional<StayHomeRule::Coefficients> stay_home_rule(const Values& values) {
  const double* intercept = values.find(rule_intercept);
  const double* order = values.find(rule_order);
  const double* cases = values.find(rule_cases);
  if (intercept == nullptr || order == nullptr || cases == nullptr) {
    return std::nullopt;
  }
  return StayHomeRule::Coefficients{*intercept, *order, *cases};
}

bool archetypes_stay_home(const Values& values) {
  return values.choice<StayHomeProvider>(provider) == StayHomeProvider::archetypes;
}

std::vector<SeedFile> seed_files(const Values& values) {
  std::vector<SeedFile> files;
  const auto& seeds = values.records("epidemic.seed");
  for (std::size_t k = 0; k < seeds.size(); ++k) {
    if (const FilePath* path = seeds[k].find(seed_file)) {
      files.push_back({k, path->text, seeds[k].place_of("file")});
    }
  }
  return files;
}

bool seeded(const Values& values) {
  const auto& seeds = values.records("epidemic.seed");
  const auto& imports = values.records("epidemic.importation");
  return std::any_of(seeds.begin(), seeds.end(),
                     [](const Values& s) {
                       const i64* count = s.find(seed_count);
                       return count == nullptr || *count > 0;
                     }) ||
         std::any_of(imports.begin(), imports.end(), [](const Values& i) {
           const Timeline<double>& per_day = i.get(import_per_day);
           return per_day.first() > 0 ||
                  std::any_of(per_day.changes().begin(), per_day.changes().end(),
                              [](const auto& c) { return c.value > 0; });
         });
}

}  // namespace throng::epidemic
