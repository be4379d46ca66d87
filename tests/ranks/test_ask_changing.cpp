// Archetypes by columns that change: who is asked at an epoch, who acts as what in between, and
// runs that go on from any step.
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/ranks/ask_world.h"

namespace throng {
using namespace ask_world;

namespace {

constexpr u32 moods = 3;

DecisionSettings by_mood(DecisionSettings s) {
  s.archetype.push_back(labelled("mood", mood.name, moods));
  return s;
}
/// It is told of personas.
DecisionSettings mentioning_mood(DecisionSettings s) {
  s.outside.push_back(labelled("mood", mood.name, moods));
  return s;
}
DecisionSettings of_everyone(DecisionSettings s) {
  s.everyone = true;
  s.audits = 0;
  return by_mood(std::move(s));
}

/// Codes 3 age + mood. The slow, obvious form of Archetypes::nearest.
u32 nearest(const std::map<u32, u64>& rows, u32 code) {
  const auto steps = [](u32 a, u32 b) { return a > b ? a - b : b - a; };
  std::tuple<u32, u64, u32> best = {~0U, 0, 0};
  for (const auto& [other, n] : rows) {
    const u32 far = steps(code / moods, other / moods) + steps(code % moods, other % moods);
    best = std::min(best, std::tuple(far, people - n, other));
  }
  return std::get<2>(best);
}

}  // namespace

TEST_CASE(
    "rows that change are asked about as what they are at the epoch, and act as what they are",
    "[ask]") {
  constexpr Step end = 40;
  for (const u32 lag : {1u, 4u, 7u}) {
    DecisionSettings settings = by_mood(plain_settings());
    settings.lag = lag;
    settings.correlation = {.group = .3, .own = .2};
    World w(Communicator(), Split{false, 5}, std::move(settings));
    const Temperament temperament(Chance(luck), w.rows().tag(), decision_number("test"),
                                  {.group = .3, .own = .2});
    const auto all_places = places();
    std::map<Step, std::map<u32, u64>> rows_of;    // epoch, code
    std::map<Step, std::map<u32, u32>> answer_of;  // epoch, code
    std::map<u32, u32> in_force;
    std::map<Step, u64> expected_as_nearest;
    std::set<u32> asked_last;
    Step epoch_in_force = 0;
    std::size_t acting = 0, as_nearest = 0;

    for (Step now = 1; now <= end; ++now) {
      w.simulation->step();

      std::size_t different = 0;
      const auto did = w.simulation->population().kind("row").values(acted);
      std::array<i64, 2> levels{};
      std::map<u32, u64> rows;
      for (Row r = 0; r < people; ++r) {
        const AgentId id = w.rows().partition().id_of(r);
        const u32 code = moods * age_of(id) + mood_of(id, now);
        ++rows[code];
        u32 share = 0;
        if (!in_force.empty()) {
          const auto own = in_force.find(code);
          as_nearest += own == in_force.end() ? 1 : 0;
          share = own != in_force.end() ? own->second
                                        : in_force.at(nearest(rows_of[epoch_in_force], code));
        }
        const bool acts = temperament.acts(share, id - all_places[id], id, epoch_in_force);
        different += did[r] != (acts ? 1 : 0) ? 1 : 0;
        levels[age_of(id) % 2] += acts ? 1 + age_of(id) % 2 : 0;
        acting += acts ? 1 : 0;
      }
      INFO("lag " << lag << " step " << now);
      REQUIRE(different == 0);

      const auto put_in_force = [&](Step epoch) {
        u64 strangers = 0;
        for (const auto& [code, n] : rows_of[epoch]) {
          strangers += !in_force.empty() && in_force.count(code) == 0 ? n : 0;
        }
        expected_as_nearest[epoch] = strangers;
        in_force = answer_of[epoch];
        epoch_in_force = epoch;
      };
      const auto ask = [&](Step epoch) {
        rows_of[epoch] = rows;
        for (const auto& [code, n] : rows) {
          u32 share = 50'000;
          for (const u32 v : {code / moods, code % moods, u32{band_of(levels[code / moods % 2])},
                              u32{now / 7 % 2}}) {
            share = share % 700'000 + 37'000 * v + 11'000;
          }
          answer_of[epoch][code] = share;
        }
      };
      const Step due = now + 1 - lag;
      const bool comes = now + 1 > lag && (due == 1 || (due > 0 && due % 7 == 0));
      if (comes && due < now) {
        put_in_force(due);
      }
      if (now == 1 || now % 7 == 0) {
        ask(now);
      }
      if (comes && due == now) {
        put_in_force(due);
      }
    }

    std::set<std::size_t> different_counts;
    for (const Asked& a : w.provider->answered) {
      std::vector<u64> masses;
      std::vector<u16> codes;
      for (const auto& [code, n] : rows_of[a.step]) {
        masses.push_back(n);
        codes.push_back(static_cast<u16>(code));
      }
      REQUIRE(a.mass == masses);
      for (std::size_t q = 0; q < codes.size(); ++q) {
        REQUIRE(moods * a.values[4 * q] + a.values[4 * q + 1] == codes[q]);
      }
      different_counts.insert(codes.size());
    }
    std::map<Step, u64> found;
    for (const DecisionEpoch& e : w.decision->take_epochs()) {
      CHECK(e.rows == people);
      found[e.asked] = e.rows_as_nearest;
    }
    CHECK(found == expected_as_nearest);
    // The test means something: some kinds of rows come and go, and those who act as others do.
    CHECK(different_counts.size() >= 2);
    CHECK(acting > people * end / 20);
    CHECK(as_nearest > 300);
    CHECK(expected_as_nearest.at(14) > 100);
    // Bounds on questions do not depend on how rows are when the run begins.
    CHECK(w.decision->most_questions() == u64{ages} * moods * 3 * 2);
  }
}

TEST_CASE("rows that change are asked the same on any ranks and partitions", "[ask]") {
  const Communicator world = Communicator::world();
  using Times = std::pair<u32, u32>;
  for (const auto& [every, lag] : {Times{7, 1}, Times{7, 5}, Times{1, 1}}) {
    for (const auto& change : {by_mood, mentioning_mood, of_everyone}) {
      for (const Split& split : {splits[1], splits[4]}) {
        World here(world, split, change(rich_settings(every, lag)), true);
        World alone(Communicator(), Split{}, change(rich_settings(every, lag)));
        for (Step now = 1; now <= 26; ++now) {
          INFO("every " << every << " lag " << lag << " step " << now);
          here.simulation->step();
          alone.simulation->step();
          REQUIRE(here.simulation->content_hash() == alone.simulation->content_hash());
          REQUIRE(here.simulation->full_hash() == here.simulation->content_hash());
          REQUIRE(texts(here.decision->take_epochs()) == texts(alone.decision->take_epochs()));
        }
        CHECK(here.provider->prepared == alone.provider->prepared);
        CHECK(here.provider->answered == alone.provider->answered);
      }
    }
  }
}

TEST_CASE("a run of rows that change goes on from any step, on other ranks, as it went through",
          "[ask]") {
  const Communicator world = Communicator::world();
  constexpr Step end = 27;
  for (const u32 lag : {1u, 5u, 7u}) {
    for (const auto& change : {by_mood, mentioning_mood, of_everyone}) {
      World through(Communicator(), Split{}, change(rich_settings(7, lag)));
      std::vector<u64> hash = {0};
      while (through.simulation->now() < end) {
        through.simulation->step();
        hash.push_back(through.simulation->content_hash());
      }
      const auto epochs = texts(through.decision->take_epochs());
      const auto& answered = through.provider->answered;
      for (Step stop = 1; stop < end; stop += lag == 7 ? 4 : 2) {
        World first(world, splits[stop % 5], change(rich_settings(7, lag)));
        first.run_to(stop);
        const Kept past(*first.simulation);
        const std::size_t was_answered = first.provider->answered.size();

        World second(world, splits[(stop / 2 + 1) % 5], change(rich_settings(7, lag)),
                     stop % 3 == 0, &past);
        REQUIRE(second.simulation->content_hash() == hash[stop]);
        for (Step now = stop + 1; now <= end; ++now) {
          second.simulation->step();
          INFO("lag " << lag << " stopped at " << stop << " step " << now);
          REQUIRE(second.simulation->content_hash() == hash[now]);
        }

        // What was not answered before is asked once more, of whom it was asked then.
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
}

TEST_CASE("personas of rows that change are what they are said to be when they are asked",
          "[ask]") {
  const Communicator world = Communicator::world();
  DecisionSettings s = by_mood(plain_settings());
  s.personas = 2;
  s.audits = 30;
  World w(world, splits[1], s);

  w.run_to(28);

  // age, mood, level, week, trait
  std::set<AgentId> who;
  REQUIRE(w.provider->answered.size() == 5);
  for (const Asked& a : w.provider->answered) {
    for (std::size_t q = 0; q < a.mass.size(); ++q) {
      const auto v = std::span(a.values).subspan(5 * q, 5);
      REQUIRE(v[0] == age_of(a.who[q]));
      REQUIRE(v[1] == mood_of(a.who[q], a.step));
      REQUIRE(v[4] == trait_of(a.who[q]));
      who.insert(a.who[q]);
    }
  }
  CHECK(who.size() > 60);
}

TEST_CASE("who is asked as whom stays as it was when the run began", "[ask]") {
  const Communicator world = Communicator::world();
  DecisionSettings s = by_mood(plain_settings());
  s.least_rows = 100;
  World w(world, splits[2], s);
  // All are of mood 0 then: the few of age 4 are asked as of age 3, those of other moods later as
  // what they are.
  REQUIRE(w.decision->merged_rows() == rows_of_ages().at(4));

  w.run_to(14);

  bool few_are_asked = false;
  for (const Asked& a : w.provider->answered) {
    for (std::size_t q = 0; q < a.mass.size(); ++q) {
      CHECK_FALSE((a.values[4 * q] == 4 && a.values[4 * q + 1] == 0));
      few_are_asked = few_are_asked || (a.values[4 * q] == 4 && a.mass[q] < 100);
    }
  }
  CHECK(few_are_asked);
}

}  // namespace throng
