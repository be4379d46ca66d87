#include <catch2/catch.hpp>

#include "behaviors/epidemic/stay_home_rule.h"
#include "sim/math.h"
#include "tests/behaviors/epidemic_example.h"

using namespace throng;
using namespace throng::epidemic;

namespace {
const std::string sir = "base = \"scenarios/natural_history/sir.toml\"\n";

// Shares of infections by age, 0-9 to 90 and more, as Covasim's parameters.py has them.
struct Severity {
  double symptomatic, severe, critical, death;
};
constexpr Severity covasim[] = {
    {0.5, 0.0005, 0.00003, 0.00002}, {0.55, 0.00165, 0.00008, 0.00002},
    {0.6, 0.0072, 0.00036, 0.0001},  {0.65, 0.0208, 0.00104, 0.00032},
    {0.7, 0.0343, 0.00216, 0.00098}, {0.75, 0.0765, 0.00933, 0.00265},
    {0.8, 0.1328, 0.03639, 0.00766}, {0.85, 0.20655, 0.08923, 0.02439},
    {0.9, 0.2457, 0.1742, 0.08292},  {0.9, 0.2457, 0.1742, 0.1619},
};

u8 stage_named(const NaturalHistory& history, const std::string& name) {
  for (u8 s = 0; s < history.stages().size(); ++s) {
    if (history.stages()[s].name == name) {
      return s;
    }
  }
  FAIL("no stage " << name);
  return 0;
}

std::size_t layer(Layer l) { return static_cast<std::size_t>(l); }
}  // namespace

TEST_CASE("everything an epidemic can be told has a doc and a source", "[epidemic][parameters]") {
  Schema schema;
  declare(schema);

  const std::vector<std::string> names = undocumented(schema.fields());

  CAPTURE(names);
  CHECK(names.empty());
  CHECK(schema.fields().find("epidemic.stage") != nullptr);
}

TEST_CASE("the shipped natural histories are read, and end", "[epidemic][parameters]") {
  for (const std::string name : {"sir", "seir", "influenza", "covid19", "covid19_covasim"}) {
    CAPTURE(name);
    const Settings s = example::settings("base = \"scenarios/natural_history/" + name +
                                         ".toml\"\nrun.steps = 1\nepidemic.r0 = 2.0\n");

    CHECK(s.r0 == 2.0);
    CHECK_FALSE(s.beta.has_value());
    CHECK(s.history->stages().front().name == "susceptible");
    CHECK(s.history->entry() == 1);
    CHECK(s.susceptibility.size() == s.bands);
    for (u32 band = 0; band < s.bands; ++band) {
      double all = 0;
      for (const auto& course : s.history->courses(band)) {
        all += course.probability;
      }
      CHECK(all == Approx(1).epsilon(1e-12));
    }
  }
}

TEST_CASE("the branches of COVID-19 multiply to the severity of their source",
          "[epidemic][parameters]") {
  for (const std::string name : {"covid19", "covid19_covasim"}) {
    const Settings s = example::settings("base = \"scenarios/natural_history/" + name +
                                         ".toml\"\nrun.steps = 1\nepidemic.r0 = 2.5\n");
    const NaturalHistory& h = *s.history;
    const u8 exposed = stage_named(h, "exposed"), mild = stage_named(h, "mild");
    const u8 severe = stage_named(h, "severe"), critical = stage_named(h, "critical");

    REQUIRE(s.bands == std::size(covasim));
    for (u32 band = 0; band < s.bands; ++band) {
      CAPTURE(name, band);
      const double symptomatic = h.probability(exposed, band, 0);
      const double in_hospital = symptomatic * h.probability(mild, band, 0);
      const double in_danger = in_hospital * h.probability(severe, band, 0);
      CHECK(symptomatic == Approx(covasim[band].symptomatic).epsilon(1e-5));
      CHECK(in_hospital == Approx(covasim[band].severe).epsilon(1e-5));
      CHECK(in_danger == Approx(covasim[band].critical).epsilon(1e-5));
      CHECK(in_danger * h.probability(critical, band, 0) ==
            Approx(covasim[band].death).epsilon(1e-5));
    }
  }
}

TEST_CASE("COVID-19 has the generation time and the early transmission it was chosen for",
          "[epidemic][parameters]") {
  // Ages as in a population with equal bands: the generation time hardly depends on it.
  const std::vector<double> equal(10, 0.1);
  const auto summary = [&](const std::string& name) {
    return example::settings("base = \"scenarios/natural_history/" + name +
                             ".toml\"\nrun.steps = 1\nepidemic.r0 = 2.5\n")
        .history->summary(equal);
  };

  const auto decaying = summary("covid19"), flat = summary("covid19_covasim");

  CAPTURE(decaying.generation_sd, flat.generation_sd, flat.presymptomatic_share);
  CHECK(decaying.generation_mean == Approx(5.7).margin(0.3));
  CHECK(decaying.generation_sd == Approx(2.3).margin(0.3));
  CHECK(decaying.presymptomatic_share == Approx(0.5).margin(0.1));
  CHECK(flat.generation_mean == Approx(9.1).margin(0.4));
}

