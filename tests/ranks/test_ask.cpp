// A decision of archetypes in a small world, on every rank count and partition: the same questions
// in the same order, the same answers, the same people who act; restarts, and what is refused.
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

TEST_CASE("any ranks and partitions ask the same and act the same", "[ask]") {
  const Communicator world = Communicator::world();
  using Times = std::pair<u32, u32>;
  for (const auto& [every, lag] : {Times{7, 1}, Times{7, 3}, Times{7, 7}, Times{1, 1}}) {
    for (const Split& split : splits) {
      // Checked: every phase runs twice, and asks once.
      World here(world, split, rich_settings(every, lag), true);
      World alone(Communicator(), Split{}, rich_settings(every, lag));
      for (Step now = 1; now <= 30; ++now) {
        INFO("every " << every << " lag " << lag << " step " << now
                      << (split.scatter ? " scattered" : "") << " shuffle " << split.shuffle);
        here.simulation->step();
        alone.simulation->step();
        REQUIRE(here.simulation->content_hash() == alone.simulation->content_hash());
        REQUIRE(here.simulation->full_hash() == here.simulation->content_hash());
        REQUIRE(texts(here.decision->take_epochs()) == texts(alone.decision->take_epochs()));
      }
      CHECK(here.provider->prepared == alone.provider->prepared);
      CHECK(here.provider->answered == alone.provider->answered);
      // Every epoch is begun once and answered once, with the same questions.
      const std::size_t epochs = every == 1 ? 30 : 5;
      REQUIRE(here.provider->prepared.size() == epochs);
      REQUIRE(here.provider->answered.size() >= epochs - 1);
      for (std::size_t k = 0; k < here.provider->answered.size(); ++k) {
        CHECK(here.provider->answered[k] == here.provider->prepared[k]);
        CHECK(here.provider->answered[k].step == (k == 0 ? 1 : every == 1 ? k + 1 : every * k));
      }
    }
  }
}

TEST_CASE("questions, shares and actions are those of plain loops over everybody", "[ask]") {
  constexpr Step end = 44;
  for (const u32 lag : {1u, 4u, 7u}) {
    DecisionSettings settings = plain_settings();
    settings.lag = lag;
    settings.remembered = 2;
    settings.correlation = {.group = .3, .own = .2};
    World w(Communicator(), Split{false, 5}, std::move(settings));
    const Temperament temperament(Chance(luck), w.rows().tag(), decision_number("test"),
                                  {.group = .3, .own = .2});
    const auto all_places = places();
    const auto mass = rows_of_ages();
    std::map<Step, std::map<u32, u32>> answer_of;         // epoch, age
    std::map<u32, std::vector<u32>> tenths;               // age: of shares, the latest last
    std::map<Step, std::vector<u16>> expected_questions;  // epoch
    std::map<u32, u32> in_force;
    Step epoch_in_force = 0;
    std::size_t acting = 0;

    for (Step now = 1; now <= end; ++now) {
      w.simulation->step();

      std::size_t different = 0;
      const auto did = w.simulation->population().kind("row").values(acted);
      std::array<i64, 2> levels{};
      for (Row r = 0; r < people; ++r) {
        const AgentId id = w.rows().partition().id_of(r);
        const u32 share = in_force.count(age_of(id)) == 0 ? 0 : in_force[age_of(id)];
        const bool acts = temperament.acts(share, id - all_places[id], id, epoch_in_force);
        different += did[r] != (acts ? 1 : 0) ? 1 : 0;
        levels[age_of(id) % 2] += acts ? 1 + age_of(id) % 2 : 0;
        acting += acts ? 1 : 0;
      }
      INFO("lag " << lag << " step " << now);
      REQUIRE(different == 0);

      // What was asked `lag` steps before the next one comes into force; then the next is asked.
      const auto put_in_force = [&](Step epoch) {
        const auto& asked_then = expected_questions[epoch];
        for (std::size_t q = 0; q < asked_then.size() / 5; ++q) {
          u32 share = 50'000;
          for (std::size_t f = 0; f < 5; ++f) {
            share = share % 700'000 + 37'000 * asked_then[5 * q + f] + 11'000;
          }
          const u32 a = asked_then[5 * q];
          in_force[a] = share;
          tenths[a].push_back(1 + share * 10 / whole_share);
        }
        epoch_in_force = epoch;
      };
      const auto ask = [&](Step epoch) {
        auto& questions = expected_questions[epoch];
        for (const auto& [a, n] : mass) {
          const auto& t = tenths[a];
          questions.insert(questions.end(), {static_cast<u16>(a), band_of(levels[a % 2]),
                                             static_cast<u16>(now / 7 % 2),
                                             static_cast<u16>(t.empty() ? 0 : t.back()),
                                             static_cast<u16>(t.size() < 2 ? 0 : t[t.size() - 2])});
        }
      };
      const bool is_epoch = now == 1 || now % 7 == 0;
      const Step due = now + 1 - lag;
      const bool comes = now + 1 > lag && (due == 1 || (due > 0 && due % 7 == 0));
      if (comes && due < now) {
        put_in_force(due);
      }
      if (is_epoch) {
        ask(now);
      }
      if (comes && due == now) {
        put_in_force(due);
      }
    }

    std::set<std::vector<u16>> different_questions;
    for (const Asked& a : w.provider->answered) {
      CHECK(a.values == expected_questions[a.step]);
      different_questions.insert(a.values);
      std::vector<u64> masses;
      for (const auto& [age_asked, n] : mass) {
        masses.push_back(n);
      }
      CHECK(a.mass == masses);
      CHECK(a.who.empty());
    }
    // The test means something: people act, and questions change.
    CHECK(acting > people * end / 20);
    CHECK(different_questions.size() >= 4);
    CHECK(w.provider->answered.size() == (lag == 1 ? 7 : 6));
  }
}

