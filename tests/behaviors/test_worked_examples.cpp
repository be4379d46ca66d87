// Ten people, dwell times of whole days, and what then has to happen on which day, counted by hand.
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include <catch2/catch.hpp>

#include "behaviors/epidemic/calibration.h"
#include "behaviors/epidemic/contacts.h"
#include "behaviors/epidemic/stay_home_rule.h"
#include "scenarios/models/epidemic_recorders.h"
#include "scenarios/user_source.h"
#include "tests/behaviors/epidemic_example.h"
#include "tests/behaviors/fixture.h"

using namespace throng;
using namespace throng::epidemic;
using namespace throng::epidemic::fixture;

namespace {

constexpr u32 people = 10;

WholeSteps days(double n) { return WholeSteps::constant(n); }

constexpr std::size_t index(Layer layer) { return static_cast<std::size_t>(layer); }

enum class Together { apart, household, school };

/// Ten people who meet only as said; beta 0.
Model ten(Together how, std::shared_ptr<const NaturalHistory> history, Step steps) {
  UserPopulation p;
  p.people.id.resize(people);
  std::iota(p.people.id.begin(), p.people.id.end(), 0);
  if (how == Together::household) {
    p.people.household.assign(people, 0);
    p.households.id = {0};
  }
  if (how == Together::school) {
    p.people.place.assign(people, 0);
    p.places.id = {0};
    p.places.kind = {PlaceKind::school};
  }
  Model m = model_of(std::make_shared<UserSource>(std::move(p)), steps);
  m.settings->history = std::move(history);
  m.settings->contacts.weight = {1, 1, 1, 0, 1, 1, 0};
  return m;
}

std::vector<AgentId> everybody() {
  std::vector<AgentId> ids(people);
  std::iota(ids.begin(), ids.end(), 0);
  return ids;
}

/// Stages in a row, each of its days; stage 0 is the susceptible one, the last is final.
std::shared_ptr<const NaturalHistory> in_a_row(std::vector<Stage> stages,
                                               const std::vector<double>& dwell) {
  stages.insert(stages.begin(), Stage{});
  stages.push_back({.name = "recovered", .next = {}});
  for (std::size_t k = 0; k < dwell.size(); ++k) {
    stages[k + 1].next = {{static_cast<u8>(k + 2), {}, days(dwell[k])}};
  }
  return std::make_shared<NaturalHistory>(std::move(stages), u8{1}, 1u, 0.0);
}

const Stage exposed = {.name = "exposed", .next = {}};
const Stage ill = {.name = "ill", .infectiousness = 1, .symptomatic = true, .next = {}};
const Stage ward = {.name = "ward", .symptomatic = true, .role = StageRole::hospital, .next = {}};
const Stage icu = {.name = "icu", .symptomatic = true, .role = StageRole::critical, .next = {}};

std::vector<double> always(Step steps, double value) {
  return std::vector<double>(steps + std::size_t{1}, value);
}

/// Reports by day, index = day.
std::vector<i64> reports_of(const Model& m) {
  Trial trial(m, 1);
  std::vector<i64> daily = {0};
  while (trial.simulation().now() < m.settings->steps) {
    trial.step();
    const auto& entries = trial.simulation().due_counts(reported_at.name).entries;
    daily.push_back(std::accumulate(entries.begin(), entries.end(), i64{0}));
  }
  return daily;
}

/// Remembers what it is asked, and answers one share.
class Listener final : public CellProvider {
 public:
  explicit Listener(u32 share) : share_(share) {}
  std::string_view name() const override { return "listener"; }
  void answer(const CellQuestions& questions, std::span<u32> shares) const override {
    cases.push_back(questions.features[2]);
    orders.push_back(questions.features[3]);
    std::fill(shares.begin(), shares.end(), share_);
  }
  mutable std::vector<double> cases, orders;

 private:
  u32 share_;
};

Results recorded(const Model& m) {
  Trial trial(m, 1);
  EpidemicSeries recorder(m.settings, m.age_bands, false);
  recorder.begin(trial.simulation());
  while (trial.simulation().now() < m.settings->steps) {
    trial.step();
    recorder.step(trial.simulation());
  }
  Results results;
  recorder.write(results);
  return results;
}

template <class T>
std::vector<T> series(const Results& results, const std::string& name) {
  for (const Series& s : results.series) {
    if (s.name == name) {
      return std::get<std::vector<T>>(s.values);
    }
  }
  return {};
}

NextGeneration next_generation_of(const Model& m) {
  Population population = population_of(m, 1);
  return {*m.settings, count_mixing(Communicator(), population, *m.settings)};
}

}  // namespace