// 2020-03-06 is a Friday: step 1 is Saturday the 7th, step 3 Monday the 9th.
TEST_CASE("calendar, closures and masks become multipliers by step", "[epidemic][parameters]") {
  const Settings s = example::settings(sir + R"(
run = {start = 2020-03-06, steps = 6}
[epidemic]
beta = 0.1
[epidemic.calendar]
weekly = true
holidays = [2020-03-10]
[[epidemic.calendar.school_breaks]]
from = 2020-03-11
to = 2020-03-11
[epidemic.closures]
schools = [{value = 0.0}, {from = 2020-03-12, value = 0.75}]
telework = 0.4
community = [{value = 0.0}, {from = 2020-03-12, value = 0.5}]
[epidemic.closures.sectors]
72 = [{value = 0.0}, {from = 2020-03-12, value = 0.5}]
51 = [{value = 0.0}, {from = 2020-03-12, value = 0.25}]
[epidemic.masks]
coverage = [{value = 0.0}, {from = 2020-03-12, value = 0.8}]
effect = 0.25
layers = ["community", "work"]
)");
  const Measures& m = s.measures;
  const auto school = layer(Layer::school), work = layer(Layer::work);
  const auto community = layer(Layer::community), household = layer(Layer::household);

  REQUIRE(m.open.size() == 7);
  CHECK(m.open[0][school] == 1.4);  // Friday
  CHECK(m.open[1][school] == 0);    // Saturday
  CHECK(m.open[2][work] == 0);      // Sunday
  CHECK(m.open[3][school] == 1.4);  // Monday
  CHECK(m.open[3][work] == 1.4);
  CHECK(m.open[3][community] == 1);
  CHECK(m.open[4][school] == 0);  // Tuesday, a holiday
  CHECK(m.open[4][work] == 0);
  CHECK(m.open[5][school] == 0);  // Wednesday, no school
  CHECK(m.open[5][work] == 1.4);
  // Thursday, with masks: (1 - 0.8 * 0.25)^2 = 0.64.
  CHECK(m.open[6][school] == Approx(1.4));
  CHECK(m.open[6][work] == Approx(1.4 * 0.64));
  CHECK(m.open[6][community] == Approx(0.5 * 0.64));
  CHECK(m.open[6][household] == 1);
  CHECK(m.most[school] == 1.4);
  CHECK(m.most[community] == 1);

  CHECK(m.schools_closed[5] == 0);
  CHECK(m.schools_closed[6] == 0.75);
  REQUIRE(m.sectors == 2);
  REQUIRE(m.teams_closed.size() == 14);
  CHECK(m.teams_closed[5 * 2 + 0] == Approx(0.2));                   // 0.4 of the half that can
  CHECK(m.teams_closed[5 * 2 + 1] == 0);                             // nobody of 72 can
  CHECK(m.teams_closed[6 * 2 + 0] == Approx(1 - (1 - 0.25) * 0.8));  // 0.4
  CHECK(m.teams_closed[6 * 2 + 1] == 0.5);
}

TEST_CASE("without a weekly calendar school and work meet every day but on holidays",
          "[epidemic][parameters]") {
  const Settings s = example::settings(sir +
                                       "run = {start = 2020-03-06, steps = 2}\nepidemic.beta = "
                                       "0.1\nepidemic.calendar.holidays = [2020-03-08]\n");

  CHECK(s.measures.open[1][layer(Layer::work)] == 1);  // a Saturday
  CHECK(s.measures.open[2][layer(Layer::work)] == 0);
  CHECK(s.measures.open[2][layer(Layer::school)] == 0);
}

