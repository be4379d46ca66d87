// Columns of every sort, rows that change them all, and what refuses a simulation: for the tests
// of Simulation.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <catch2/catch.hpp>

#include "tests/sim/scripted.h"

namespace throng::test {

inline constexpr Fixed<u32> height{.name = "test.height", .unit = "1", .doc = "-"};
inline constexpr State<u8> mood{
    .name = "test.mood", .unit = "label", .doc = "-", .indexed = true, .labels = "calm,loud,tired"};
inline constexpr State<StoredStep> wakes_at{
    .name = "test.wakes_at", .unit = "step", .doc = "-", .initial = never, .timer = true};
inline constexpr State<i32> balance{.name = "test.balance", .unit = "1", .doc = "-", .initial = -3};
inline constexpr State<i64> wealth{.name = "test.wealth", .unit = "1", .doc = "-"};
inline constexpr State<double> speed{.name = "test.speed", .unit = "1", .doc = "-", .initial = 1.5};
inline constexpr Decision<u8> wish{.name = "test.wish", .unit = "1", .doc = "-", .initial = 2};
inline constexpr Sum spent{.name = "test.spent", .unit = "1", .doc = "-"};
inline constexpr Tally steps_made{.name = "test.steps_made", .unit = "1", .doc = "-"};
struct Meeting {
  AgentId who = 0;
  Step when = 0;
  friend auto operator<=>(const Meeting&, const Meeting&) = default;
};
inline constexpr Event<Meeting> meeting{.name = "test.meeting", .doc = "-"};
inline constexpr Observation<u32> word{.name = "test.word", .doc = "A word."};
inline constexpr Observation<u32> unheard{.name = "test.unheard", .doc = "A word."};

// A simulation of `n` rows with one substep.
template <class... Scripts>
std::unique_ptr<Simulation> of_rows(AgentId n, SimulationOptions options, Scripts... scripts) {
  auto s = std::make_unique<Simulation>(Communicator(), test::rows(n, 3), options);
  s->add_substep("only", behaviors(std::move(scripts)...));
  return s;
}

// Rows that draw, change every sort of column, and decide.
struct Busy {
  Writes<u8> moods;
  Writes<StoredStep> wakes;
  Writes<i32> balances;
  Writes<i64> wealths;
  Writes<double> speeds;
  Decides<u8> wishes;
  Script script() {
    return {
        .name = "test.busy",
        .bind =
            [this](Binder& b) {
              moods = b.writes(mood);
              wakes = b.writes(wakes_at);
              balances = b.writes(balance);
              wealths = b.writes(wealth);
              speeds = b.writes(speed);
              wishes = b.decides(wish);
              b.follows(wakes);
              b.lists(moods, u8{1});
              b.draws("test.busy");
            },
        .decide =
            [this](const Decide& d) {
              d.for_each(all(), "test.busy.decide", [&](const DecideRow& me, const Words& w) {
                me.set(wishes, static_cast<u8>((me[wishes] + w[0]) % 7));
              });
            },
        .act =
            [this](const Act& a) {
              a.for_each(all(), "test.busy", [&](const ActRow& me, const Words& w) {
                if (w[0] % 3 == 0) {
                  me.set(moods, static_cast<u8>(w[1] % 3));
                  me.set(wakes,
                         w[2] % 5 == 0 ? never : static_cast<StoredStep>(a.now() + 1 + w[2] % 9));
                  me.set(balances, static_cast<i32>(w[3]));
                  me.set(wealths, -static_cast<i64>(w[1]));
                  me.set(speeds, 0.5 * w[0]);
                }
              });
              a.for_each(due(wakes), [&](const ActRow& me) { me.set(wealths, me[wealths] + 1); });
              a.for_each(having(moods, 1),
                         [&](const ActRow& me) { me.set(balances, me[balances] / 2); });
            }};
  }
};

inline std::string refusal(const std::function<void()>& f) {
  try {
    f();
  } catch (const ContractError& e) {
    return e.what();
  }
  return "";
}

template <class... Scripts>
std::string refusal_of(Scripts... scripts) {
  auto s = of_rows(10, {}, std::move(scripts)...);
  return refusal([&] { s->start(); });
}

inline Script binding(std::string name, std::function<void(Binder&)> bind,
                      std::string kind = "row") {
  return {.name = std::move(name), .kind = std::move(kind), .bind = std::move(bind)};
}

inline Catch::Matchers::StdString::ContainsMatcher says(const char* part) {
  return Catch::Matchers::Contains(part);
}

}  // namespace throng::test