// ---- reports and isolation ----------------------------------------------------------------------

TEST_CASE("who passes through a stage in no time is reported as any other", "[epidemic]") {
  // Infected on day 1, ill for 0 days and in the ward from day 3 on, reported 2 days later.
  Model m = ten(Together::apart, in_a_row({exposed, ill, ward}, {2, 0, 3}), 8);
  m.settings->seeds = {these(everybody())};
  m.settings->reports = {{.stage = 2, .share = always(8, 1), .delay = days(2)}};

  CHECK(reports_of(m) == std::vector<i64>{0, 0, 0, 0, 0, 10, 0, 0, 0});
}

TEST_CASE("two stages of one day draw their reports apart", "[epidemic]") {
  // Half are reported at each stage, both entered on day 3: three quarters in all, not a half.
  constexpr AgentId many = 16'000;
  Model m = well_mixed(many, 4);
  m.settings->history = in_a_row({exposed, ill, ward}, {2, 0, 3});
  m.settings->seeds = {anybody(many)};
  m.settings->reports = {{.stage = 2, .share = always(4, .5), .delay = days(1)},
                         {.stage = 3, .share = always(4, .5), .delay = days(1)}};

  agrees("reported at one of two stages", proportion(reports_of(m)[4], many), .75, .02);
}

TEST_CASE("isolation and reports count from the day symptoms begin, latent stage or not",
          "[epidemic]") {
  // Both are infected on day 1 and ill on days 2 to 5; they isolate from day 3 on.
  for (const bool latent : {false, true}) {
    CAPTURE(latent);
    Model m = ten(Together::household,
                  latent ? in_a_row({exposed, ill}, {1, 4}) : in_a_row({ill}, {4}), 7);
    Settings& s = *m.settings;
    s.seeds = {these({0})};
    s.only_seeds_infect = true;
    s.reports = {
        {.stage = static_cast<u8>(latent ? 2 : 1), .share = always(7, 1), .delay = days(2)}};
    m.beta = 3;
    const auto days_of_contacts = [&] {
      Trial trial(m, 1, Log::yes);
      std::set<Step> seen;
      while (trial.simulation().now() < s.steps) {
        trial.step();
        CHECK(trial.values(symptoms_on)[0] == (trial.simulation().now() < 2 && latent ? never : 2));
        CHECK(trial.values(isolating_until)[0] ==
              (trial.simulation().now() < 2 || s.measures.isolation_compliance.empty() ? 0 : 6));
      }
      for (const auto& t : trial.log()) {
        if (t.layer == index(Layer::household)) {
          seen.insert(t.step);
        }
      }
      return seen;
    };

    CHECK(days_of_contacts() == std::set<Step>{2, 3, 4, 5});
    s.measures.isolation_compliance = always(7, 1);
    s.measures.isolated = {0, 0, 0, 0, 0, 0, 1};
    CHECK(days_of_contacts() == std::set<Step>{2});
    CHECK(reports_of(m) == std::vector<i64>{0, 0, 0, 0, 1, 0, 0, 0});
  }
}

TEST_CASE("compliance is drawn once, and lasts while symptoms do", "[epidemic]") {
  // Ill on days 2 and 3, worse on days 4 to 6.
  Model m = ten(Together::apart, in_a_row({exposed, ill, ill}, {1, 2, 3}), 8);
  m.settings->seeds = {these(everybody())};
  const auto isolating = [](Trial& trial) {
    const auto until = trial.values(isolating_until);
    return std::vector<StoredStep>(until.begin(), until.end());
  };

  m.settings->measures.isolation_compliance = always(8, .5);
  Trial half(m, 1);
  half.step();
  half.step();
  const auto at_first = isolating(half);
  half.step();
  half.step();
  const auto later = isolating(half);
  CHECK(std::count(at_first.begin(), at_first.end(), 4) > 0);
  CHECK(std::count(at_first.begin(), at_first.end(), 0) > 0);
  for (std::size_t i = 0; i < people; ++i) {
    CAPTURE(i, at_first[i]);
    CHECK(later[i] == (at_first[i] == 4 ? 7 : 0));
  }

  m.settings->measures.isolation_compliance = {0, 0, 0, 1, 1, 1, 1, 1, 1};
  Trial too_late(m, 1);
  too_late.run();
  CHECK(isolating(too_late) == std::vector<StoredStep>(people, 0));
}

// ---- staying home -------------------------------------------------------------------------------