TEST_CASE("shares are in force from the lag after their epoch until those of the next", "[ask]") {
  DecisionSettings settings = plain_settings();
  settings.lag = 3;
  const ArchetypeDecision decision(settings);
  const std::vector<Step> in_force = {0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 7, 7, 7, 7, 7, 7, 7, 14, 14};
  for (Step now = 0; now < in_force.size(); ++now) {
    CHECK(decision.epoch_in_force(now) == in_force[now]);
    CHECK(decision.is_epoch(now) == (now == 1 || now == 7 || now == 14));
  }
  settings.every = settings.lag = 1;
  const ArchetypeDecision daily(settings);
  CHECK(daily.epoch_in_force(1) == 0);
  CHECK(daily.epoch_in_force(2) == 1);
  CHECK(daily.epoch_in_force(9) == 8);
  CHECK(daily.is_epoch(9));
  CHECK_FALSE(daily.is_epoch(0));
}

TEST_CASE("a run that goes on from any step, on other ranks, is the run that went through",
          "[ask]") {
  const Communicator world = Communicator::world();
  constexpr Step end = 24;
  for (const u32 lag : {1u, 4u, 7u}) {
    World through(Communicator(), Split{}, rich_settings(7, lag));
    std::vector<u64> hash = {0};
    while (through.simulation->now() < end) {
      through.simulation->step();
      hash.push_back(through.simulation->content_hash());
    }
    const auto epochs = texts(through.decision->take_epochs());
    const auto& answered = through.provider->answered;
    for (Step stop = 1; stop < end; ++stop) {
      const Split& before = splits[stop % 5];
      const Split& after = splits[(stop / 2 + 1) % 5];
      World first(world, before, rich_settings(7, lag));
      first.run_to(stop);
      const Kept past(*first.simulation);
      const std::size_t was_answered = first.provider->answered.size();

      World second(world, after, rich_settings(7, lag), stop % 3 == 0, &past);
      REQUIRE(second.simulation->now() == stop);
      REQUIRE(second.simulation->content_hash() == hash[stop]);
      for (Step now = stop + 1; now <= end; ++now) {
        second.simulation->step();
        INFO("lag " << lag << " stopped at " << stop << " step " << now);
        REQUIRE(second.simulation->content_hash() == hash[now]);
      }

      // What was not answered before is asked once more, as it was.
      const auto rest = std::vector<Asked>(
          answered.begin() + static_cast<std::ptrdiff_t>(was_answered), answered.end());
      CHECK(second.provider->answered == rest);
      auto kept = texts(first.decision->take_epochs());
      const auto later = texts(second.decision->take_epochs());
      kept.insert(kept.end(), later.begin(), later.end());
      CHECK(kept == epochs);
    }
  }
}

