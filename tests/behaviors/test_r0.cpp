// R0, household attack rate, generation time and presymptomatic share, measured: index cases alone
// infect, in a population that stays susceptible, and every offer they make is written down.
#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>
#include <random>

#include <catch2/catch.hpp>

#include "behaviors/epidemic/calibration.h"
#include "behaviors/person/columns.h"
#include "tests/behaviors/fixture.h"

using namespace throng;
using namespace throng::epidemic;
using namespace throng::epidemic::fixture;

namespace {

/// At an age of 45 days no case has any infectiousness left that could be seen.
constexpr Step long_enough = 45;
/// Schools and teams meet on five days of seven, so index cases are infected on seven days in turn.
constexpr Step week = 7;

/// New York at a tenth, where only the seeds infect; its next generation at R0 2.5.
struct Measured {
  Model model = new_york(.1, long_enough + week);
  std::unique_ptr<NextGeneration> next;
  std::vector<u32> type_of;  ///< [person]
};

const Measured& new_york_of_seeds() {
  static const Measured one = [] {
    Measured m;
    m.model.settings->only_seeds_infect = true;
    for (Step t = 1; t <= m.model.settings->steps; ++t) {
      PerLayer& open = m.model.settings->measures.open[t];
      open[static_cast<std::size_t>(Layer::school)] = t % week < 5 ? 7.0 / 5 : 0;
      open[static_cast<std::size_t>(Layer::work)] = t % week < 5 ? 7.0 / 5 : 0;
    }
    Population population = population_of(m.model, 1);
    m.next = std::make_unique<NextGeneration>(
        *m.model.settings, count_mixing(Communicator(), population, *m.model.settings));
    m.model.beta = m.next->beta_of(*m.model.settings->r0).value();
    Kind& person = population.kind(person::kind);
    const auto cell = person.values(person::cell), place = person.values(person::place_type),
               rate = person.values(person::contact_rate);
    for (Row i = 0; i < person.rows(); ++i) {
      m.type_of.push_back(
          m.next->counts().type_of(cell[i] % m.model.settings->bands, place[i], rate[i]));
    }
    return m;
  }();
  return one;
}

/// People in random order.
std::vector<AgentId> shuffled(std::size_t people) {
  std::vector<AgentId> ids(people);
  for (AgentId i = 0; i < people; ++i) {
    ids[i] = i;
  }
  std::shuffle(ids.begin(), ids.end(), std::mt19937_64(3));
  return ids;
}

/// About this many people, of types in proportion to `types`.
std::vector<AgentId> drawn(const std::vector<u32>& type_of, const Eigen::VectorXd& types, u32 n) {
  std::vector<double> wanted;
  for (Eigen::Index t = 0; t < types.size(); ++t) {
    wanted.push_back(types(t) * n);
  }
  std::vector<AgentId> index;
  for (const AgentId i : shuffled(type_of.size())) {
    if (wanted[type_of[i]] >= .5) {
      --wanted[type_of[i]];
      index.push_back(i);
    }
  }
  return index;
}

/// What index cases did: all of their offers, and those to different people.
struct Offers {
  std::unique_ptr<Trial> trial;
  std::vector<AgentId> index;
  std::vector<u32> case_of;  ///< [person]
  std::vector<Trial::Logged> all, different;
};

Offers offers_of(std::vector<AgentId> index, u64 seed) {
  Model m = new_york_of_seeds().model;
  m.settings = std::make_shared<Settings>(*m.settings);
  for (u32 k = 0; k < week; ++k) {
    m.settings->seeds.push_back(these({}));
    m.settings->seeds[k].step = k + 1;
  }
  for (u32 k = 0; k < index.size(); ++k) {
    m.settings->seeds[k % week].people.push_back(index[k]);
  }
  Offers o;
  o.trial = std::make_unique<Trial>(m, seed, Log::yes);
  while (o.trial->simulation().now() < m.settings->steps) {
    o.trial->step();
  }
  REQUIRE(o.trial->infected() == static_cast<i64>(index.size()));
  o.case_of.assign(m.source->people(), 0);
  for (u32 k = 0; k < index.size(); ++k) {
    o.case_of[index[k]] = k;
  }
  o.index = std::move(index);
  // A visitor's slot in another team may, rarely, be one's own.
  for (const auto& offer : o.trial->log()) {
    if (offer.layer != static_cast<u8>(Layer::outside) && offer.source != offer.target) {
      o.all.push_back(offer);
    }
  }
  o.different = o.all;
  const auto pair = [](const auto& t) { return std::pair(t.source, t.target); };
  std::stable_sort(o.different.begin(), o.different.end(),
                   [&](const auto& a, const auto& b) { return pair(a) < pair(b); });
  o.different.erase(std::unique(o.different.begin(), o.different.end(),
                                [&](const auto& a, const auto& b) { return pair(a) == pair(b); }),
                    o.different.end());
  return o;
}

/// Offers of typical early cases, made once.
const Offers& of_typical_cases() {
  static const Offers offers = [] {
    const Measured& city = new_york_of_seeds();
    const auto leading = city.next->leading(city.model.beta);
    return offers_of(drawn(city.type_of, leading.types, 130'000), 11);
  }();
  return offers;
}

}  // namespace

TEST_CASE("R0 measured in New York is the R0 that was asked for", "[.statistics]") {
  const Measured& city = new_york_of_seeds();
  const Offers& offers = of_typical_cases();
  REQUIRE(offers.index.size() >= 100'000);
  REQUIRE(city.next->leading(city.model.beta).r0 == Approx(2.5).epsilon(1e-8));

  std::vector<double> infects(offers.index.size(), 0.0);
  std::array<std::vector<double>, layers> by_layer;
  by_layer.fill(infects);
  for (const auto& t : offers.different) {
    ++infects[offers.case_of[t.source]];
    ++by_layer[t.layer][offers.case_of[t.source]];
  }
  const Estimate r0 = estimate(infects);

  agrees("R0 in New York", r0, 2.5, .02);
  CHECK(r0.mean == Approx(2.5).epsilon(.02));
  const PerLayer shares = city.next->layer_shares(city.model.beta);
  for (std::size_t l = 0; l < layers; ++l) {
    const Estimate of_layer = estimate(by_layer[l]);
    std::cout << "  " << layer_names[l] << ": " << of_layer.mean << " (" << of_layer.error
              << "), expected " << 2.5 * shares[l] << "\n";
    CHECK(std::abs(of_layer.mean - 2.5 * shares[l]) <= 4 * of_layer.error);
  }
}

TEST_CASE("the household attack rate measured in New York is the one that is told",
          "[.statistics]") {
  const Measured& city = new_york_of_seeds();
  auto index = shuffled(city.type_of.size());
  index.resize(120'000);
  const Offers offers = offers_of(std::move(index), 12);

  const auto size = offers.trial->values(person::household_size);
  std::vector<double> infects(offers.index.size(), 0.0), others;
  for (const AgentId i : offers.index) {
    others.push_back(size[i] - 1.0);
  }
  for (const auto& t : offers.different) {
    infects[offers.case_of[t.source]] += t.layer == static_cast<u8>(Layer::household);
  }

  agrees("household attack rate in New York", ratio(infects, others),
         city.next->household_attack_rate(city.model.beta), .02);
}

TEST_CASE("generation times and presymptomatic shares are those of the natural history",
          "[.statistics]") {
  // Every offer counts, repeats too, since the table is about doses. Expected values are those of
  // the age bands, weighted by what cases of each band did.
  const Settings& s = *new_york_of_seeds().model.settings;
  const Offers& offers = of_typical_cases();
  const auto cell = offers.trial->values(person::cell);
  const auto since = offers.trial->values(symptoms_on);
  std::vector<NaturalHistory::Summary> of_band;
  for (u32 band = 0; band < s.bands; ++band) {
    std::vector<double> share(s.bands, 0.0);
    share[band] = 1;
    of_band.push_back(s.history->summary(share));
  }

  const std::size_t n = offers.index.size();
  std::vector<double> count(n, 0.0), days(n, 0.0), squares(n, 0.0), with_symptoms(n, 0.0),
      before(n, 0.0);
  double mean = 0, second = 0, presymptomatic = 0, all_with_symptoms = 0;
  for (const auto& t : offers.all) {
    const u32 k = offers.case_of[t.source];
    const auto& expected = of_band[cell[t.source] % s.bands];
    const double day = t.step - 1.0 - k % week;
    count[k] += 1;
    days[k] += day;
    squares[k] += day * day;
    mean += expected.generation_mean;
    second += expected.generation_mean * expected.generation_mean +
              expected.generation_sd * expected.generation_sd;
    if (since[t.source] != never) {
      with_symptoms[k] += 1;
      before[k] += t.step < since[t.source] ? 1 : t.step == since[t.source] ? .5 : 0;
      presymptomatic += expected.presymptomatic_share;
      all_with_symptoms += 1;
    }
  }

  const auto all = static_cast<double>(offers.all.size());
  agrees("generation time [day]", ratio(days, count), mean / all, .02);
  agrees("mean square of the generation time [day^2]", ratio(squares, count), second / all, .02);
  agrees("presymptomatic share", ratio(before, with_symptoms), presymptomatic / all_with_symptoms,
         .02);
}

TEST_CASE("waiting for the next contact makes as many contacts as there are doses",
          "[.statistics]") {
  // Everybody is a case on day 1 and meets at random: person i makes 20 beta nu_i dose contacts on
  // average, dose being that of the natural history. Times of less than a day, two infectious
  // stages in a row and falling infectiousness are in it: wherever a contact is lost between one
  // waiting time and the next, it is missing here.
  constexpr AgentId people = 300'000;
  enum : u8 { susceptible, exposed, before, ill, recovered };
  std::vector<Stage> stages(5);
  stages[exposed].next = {{before, {}, WholeSteps::lognormal(1.5, 1)}};
  stages[before] = {
      .name = "before", .infectiousness = 1, .next = {{ill, {}, WholeSteps::lognormal(1, 1)}}};
  stages[ill] = {.name = "ill",
                 .infectiousness = .5,
                 .symptomatic = true,
                 .next = {{recovered, {}, WholeSteps::lognormal(4, 2)}}};
  Model m = well_mixed(people, long_enough);
  m.settings->history = std::make_shared<NaturalHistory>(stages, u8{exposed}, 1u, 2.5);
  m.settings->only_seeds_infect = true;
  m.settings->seeds = {anybody(people)};
  m.beta = .05;
  double dose = 0;
  for (const auto& course : m.settings->history->courses(0)) {
    dose += course.probability * course.dose;
  }

  for (const double shape : {0.0, .45}) {
    for (const bool daily : {false, true}) {
      m.settings->shape = shape;
      m.settings->daily_visits = daily;
      Trial trial(m, 21, Log::yes);
      while (trial.simulation().now() < long_enough) {
        trial.step();
      }
      const GammaClasses classes(shape > 0 ? shape : 1);
      std::vector<double> made(people, 0.0), expected;
      for (const u8 c : trial.values(infectiousness)) {
        expected.push_back(m.beta * contacts_a_day * dose * (shape > 0 ? classes.mean(c) : 1));
      }
      for (const auto& t : trial.log()) {
        if (t.layer == static_cast<u8>(Layer::community)) {
          ++made[t.source];
        }
      }

      agrees(std::string(daily ? "daily visits" : "timers") + " at shape " + std::to_string(shape) +
                 ": contacts per dose",
             ratio(made, expected), 1, .015);
    }
  }
}