TEST_CASE("the first decision to stay home is made on day 1", "[epidemic]") {
  CHECK(decided_before(1, 7) == 0);
  CHECK(decided_before(2, 7) == 1);
  CHECK(decided_before(7, 7) == 1);
  CHECK(decided_before(8, 7) == 7);
  CHECK(decided_before(14, 7) == 7);
  CHECK(decided_before(15, 7) == 14);
  CHECK(decided_before(1, 1) == 0);
  CHECK(decided_before(2, 1) == 1);
  CHECK(decided_before(3, 1) == 2);

  // Ill from day 2 on, at home from day 2 on; without a decision nobody of ten escapes a beta
  // of 50.
  Model m = ten(Together::household, in_a_row({ill}, {3}), 7);
  m.settings->seeds = {these({0})};
  m.settings->measures.at_home = {0, 0, 0, 0, 0, 0, 1};
  m.beta = 50;
  Trial free(m, 1);
  free.run();
  CHECK(free.infected() == people);
  m.settings->stay_home.provider = std::make_shared<Listener>(whole_share);
  Trial home(m, 1);
  home.run();
  CHECK(home.infected() == 1);
}

TEST_CASE("decisions hear of cases per 100,000 a week, however often they are made", "[epidemic]") {
  // All ten are ill on day 2 and reported on day 3: 100,000 per 100,000.
  Model m = ten(Together::apart, in_a_row({exposed, ill}, {1, 3}), 15);
  Settings& s = *m.settings;
  s.seeds = {these(everybody())};
  s.reports = {{.stage = 2, .share = always(15, 1), .delay = days(1)}};
  s.stay_home.order_in_force.assign(16, 0);
  std::fill(s.stay_home.order_in_force.begin() + 7, s.stay_home.order_in_force.end(), u8{2});
  const auto asked = [&](u32 every) {
    const auto listener = std::make_shared<Listener>(0);
    s.stay_home.every = every;
    s.stay_home.provider = listener;
    Trial trial(m, 1);
    while (trial.simulation().now() < s.steps) {
      trial.step();
    }
    return listener;
  };

  const auto weekly = asked(7), often = asked(5);

  CHECK(weekly->cases == std::vector<double>{0, 100'000, 0});  // days 1, 7 and 14
  CHECK(weekly->orders == std::vector<double>{0, 2, 2});
  CHECK(often->cases == std::vector<double>{0, 140'000, 0, 0});  // days 1, 5, 10 and 15
  CHECK(often->orders == std::vector<double>{0, 0, 2, 2});
}

// ---- series -------------------------------------------------------------------------------------

TEST_CASE("cohorts that are not followed to the end have no reproduction number", "[epidemic]") {
  // Ill for four days: a cohort has done with infecting four days after its own infection.
  Model m = ten(Together::apart, in_a_row({ill}, {4}), 10);
  CHECK(m.settings->history->days_of_transmission(.99) == 4);
  CHECK(m.settings->history->days_of_transmission(.75) == 3);
  for (const Step day : {2, 6, 7}) {
    m.settings->seeds.push_back(these({day}));
    m.settings->seeds.back().step = day;
  }

  const auto r = series<double>(recorded(m), "cohort_r");

  REQUIRE(r.size() == 11);
  for (Step day = 0; day <= 10; ++day) {
    CAPTURE(day, r[day]);
    CHECK((day == 2 || day == 6 ? r[day] == 0 : std::isnan(r[day])));
  }
}

TEST_CASE("an admission is a way into the hospital, not from bed to bed", "[epidemic]") {
  const auto admissions_of = [](std::vector<Stage> stages, const std::vector<double>& dwell) {
    Model m = ten(Together::apart, in_a_row(std::move(stages), dwell), 12);
    m.settings->seeds = {these(everybody())};
    const Results results = recorded(m);
    return std::pair{series<i64>(results, "admissions"),
                     series<i64>(results, "critical_admissions")};
  };
  const auto on = [](Step day) {
    std::vector<i64> daily(13, 0);
    daily[day] = people;
    return daily;
  };

  // Infected on day 1, ill on day 2, in the ward on day 4, in critical care on day 6, back on
  // day 8.
  CHECK(admissions_of({exposed, ill, ward, icu, ward}, {1, 2, 2, 2, 2}) == std::pair{on(4), on(6)});
  CHECK(admissions_of({exposed, ill, icu}, {1, 2, 2}) == std::pair{on(4), on(4)});
  CHECK(admissions_of({exposed, ill, ward, icu}, {1, 2, 0, 2}) == std::pair{on(4), on(4)});
}

// ---- natural history ----------------------------------------------------------------------------

TEST_CASE("symptoms begin once in a course", "[epidemic]") {
  // Infectious before symptoms on days 1 and 2, ill on days 3 and 4, worse on days 5 and 6.
  const Stage before = {.name = "before", .infectiousness = 1, .next = {}};
  const auto h = in_a_row({before, ill, ill}, {2, 2, 2});

  const auto dose = h->dose_by_day(0);

  using Timings = std::array<double, 4>;
  REQUIRE(dose.size() == 7);
  CHECK(dose[0] == Timings{});
  CHECK(dose[1] == Timings{1, 0, 0, 0});
  CHECK(dose[2] == Timings{1, 0, 0, 0});
  CHECK(dose[3] == Timings{0, 1, 0, 0});
  CHECK(dose[4] == Timings{0, 0, 1, 0});
  CHECK(dose[5] == Timings{0, 0, 1, 0});
  CHECK(dose[6] == Timings{0, 0, 1, 0});
  CHECK(h->infects_before_symptoms());
  CHECK(h->summary(std::vector{1.0}).presymptomatic_share == Approx(2.5 / 6));
}

TEST_CASE("symptoms of no time count as begun, and later infectious stages as after",
          "[epidemic]") {
  const Stage weak = {.name = "weak", .infectiousness = 1, .next = {}};

  const auto dose = in_a_row({exposed, ill, weak}, {1, 0, 2})->dose_by_day(0);

  using Timings = std::array<double, 4>;
  REQUIRE(dose.size() == 3);
  CHECK(dose[1] == Timings{0, 1, 0, 0});
  CHECK(dose[2] == Timings{0, 0, 1, 0});
}

TEST_CASE("infections are told apart by the infector's symptoms", "[epidemic]") {
  // Infectious before symptoms on days 2 and 3, ill on days 4 and 5, weak on days 6 and 7; people
  // meet on one day only, when nobody of ten escapes a beta of 50.
  const Stage before = {.name = "before", .infectiousness = 1, .next = {}};
  const Stage weak = {.name = "weak", .infectiousness = 1, .next = {}};
  const auto infected_on = [&](Step day) {
    Model m = ten(Together::household, in_a_row({before, ill, weak}, {2, 2, 2}), 8);
    m.settings->seeds = {these({0})};
    m.settings->measures.open.assign(9, PerLayer{});
    m.settings->measures.open[day].fill(1);
    m.beta = 50;
    Trial trial(m, 1);
    trial.run();
    return trial.simulation().tally(infections_by_timing.name);
  };

  using Counts = std::vector<i64>;  // before, on the day, after, never
  CHECK(infected_on(2) == Counts{9, 0, 0, 0});
  CHECK(infected_on(3) == Counts{9, 0, 0, 0});
  CHECK(infected_on(4) == Counts{0, 9, 0, 0});
  CHECK(infected_on(5) == Counts{0, 0, 9, 0});
  CHECK(infected_on(6) == Counts{0, 0, 9, 0});
}

TEST_CASE("where nobody infects before symptoms there is no share of it", "[epidemic]") {
  for (const auto& h : {in_a_row({ill}, {4}), in_a_row({exposed, ill}, {1, 4})}) {
    CHECK_FALSE(h->infects_before_symptoms());
    CHECK(std::isnan(h->summary(std::vector{1.0}).presymptomatic_share));
  }
}

// ---- people, one by one -------------------------------------------------------------------------

namespace {

/// Ten people of whom 0 and 1 live together; 0 knows seven of the others, 1 knows one.
Model acquaintances(Step steps) {
  UserPopulation p;
  p.people.id.resize(people);
  std::iota(p.people.id.begin(), p.people.id.end(), 0);
  p.people.household = {0, 0, 1, 2, 3, 4, 5, 6, 7, 8};
  p.households.id = {0, 1, 2, 3, 4, 5, 6, 7, 8};
  p.people.age.assign(people, 30);
  p.people.age[0] = 60;
  Model m = model_of(std::make_shared<UserSource>(std::move(p)), steps);
  m.settings->contacts.weight = {0, 0, 0, 0, 0, 1, 0};
  m.edges = {{0, 2, 1}, {0, 3, 1}, {0, 4, 1}, {0, 5, 1},
             {0, 6, 1}, {0, 7, 1}, {0, 8, 1}, {1, 9, 1}};
  m.beta = 50;
  return m;
}

}  // namespace

TEST_CASE("two people of one household have contacts of their own", "[epidemic]") {
  Model m = acquaintances(5);
  m.settings->history = in_a_row({ill}, {2});
  m.settings->seeds = {these({0, 1})};
  Trial trial(m, 1, Log::yes);
  trial.run();
  std::array<u32, people> met = {};
  for (const auto& t : trial.log()) {
    if (t.layer == index(Layer::edges)) {
      ++met.at(t.source);
    }
  }
  CHECK(met == std::array<u32, people>{7, 1});
}

namespace {

/// Half of those from 50 on stay home, nobody else.
class TheOldHalf final : public CellProvider {
 public:
  std::string_view name() const override { return "the old half"; }
  void answer(const CellQuestions& questions, std::span<u32> shares) const override {
    for (std::size_t k = 0; k < shares.size(); ++k) {
      shares[k] = questions.features[k * questions.names.size()] > 0 ? whole_share / 2 : 0;
    }
  }
};

}  // namespace

TEST_CASE("who decides stays home with all contacts or with none", "[epidemic]") {
  // Ill from day 2 on, decided on day 1: either all seven are infected, or none.
  Model m = acquaintances(6);
  m.age_bands = {0, 50};
  m.settings->bands = 2;
  m.settings->susceptibility = {1, 1};
  m.settings->history = in_a_row({ill}, {3});
  m.settings->seeds = {these({0})};
  m.settings->measures.at_home = {1, 1, 1, 1, 1, 0, 1};
  m.settings->stay_home.provider = std::make_shared<TheOldHalf>();
  u32 home = 0;
  for (u64 seed = 1; seed <= 64; ++seed) {
    Trial trial(m, seed);
    trial.run();
    CAPTURE(seed);
    CHECK((trial.infected() == 1 || trial.infected() == 8));
    home += trial.infected() == 1;
  }
  // 64 coins: 32 (4); beyond 16 to 48 once in 15,000 times.
  CAPTURE(home);
  CHECK(home >= 16);
  CHECK(home <= 48);
}

// ---- calibration --------------------------------------------------------------------------------

TEST_CASE("a case infects each member of a household once at most, at any weight", "[epidemic]") {
  Model m = ten(Together::household, in_a_row({ill}, {4}), 1);
  const auto attack = [&](double weight) {
    m.settings->contacts.weight[index(Layer::household)] = weight;
    const NextGeneration next = next_generation_of(m);
    return std::pair{next.household_attack_rate(.1), next.leading(.1).r0};
  };

  // Four days at a hazard of 0.1 a day.
  CHECK(attack(1).first == Approx(1 - std::exp(-.4)).epsilon(1e-3));
  CHECK(attack(1).second == Approx(9 * (1 - std::exp(-.4))).epsilon(1e-3));
  for (const double weight : {1e3, 1e4, 2e4, 1e6, 1e9}) {
    CAPTURE(weight);
    CHECK(attack(weight).first <= 1 + 1e-12);
    CHECK(attack(weight).first == Approx(1));
    CHECK(attack(weight).second == Approx(9));
  }
}

TEST_CASE("contacts with a grade of one class are contacts with the class", "[epidemic]") {
  // Eight contacts a day with nine others, over four days at a hazard of 0.1 a contact.
  Model m = ten(Together::school, in_a_row({ill}, {4}), 1);
  m.settings->contacts.in_class = 8;
  for (const double share : {1.0, .5, 0.0}) {
    CAPTURE(share);
    m.settings->contacts.class_share = share;
    CHECK(next_generation_of(m).leading(.1).r0 ==
          Approx(9 * (1 - std::exp(-.4 * 8 / 9))).epsilon(1e-3));
  }
}

// ---- what a scenario may say --------------------------------------------------------------------

TEST_CASE("working from home is refused where no job can be done there", "[epidemic]") {
  const std::string text = R"(
base = "scenarios/natural_history/sir.toml"
run.steps = 3
epidemic.beta = 0.1
epidemic.closures.telework = 0.5
)";
  const Values values = example::read(text);
  person::Geography geography = example::geography();
  const auto build = [&] {
    return settings_from(values, Calendar{values.get(scenario::run_start)}, 3, geography);
  };
  CHECK(build().measures.teams_closed[2] == .25);  // half of the half of sector "51"

  geography.sectors.clear();
  geography.telework.clear();
  try {
    build();
    FAIL("accepted");
  } catch (const InputError& error) {
    CHECK(std::string(error.what()) ==
          "test.toml:5:19: epidemic.closures.telework would keep nobody from work (no sector of "
          "this population has jobs that can be done from home; one of files has no sectors at "
          "all). Remove it.");
  }
}