TEST_CASE("stages, seeds, importations and reports become settings", "[epidemic][parameters]") {
  const Settings s = example::settings(R"(
run = {start = 2020-03-01, steps = 10}
[epidemic]
r0 = 1.5
age_bands = [0, 20, 60]
susceptibility = [0.5, 1.0, 1.5]
entry = "latent"
infectiousness_decay = 0.0
[epidemic.contacts]
class = 11.0
weight = {household = 2.0}
[[epidemic.stage]]
name = "healthy"
[[epidemic.stage]]
name = "ill"
infectiousness = 0.5
symptomatic = true
next = [{to = "dead", share_by_age = [0.0, 0.25, 0.5], dwell = {kind = "constant", mean = 3}},
        {to = "well", dwell = {kind = "geometric", mean = 4.0}}]
[[epidemic.stage]]
name = "latent"
next = [{to = "ill", dwell = {kind = "gamma", mean = 2.0, sd = 1.0}}]
[[epidemic.stage]]
name = "well"
[[epidemic.stage]]
name = "dead"
role = "dead"
[epidemic.isolation]
compliance = [{value = 0.0}, {from = 2020-03-05, value = 0.5}]
contacts_left = {work = 0.05}
[epidemic.stay_home]
provider = "rule"
every = 5
intercept = -1.0
order = 1.0
cases = 0.5
order_in_force = [{value = 0}, {from = 2020-03-03, value = 2}]
[[epidemic.report]]
stage = "ill"
share = [{value = 0.0}, {from = 2020-03-04, value = 0.25}]
delay = {kind = "constant", mean = 2.0}
[[epidemic.seed]]
count = 7
[[epidemic.seed]]
count = 3
date = 2020-03-04
neighborhood = "south"
[[epidemic.seed]]
file = "ids.csv"
[[epidemic.importation]]
per_day = [{value = 0.0}, {from = 2020-03-06, value = 2.5}]
neighborhood = "north"
)");
  const NaturalHistory& h = *s.history;

  CHECK(s.bands == 3);
  CHECK(h.entry() == 2);
  CHECK(h.stages()[4].role == StageRole::dead);
  CHECK(h.probability(1, 2, 0) == Approx(0.5));
  CHECK(h.probability(1, 0, 1) == 1);
  CHECK(h.stages()[1].next[1].dwell.mean() == Approx(4));
  CHECK(s.contacts.in_class == 11);
  CHECK(s.contacts.weight[layer(Layer::household)] == 2);
  CHECK(s.contacts.weight[layer(Layer::work)] == 0.6);
  CHECK(s.contacts.weight[layer(Layer::outside)] == 0);
  CHECK(s.measures.isolation_compliance[3] == 0);
  CHECK(s.measures.isolation_compliance[4] == 0.5);
  CHECK(s.measures.isolated[layer(Layer::work)] == 0.05);
  CHECK(s.measures.isolated[layer(Layer::household)] == 0.3);
  CHECK(s.stay_home.every == 5);
  CHECK(s.stay_home.order_in_force[1] == 0);
  CHECK(s.stay_home.order_in_force[2] == 2);
  REQUIRE(s.reports.size() == 1);
  CHECK(s.reports[0].stage == 1);
  CHECK(s.reports[0].share[2] == 0);
  CHECK(s.reports[0].share[3] == 0.25);
  CHECK(s.reports[0].delay.mean() == 2);
  REQUIRE(s.seeds.size() == 3);
  CHECK(s.seeds[0].step == 1);
  CHECK(s.seeds[0].count == 7);
  CHECK(s.seeds[0].neighborhood == no_group);
  CHECK(s.seeds[1].step == 3);
  CHECK(s.seeds[1].neighborhood == 1);
  CHECK(s.seeds[2].count == 0);
  REQUIRE(s.importations.size() == 1);
  CHECK(s.importations[0].per_day[4] == 0);
  CHECK(s.importations[0].per_day[5] == 2.5);
  CHECK(s.importations[0].neighborhood == 0);
}

TEST_CASE("a seed's file is named with the seed it belongs to", "[epidemic][parameters]") {
  const Values values = example::read(
      sir +
      "run.steps = 1\nepidemic.beta = 1\nepidemic.seed = [{count = 1}, {file = \"ids.csv\"}]\n");

  const std::vector<SeedFile> files = seed_files(values);

  REQUIRE(files.size() == 1);
  CHECK(files[0].index == 1);
  CHECK(files[0].path == std::string(THRONG_SOURCE_DIR) + "/ids.csv");
  CHECK(files[0].place.str() == "test.toml:4:32");
}

TEST_CASE("the rule answers with a logistic share", "[epidemic][stay_home]") {
  const StayHomeRule rule({.intercept = -2.0, .order = 1.0, .cases = 0.5});
  // No order and no cases; an order of 2 and none: logistic(0) = 1/2; e - 1 cases: -2 + 0.5.
  const std::vector<double> features = {0, 0, 0, 0, 3, 1, 0, 2, 3, 1, 1.718281828459045, 0};
  std::vector<u32> shares(3);

  rule.answer({stay_home_features, features}, shares);

  CHECK(shares[0] == 124993);  // 2^20 / (1 + e^2) = 124993.3
  CHECK(shares[1] == whole_share / 2);
  CHECK(shares[2] == 191287);  // 2^20 / (1 + e^1.5) = 191287.1
}
