// What archetypes make of answers: fallbacks where one is missing, means of personas, audits.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/ranks/ask_world.h"

namespace throng {
using namespace ask_world;

// ---- fallbacks ----------------------------------------------------------------------------------

namespace {

/// Answers but for these ages at these epochs.
std::shared_ptr<Respondent> failing(std::set<u16> of_age, std::set<Step> at) {
  return std::make_shared<Respondent>([of_age, at](const Questions& q, std::size_t k) {
    if (of_age.count(label(q, k, "age")) > 0 && at.count(q.step) > 0) {
      return silent("HTTP 500");
    }
    return live(1000 * q.step + label(q, k, "age"));
  });
}

/// Answers to these ages alone.
std::shared_ptr<Respondent> answering(std::set<u16> of_age, u32 share) {
  return std::make_shared<Respondent>([of_age, share](const Questions& q, std::size_t k) {
    return of_age.count(label(q, k, "age")) > 0 ? live(share) : silent("not certified");
  });
}

}  // namespace

TEST_CASE("what fails climbs down the ladder, rung by rung", "[ask]") {
  const Communicator world = Communicator::world();
  const auto mass = rows_of_ages();
  DecisionSettings s = plain_settings();
  s.provider = failing({0, 1, 2, 4}, {1, 7});
  s.surrogate = answering({0}, 333);
  s.rule = answering({0, 1, 2, 4}, 777);
  s.fallback = {Rung::surrogate, Rung::last, Rung::rule};
  s.max_degraded_share = 1;
  const auto surrogate = std::dynamic_pointer_cast<Respondent>(s.surrogate);
  const auto rule = std::dynamic_pointer_cast<Respondent>(s.rule);
  World w(world, splits[1], s);

  w.run_to(14);

  const auto epochs = w.decision->take_epochs();
  REQUIRE(epochs.size() == 3);
  // At first nobody has a last share.
  CHECK(shares(epochs[0]) == std::map<u32, u32>{{0, 333}, {1, 777}, {2, 777}, {3, 1003}, {4, 777}});
  CHECK(rungs(epochs[0]) == std::map<u32, Rung>{{0, Rung::surrogate},
                                                {1, Rung::rule},
                                                {2, Rung::rule},
                                                {3, Rung::live},
                                                {4, Rung::rule}});
  const u64 by_rule = mass.at(1) + mass.at(2) + mass.at(4);
  CHECK(epochs[0].rows == people);
  CHECK(epochs[0].degraded_rows == mass.at(0) + by_rule);
  CHECK(epochs[0].rows_by_rung == std::array<u64, 7>{mass.at(3), 0, 0, mass.at(0), 0, by_rule, 0});
  // A fallback is no answer: there still is none to go on with.
  CHECK(rungs(epochs[1]) == rungs(epochs[0]));
  CHECK(epochs[2].degraded_rows == 0);
  CHECK(shares(epochs[2]).at(4) == 14'004);
  CHECK(epochs[2].rows_by_rung[0] == people);
  // Rungs are asked about what is open, no more.
  REQUIRE(surrogate->answered.size() == 2);
  CHECK(surrogate->answered[0].mass ==
        std::vector<u64>{mass.at(0), mass.at(1), mass.at(2), mass.at(4)});
  REQUIRE(rule->answered.size() == 2);
  CHECK(rule->answered[0].mass == std::vector<u64>{mass.at(1), mass.at(2), mass.at(4)});
  CHECK(rule->answered[0].step == 1);
}

TEST_CASE("the last share goes on until it is too old", "[ask]") {
  const Communicator world = Communicator::world();
  // Answered at 7; at 14, 21 and 28 not.
  const auto settings = [](u32 last_for) {
    DecisionSettings s = plain_settings();
    s.provider = failing({2}, {14, 21, 28});
    s.rule = answering({2}, 777);
    s.fallback = {Rung::last, Rung::rule};
    s.max_degraded_share = 1;
    s.last_for = last_for;
    return s;
  };
  const auto of_two = [&](u32 last_for) {
    World w(world, splits[2], settings(last_for));
    w.run_to(28);
    std::vector<std::pair<u32, Rung>> all;
    for (const auto& e : w.decision->take_epochs()) {
      all.emplace_back(shares(e).at(2), rungs(e).at(2));
    }
    return all;
  };
  const std::pair<u32, Rung> first = {1002, Rung::live}, answered = {7002, Rung::live},
                             last = {7002, Rung::last}, rule = {777, Rung::rule};
  using List = std::vector<std::pair<u32, Rung>>;
  CHECK((of_two(0) == List{first, answered, last, last, last}));
  CHECK((of_two(14) == List{first, answered, last, last, rule}));
  CHECK((of_two(13) == List{first, answered, last, rule, rule}));
  CHECK((of_two(6) == List{first, answered, rule, rule, rule}));
}

TEST_CASE("too many who would act on a fallback end the run, on all ranks alike", "[ask]") {
  const Communicator world = Communicator::world();
  const auto mass = rows_of_ages();
  const auto settings = [](double allowed) {
    DecisionSettings s = plain_settings();
    s.provider = failing({1, 4}, {7});
    s.rule = answering({1, 4}, 777);
    s.fallback = {Rung::rule};
    s.max_degraded_share = allowed;
    return s;
  };
  const u64 degraded = mass.at(1) + mass.at(4);
  const double share = static_cast<double>(degraded) / people;
  for (const Split& split : splits) {
    World fails(world, split, settings(share - 1e-9));
    World goes_on(world, split, settings(share));
    goes_on.run_to(8);
    fails.run_to(6);

    const std::string message = message_of([&] { fails.simulation->step(); });

    std::array<char, 64> percent{};
    std::snprintf(percent.data(), percent.size(), "%.3g %%", 100 * share);
    CHECK(message == "decision.test, step 7: 2 of 5 questions have no answer of 'told', for " +
                         std::to_string(degraded) + " of 1500 rows (" + percent.data() +
                         "; max_degraded_share allows " + percent.data() +
                         ").\n  age 1, level low, week odd: HTTP 500\n  age 4, level low, week "
                         "odd: HTTP 500\nSee to what failed and go on with 'throng resume' "
                         "(without a checkpoint run it again: answers that came are kept), or "
                         "allow a fallback (fallback, max_degraded_share).");
  }
}

TEST_CASE("who has no number at all ends the run, whatever share is allowed", "[ask]") {
  const Communicator world = Communicator::world();
  const auto mass = rows_of_ages();
  DecisionSettings s = plain_settings();
  s.provider = std::make_shared<Respondent>([](const Questions&, std::size_t k) {
    return silent(k == 0 ? "" : "HTTP 429 insufficient_quota");
  });
  s.rule = answering({0}, 777);
  s.fallback = {Rung::last, Rung::rule};
  s.max_degraded_share = 1;
  World w(world, splits[3], s);

  const std::string message = message_of([&] { w.simulation->step(); });

  CHECK(message ==
        "decision.test, step 1: 5 of 5 questions have no answer of 'told', for 1500 of 1500 rows "
        "(100 %; max_degraded_share allows 100 %), and no fallback has a number for " +
            std::to_string(people - mass.at(0)) +
            " of these.\n  age 0, level low, week even: no answer\n  age 1, level low, week even: "
            "HTTP 429 insufficient_quota\n  age 2, level low, week even: HTTP 429 "
            "insufficient_quota\n  ...\nSee to what failed and go on with 'throng resume' (without "
            "a checkpoint run it again: answers that came are kept), or "
            "allow a fallback (fallback, max_degraded_share).");
}

// ---- single rows --------------------------------------------------------------------------------

TEST_CASE("an archetype's share is the mean of its personas' answers", "[ask]") {
  const Communicator world = Communicator::world();
  for (const u32 personas : {1u, 3u}) {
    DecisionSettings s = plain_settings();
    s.personas = personas;
    World w(world, splits[1], s);
    w.run_to(1);
    const auto epochs = w.decision->take_epochs();
    REQUIRE(epochs.size() == 1);
    const Asked& asked_once = w.provider->answered.at(0);
    REQUIRE(asked_once.who.size() == 5 * personas);
    CHECK(epochs[0].questions == 5 * personas);
    std::size_t q = 0;
    for (const auto& [a, share] : shares(epochs[0])) {
      u64 sum = 0;
      for (u32 k = 0; k < personas; ++k, ++q) {
        // age, level, week, trait
        const auto values = std::span(asked_once.values).subspan(4 * q, 4);
        const AgentId who = asked_once.who[q];
        CHECK(values[0] == a);
        CHECK(age_of(who) == a);
        CHECK(trait_of(who) == values[3]);
        u32 one = 50'000;
        for (const u16 v : values) {
          one = one % 700'000 + 37'000 * v + 11'000;
        }
        sum += one + who % 1000;
      }
      CHECK(share == (2 * sum + personas) / (2 * personas));  // to the nearest
    }
  }
}

TEST_CASE("an archetype is as good as the worst of its personas' answers", "[ask]") {
  const Communicator world = Communicator::world();
  const auto mass = rows_of_ages();
  DecisionSettings s = plain_settings();
  s.personas = 3;
  s.provider = std::make_shared<Respondent>([](const Questions& q, std::size_t k) {
    const bool fails = label(q, k, "age") == 2 && label(q, k, "trait") == 2;
    return fails ? silent("HTTP 500") : live(300);
  });
  s.rule = answering({2}, 903);
  s.fallback = {Rung::rule};
  s.max_degraded_share = static_cast<double>(mass.at(2)) / people;
  World w(world, splits[0], s);
  w.run_to(1);
  const auto epochs = w.decision->take_epochs();

  // The middle one of its three personas is of trait 2.
  CHECK(shares(epochs.at(0)).at(2) == (300 + 903 + 300) / 3);
  CHECK(rungs(epochs[0]).at(2) == Rung::rule);
  CHECK(epochs[0].degraded_rows == mass.at(2));
  s.max_degraded_share -= 1e-9;
  World strict(world, splits[0], s);
  CHECK(message_of([&] { strict.run_to(1); })
            .find("1 of 15 questions have no answer of 'told', "
                  "for " +
                  std::to_string(mass.at(2)) + " of 1500 rows") != std::string::npos);
}

TEST_CASE("where enough personas answer, the others are left out and their part counts as degraded",
          "[ask]") {
  const Communicator world = Communicator::world();
  const auto mass = rows_of_ages();
  const u64 part = (mass.at(2) + 2) / 3;  // one of three personas, rounded up
  DecisionSettings s = plain_settings();
  s.personas = 3;
  s.provider = std::make_shared<Respondent>([](const Questions& q, std::size_t k) {
    const u16 its_trait = label(q, k, "trait");
    const bool fails = label(q, k, "age") == 2 && its_trait == 2;
    return fails ? silent("HTTP 500") : live(300 + its_trait);
  });
  s.rule = answering({2}, 903);
  s.fallback = {Rung::rule};
  const auto rule = std::dynamic_pointer_cast<Respondent>(s.rule);
  s.least_answered = 2.0 / 3;
  s.max_degraded_share = static_cast<double>(part) / people;
  World w(world, splits[0], s);
  w.run_to(1);
  const auto epochs = w.decision->take_epochs();

  // The middle one of its three personas is of trait 2; the others answer, and are the mean.
  const Asked& asked_once = w.provider->answered.at(0);
  u32 sum = 0, answered = 0;
  for (std::size_t q = 0; q < asked_once.mass.size(); ++q) {
    const u16 of_age = asked_once.values[4 * q], its_trait = asked_once.values[4 * q + 3];
    if (of_age == 2 && its_trait != 2) {
      sum += 300U + its_trait;
      ++answered;
    }
  }
  REQUIRE(answered == 2);
  CHECK(shares(epochs.at(0)).at(2) == (sum + 1) / 2);
  CHECK(rungs(epochs[0]).at(2) == Rung::live);
  CHECK(epochs[0].degraded_rows == part);
  CHECK(epochs[0].partial_rows == mass.at(2));
  CHECK(rule->answered.empty());
  // No silent number: it counts against what is allowed.
  s.max_degraded_share -= 1e-9;
  World strict(world, splits[0], s);
  CHECK(message_of([&] { strict.run_to(1); })
            .find("1 of 15 questions have no answer of 'told', for " + std::to_string(part) +
                  " of 1500 rows") != std::string::npos);
  // Where fewer answer, what failed goes down the ladder.
  s.least_answered = 0.67;
  s.max_degraded_share = 1;
  World more(world, splits[1], s);
  more.run_to(1);
  const auto by_ladder = more.decision->take_epochs();
  CHECK(rungs(by_ladder.at(0)).at(2) == Rung::rule);
  CHECK(by_ladder[0].degraded_rows == mass.at(2));
  CHECK(by_ladder[0].partial_rows == 0);
}

TEST_CASE("audits say what archetypes miss, without bias and with their error", "[ask][chance]") {
  // What a row would do depends on its age, its trait and itself; archetypes are asked as of one
  // persona, and the few of age 4 as of another age.
  const Communicator world = Communicator::world();
  const auto law = [](u32 its_age, u32 its_trait, AgentId who) {
    return static_cast<u32>(100'000 + 60'000 * its_age + 90'000 * its_trait * its_trait / 4 +
                            mix(who) % 40'000);
  };
  DecisionSettings s = plain_settings();
  s.every = 1;
  s.personas = 1;
  s.audits = 40;
  s.least_rows = 100;
  s.provider = std::make_shared<Respondent>([law](const Questions& q, std::size_t k) {
    return live(law(label(q, k, "age"), label(q, k, "trait"), q.who[k]));
  });
  World w(world, splits[3], s);
  const Step end = 300;
  REQUIRE(w.decision->merged_rows() == rows_of_ages().at(4));

  w.run_to(end);

  const auto epochs = w.decision->take_epochs();
  REQUIRE(epochs.size() == end);
  const auto& archetypes = w.decision->archetypes();
  const auto share = shares(epochs[0]);
  std::vector<i64> sum(1);
  for (Row r = 0; r < w.rows().rows(); ++r) {
    const AgentId id = w.rows().partition().id_of(r);
    sum[0] += static_cast<i64>(law(age_of(id), trait_of(id), id)) -
              static_cast<i64>(share.at(archetypes.code(r)));
  }
  world.sum(std::span<i64>(sum));
  const double missed = static_cast<double>(sum[0]) * 0x1p-20 / people;
  double mean = 0, squares = 0, errors = 0;
  for (const auto& e : epochs) {
    REQUIRE(e.audits == 40);
    mean += e.correction / end;
    squares += (e.correction - missed) * (e.correction - missed) / end;
    errors += e.error * e.error / end;
  }
  const double error = std::sqrt(squares / end);
  const double ratio = squares / errors, ratio_error = std::sqrt(2.0 / end);
  if (world.rank() == 0) {
    std::printf(
        "audits: n %u x 40, correction %.5f of %.5f, standard error %.5f, notices %.5f; variance "
        "over the one reported %.3f, standard error %.3f, notices %.3f\n",
        end, mean, missed, error, 4 * error, ratio, ratio_error, 4 * ratio_error);
  }
  CHECK(std::abs(missed) > 20 * error);
  CHECK(std::abs(mean - missed) < 3.3 * error);
  CHECK(std::abs(ratio - 1) < 3.3 * ratio_error);
}

TEST_CASE("who is audited as another has its own circumstances and that one's memory", "[ask]") {
  const Communicator world = Communicator::world();
  DecisionSettings s = rich_settings(1, 1);
  s.audits = 400;
  World w(world, splits[1], s);

  w.run_to(6);

  // age, level, week, two shares remembered, trait
  std::size_t of_four = 0, elsewhere = 0;
  for (const Asked& a : w.provider->answered) {
    const std::size_t asked_of_archetypes = a.mass.size() - 400;
    REQUIRE(asked_of_archetypes == 4 * 2);
    std::map<u16, std::vector<u16>> told;
    for (std::size_t q = 0; q < a.mass.size(); ++q) {
      const std::vector<u16> v(a.values.begin() + static_cast<std::ptrdiff_t>(6 * q),
                               a.values.begin() + static_cast<std::ptrdiff_t>(6 * q + 6));
      if (q < asked_of_archetypes) {
        told[v[0]] = v;
        continue;
      }
      REQUIRE(a.mass[q] == 0);
      REQUIRE(v[0] == age_of(a.who[q]));
      REQUIRE(v[5] == trait_of(a.who[q]));
      // Those of age 4 are asked as of age 3; but the level is that of even ages.
      const bool four = v[0] == 4;
      const auto &as = told.at(four ? u16{3} : v[0]), &like = told.at(four ? u16{0} : v[0]);
      of_four += four ? 1 : 0;
      elsewhere += as[1] != like[1] ? 1 : 0;
      REQUIRE(v[1] == like[1]);
      REQUIRE(v[2] == as[2]);
      REQUIRE(v[3] == as[3]);
      REQUIRE(v[4] == as[4]);
    }
  }
  CHECK(of_four > 20);
  CHECK(elsewhere > 5);
}

TEST_CASE("where everyone is asked, each is asked of itself", "[ask]") {
  const Communicator world = Communicator::world();
  const auto settings = [] {
    DecisionSettings s = plain_settings();
    s.everyone = true;
    return s;
  };
  for (const Split& split : splits) {
    World here(world, split, settings(), true), alone(Communicator(), Split{}, settings());
    here.run_to(9);
    alone.run_to(9);
    CHECK(here.simulation->content_hash() == alone.simulation->content_hash());
    CHECK(here.decision->questions_per_epoch() == people);
    const Asked& a = here.provider->answered.at(0);
    REQUIRE(a.mass == std::vector<u64>(people, 1));
    for (AgentId id = 0; id < people; ++id) {
      // level, week, age, trait
      REQUIRE(a.who[id] == id);
      REQUIRE(a.values[4 * id + 2] == age_of(id));
      REQUIRE(a.values[4 * id + 3] == trait_of(id));
    }
  }
}

TEST_CASE("where a sample is asked, each is asked of itself and the others take its answer",
          "[ask]") {
  const Communicator world = Communicator::world();
  const auto settings = [] {
    DecisionSettings s = plain_settings();
    s.sample = 40;
    return s;
  };
  for (const Split& split : splits) {
    World here(world, split, settings(), true), alone(Communicator(), Split{}, settings());
    here.run_to(9);
    alone.run_to(9);
    CHECK(here.simulation->content_hash() == alone.simulation->content_hash());
    CHECK(here.decision->questions_per_epoch() == 40);
    CHECK(here.provider->answered == alone.provider->answered);
    const Asked& a = here.provider->answered.at(0);
    REQUIRE(a.who.size() == 40);
    u64 mass = 0;
    for (std::size_t q = 0; q < 40; ++q) {
      // level, week, age, trait
      REQUIRE(a.values[4 * q + 2] == age_of(a.who[q]));
      REQUIRE(a.values[4 * q + 3] == trait_of(a.who[q]));
      mass += a.mass[q];
    }
    CHECK(mass == people);
    CHECK(std::set<AgentId>(a.who.begin(), a.who.end()).size() == 40);
  }
}

}  // namespace throng