TEST_CASE("an answer that was kept has the bits of one that came now", "[ask]") {
  const Communicator world = Communicator::world();
  const auto run = [&](Rung rung) {
    DecisionSettings s = plain_settings();
    s.provider = std::make_shared<Respondent>([rung](const Questions& q, std::size_t k) {
      Answer answer = of_everything(q, k);
      answer.rung = rung;
      return answer;
    });
    World w(world, splits[0], s);
    w.run_to(9);
    const DecisionEpoch last = w.decision->take_epochs().back();
    CHECK(last.rows_by_rung[static_cast<std::size_t>(rung)] == people);
    CHECK(last.degraded_rows == 0);
    return w.simulation->content_hash();
  };
  const u64 live_hash = run(Rung::live);
  CHECK(run(Rung::cache) == live_hash);
  CHECK(run(Rung::cassette) == live_hash);
}

TEST_CASE("other archetypes are no fixed columns of the same run", "[ask]") {
  const Communicator world = Communicator::world();
  const auto hash_of = [&](const std::function<void(DecisionSettings&)>& change) {
    DecisionSettings s = plain_settings();
    change(s);
    const World w(world, splits[0], s);
    const Kind& kind = w.simulation->population().kind("test_archetype");
    return kind.hash_of(*kind.find(archetype_columns::identity.name)->store);
  };
  const u64 same = hash_of([](DecisionSettings&) {});
  CHECK(hash_of([](DecisionSettings& s) { s.lag = 5; }) == same);
  CHECK(hash_of([](DecisionSettings& s) { s.archetype[0].feature.labels[2] = "two"; }) != same);
  CHECK(hash_of([](DecisionSettings& s) { s.least_rows = 100; }) != same);
  CHECK(hash_of([](DecisionSettings& s) { s.remembered = 1; }) != same);  // another lattice
  CHECK(hash_of([](DecisionSettings& s) { s.everyone = true; }) != same);
}

// ---- mistakes -----------------------------------------------------------------------------------

TEST_CASE("settings that do not fit each other are refused with what to do", "[ask]") {
  const auto refused = [](const std::function<void(DecisionSettings&)>& change) {
    DecisionSettings s = plain_settings();
    change(s);
    return message_of([&] { ArchetypeDecision decision(s); });
  };
  CHECK(refused([](DecisionSettings&) {}) == "nothing thrown");
  CHECK(refused([](DecisionSettings& s) { s.audits = 1; }) ==
        "decision.test.audits: single people are asked in full, but a question mentions none "
        "(personas is 0). Set personas to 1 or more, and the features of a persona.");
  CHECK(refused([](DecisionSettings& s) {
          s.personas = 1;
          s.outside.clear();
        }) ==
        "decision.test.personas: nothing tells a persona from its archetype (persona is empty). "
        "Name the features outside of the archetype that its question mentions.");
  CHECK(refused([](DecisionSettings& s) { s.lag = 8; }) ==
        "decision.test.lag = 8 is longer than the time between two decisions (7 steps). Choose a "
        "lag of at most that.");
  CHECK(refused([](DecisionSettings& s) {
          s.personas = 1;
          s.outside = s.archetype;
        }) == "'age' is mentioned twice. Name it once.");
  class Nothing final : public Circumstances {
   public:
    const std::vector<Feature>& features() const override { return none_; }
    void bind(Binder&) override {}
    void look(Step, u32, const LabelOf&, std::span<u16>) const override {}

   private:
    std::vector<Feature> none_;
  };
  CHECK(refused([](DecisionSettings& s) {
          s.archetype.clear();
          s.circumstances = std::make_shared<Nothing>();
        }) ==
        "decision.test.archetype: a question would mention nothing (archetype, lattice and persona "
        "are empty). Name at least one feature.");
  for (const auto& broken : std::vector<std::function<void(DecisionSettings&)>>{
           [](DecisionSettings& s) { s.lag = 0; }, [](DecisionSettings& s) { s.every = 0; },
           [](DecisionSettings& s) { s.remembered = 4; },
           [](DecisionSettings& s) { s.provider = nullptr; }}) {
    CHECK_THROWS_AS(refused(broken), ContractError);
  }
}

}  // namespace throng
