// A small world whose people decide by archetypes, and what tests ask it: questions, shares, who
// acted; on any partition, with anybody who answers.
#pragma once
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

#include "sim/ask.h"
#include "sim/spread.h"
#include "tests/sim/labelled.h"
#include "tests/sim/scripted.h"

namespace throng::ask_world {

using test::behaviors;
using test::labelled;
using test::Script;

constexpr AgentId people = 1500;
constexpr u64 luck = 17;
constexpr u32 ages = 6, traits = 5;

constexpr Fixed<u8> age{.name = "test.age", .unit = "1", .doc = "-"};
constexpr Fixed<u8> trait{.name = "test.trait", .unit = "1", .doc = "-"};
constexpr Fixed<u8> place{.name = "test.place", .unit = "1", .doc = "-"};
constexpr State<u8> acted{.name = "test.acted", .unit = "1", .doc = "-"};
constexpr State<u8> mood{.name = "test.mood", .unit = "1", .doc = "-"};
constexpr State<i64> level{.name = "test.level", .unit = "1", .doc = "-"};
constexpr Sum actors{.name = "test.actors", .unit = "1", .doc = "-"};

/// Few are of age 4, nobody is of age 5.
inline u8 age_of(AgentId id) {
  const u64 m = mix(id) % 100;
  return static_cast<u8>(m < 3 ? 4 : m % 4);
}
inline u8 trait_of(AgentId id) { return static_cast<u8>(mix(id + 7) % traits); }
/// Groups of 256 first, then of 1 to 5.
inline std::vector<u8> places() {
  std::vector<u8> all;
  for (u32 g = 0; all.size() < people; ++g) {
    for (u32 k = 0; k < (g == 0 ? 256 : 1 + g % 5) && all.size() < people; ++k) {
      all.push_back(static_cast<u8>(k));
    }
  }
  return all;
}

/// Nobody is of mood 2 when steps 1, 7 and 21 end; some come to be between.
inline u8 mood_of(AgentId id, Step now) {
  const bool may = (now >= 9 && now < 20) || now >= 24;
  return static_cast<u8>(may && mix(id + 3) % 7 == 0 ? 2 : mix(id + 100'000 * (now / 4)) % 2);
}

inline u16 band_of(i64 n) { return n < 150 ? 0 : n < 300 ? 1 : 2; }

/// How many acted, of even ages, or twice those of odd ones; and whether the week is odd.
class Levels final : public Circumstances {
 public:
  Levels() {
    features_.resize(2);
    features_[0].name = "level";
    features_[0].labels = {"low", "middle", "high"};
    features_[1].name = "week";
    features_[1].labels = {"even", "odd"};
    for (Feature& f : features_) {
      f.from = Feature::From::lattice;
    }
  }
  const std::vector<Feature>& features() const override { return features_; }
  void bind(Binder& b) override { level_ = b.sees("world", level); }
  void look(Step now, u32 archetypes, const LabelOf& label_of, std::span<u16> out) const override {
    for (u32 a = 0; a < archetypes; ++a) {
      out[2 * a] = band_of(level_.at(label_of(a, "age").value_or(0) % 2U));
      out[2 * a + 1] = now / 7 % 2;
    }
  }

 private:
  std::vector<Feature> features_;
  Sees<i64> level_;
};

/// What was asked, in order.
struct Asked {
  Step step = 0;
  std::vector<u16> values;
  std::vector<u64> mass;
  std::vector<AgentId> who;
  bool operator==(const Asked&) const = default;
};
inline Asked asked(const Questions& q) {
  return {q.step,
          {q.values.begin(), q.values.end()},
          {q.mass.begin(), q.mass.end()},
          {q.who.begin(), q.who.end()}};
}

/// Answers by a function, and remembers what it was asked.
class Respondent final : public DecisionProvider {
 public:
  using Law = std::function<Answer(const Questions&, std::size_t)>;
  explicit Respondent(Law law) : law_(std::move(law)) {}
  std::string_view name() const override { return "told"; }
  void prepare(const Questions& q) override { prepared.push_back(asked(q)); }
  void answer(const Questions& q, std::span<Answer> answers) override {
    answered.push_back(asked(q));
    for (std::size_t k = 0; k < q.count(); ++k) {
      answers[k] = law_(q, k);
    }
  }
  std::vector<Asked> prepared, answered;

 private:
  Law law_;
};

inline u16 label(const Questions& q, std::size_t question, std::string_view feature) {
  for (std::size_t f = 0; f < q.features.size(); ++f) {
    if (q.features[f].name == feature) {
      return q.of(question)[f];
    }
  }
  FAIL("no such feature");
  return 0;
}

inline Answer live(u32 share) { return {.share = share, .rung = Rung::live, .why = {}}; }
inline Answer silent(std::string why) {
  return {.share = 0, .rung = Rung::none, .why = std::move(why)};
}

/// Depends on all that a question mentions.
inline Answer of_everything(const Questions& q, std::size_t k) {
  u32 share = 50'000;
  for (const u16 v : q.of(k)) {
    share = share % 700'000 + 37'000 * v + 11'000;
  }
  return live(share + (q.who.empty() || q.who[k] == no_agent ? 0 : q.who[k] % 1000));
}

/// How rows are split.
struct Split {
  bool scatter = false;
  u64 shuffle = 0;
  bool all_on_last = false;  ///< the other ranks have nobody
  Partition operator()(const Communicator& world) const {
    if (all_on_last) {
      std::vector<AgentId> bounds(static_cast<std::size_t>(world.size()) + 1, 0);
      bounds.back() = people;
      return Partition::blocks(std::move(bounds), world.rank());
    }
    const auto over = scatter ? Spread::Over::scatter : Spread::Over::blocks;
    return Spread{.over = over, .shuffle = shuffle}(world, people);
  }
};
constexpr std::array<Split, 5> splits = {Split{false, 0}, Split{true, 0}, Split{false, 9},
                                         Split{true, 9}, Split{false, 0, true}};

inline DecisionSettings plain_settings() {
  DecisionSettings s;
  s.name = "test";
  s.kind = "row";
  s.archetype = {labelled("age", age.name, ages)};
  s.outside = {labelled("trait", trait.name, traits)};
  s.every = 7;
  s.group_column = place.name;
  s.circumstances = std::make_shared<Levels>();
  s.provider = std::make_shared<Respondent>(of_everything);
  return s;
}
/// All that a decision can have.
inline DecisionSettings rich_settings(u32 every, u32 lag) {
  DecisionSettings s = plain_settings();
  s.every = every;
  s.lag = lag;
  s.personas = 2;
  s.audits = 5;
  s.least_rows = 100;
  s.remembered = 2;
  s.correlation = {.group = .2, .own = .2};
  return s;
}

/// A world in which rows act as decided, and how many do is what they are asked about next.
struct World {
  std::shared_ptr<Respondent> provider;
  std::unique_ptr<ArchetypeDecision> decision;
  std::unique_ptr<Simulation> simulation;
  ArchetypeDecision::Acting acting;
  Writes<u8> acted_, mood_;
  Reads<u8> read_, age_;
  Adds adds_;
  ReadsSum sums_;
  Writes<i64> level_;

  World(const Communicator& world, const Split& split, DecisionSettings settings,
        bool check = false, const Past* past = nullptr)
      : provider(std::dynamic_pointer_cast<Respondent>(settings.provider)),
        decision(std::make_unique<ArchetypeDecision>(std::move(settings))) {
    Population p;
    Kind& rows = p.add_kind("row", split(world));
    p.add_kind("world", Partition::replicated(2));
    const auto a = rows.values(age), t = rows.values(trait), k = rows.values(place);
    const auto all = places();
    for (Row r = 0; r < rows.rows(); ++r) {
      const AgentId id = rows.partition().id_of(r);
      a[r] = age_of(id);
      t[r] = trait_of(id);
      k[r] = all[id];
    }
    rows.values(mood);
    const auto& s = decision->settings();
    const auto is_mood = [](const RowFeature& f) { return f.column == mood.name; };
    const bool moody = std::any_of(s.archetype.begin(), s.archetype.end(), is_mood) ||
                       std::any_of(s.outside.begin(), s.outside.end(), is_mood);
    decision->populate(world, p, luck);
    simulation = std::make_unique<Simulation>(
        world, std::move(p), SimulationOptions{.seed = luck, .check_order = check});
    if (moody) {
      simulation->add_substep("feel", behaviors(feel()));
    }
    simulation->add_substep("act", behaviors(act()));
    simulation->add_substep("count", behaviors(count(), gather()));
    simulation->add_substep("ask", decision->asker());
    simulation->start(past);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  void run_to(Step end) {
    while (simulation->now() < end) {
      simulation->step();
    }
  }
  const Kind& rows() const { return simulation->population().kind("row"); }

 private:
  Script act() {
    return {.name = "test.act",
            .bind =
                [this](Binder& b) {
                  acting = decision->acting(b);
                  acted_ = b.writes(acted);
                },
            .act =
                [this](const Act& a) {
                  a.for_each(all(), [&](const ActRow& me) {
                    me.set(acted_, static_cast<u8>(acting(me, a.now()) ? 1 : 0));
                  });
                }};
  }
  Script feel() {
    return {.name = "test.feel",
            .bind = [this](Binder& b) { mood_ = b.writes(mood); },
            .act =
                [this](const Act& a) {
                  a.for_each(all(),
                             [&](const ActRow& me) { me.set(mood_, mood_of(me.id(), a.now())); });
                }};
  }
  Script count() {
    return {.name = "test.count",
            .bind =
                [this](Binder& b) {
                  read_ = b.reads(acted);
                  age_ = b.reads(age);
                  adds_ = b.adds(actors, "world");
                },
            .observe =
                [this](const Observe& o) {
                  o.for_each(all(), [&](const ObserveRow& me) {
                    o.add(me, adds_, me[age_] % 2U, me[read_] * (1 + me[age_] % 2));
                  });
                }};
  }
  Script gather() {
    return {.name = "test.gather",
            .kind = "world",
            .bind =
                [this](Binder& b) {
                  sums_ = b.sums(actors);
                  level_ = b.writes(level);
                },
            .act =
                [this](const Act& a) {
                  a.for_each(all(), [&](const ActRow& me) { me.set(level_, sums_.at(me.row())); });
                }};
  }
};

/// All that an epoch came to, as text with the bits of its numbers.
inline std::string text(const DecisionEpoch& e) {
  std::string out = "asked " + std::to_string(e.asked) + " in force " + std::to_string(e.in_force) +
                    " questions " + std::to_string(e.questions) + " rows " +
                    std::to_string(e.rows) + " degraded " + std::to_string(e.degraded_rows) +
                    " audits " + std::to_string(e.audits) + " partial " +
                    std::to_string(e.partial_rows) + " as nearest " +
                    std::to_string(e.rows_as_nearest);
  for (const double x : {e.mean_share, e.correction, e.error}) {
    std::array<char, 40> number{};
    std::snprintf(number.data(), number.size(), " %a", x);
    out += number.data();
  }
  for (const u64 n : e.rows_by_rung) {
    out += " " + std::to_string(n);
  }
  for (const auto& a : e.applied) {
    out += "; " + std::to_string(a.archetype) + " " + std::to_string(a.lattice) + " " +
           std::to_string(a.share) + " " + std::to_string(static_cast<int>(a.rung)) + " " +
           std::to_string(a.rows);
  }
  return out;
}
inline std::vector<std::string> texts(const std::vector<DecisionEpoch>& epochs) {
  std::vector<std::string> all;
  for (const DecisionEpoch& e : epochs) {
    all.push_back(text(e));
  }
  return all;
}

/// The state of a world after a step, by ids: for one that goes on from there on other ranks.
class Kept final : public Past {
 public:
  explicit Kept(const Simulation& s) : step_(s.now()), numbers_(s.numbers()) {
    for (const auto& kind : s.population().kinds()) {
      for (const auto& column : kind->columns()) {
        std::vector<u64> bits(kind->partition().total());
        for (Row r = 0; r < kind->rows(); ++r) {
          bits[kind->partition().id_of(r)] = column->store->bits(r);
        }
        if (!kind->replicated()) {
          s.world().sum(bits);
        }
        bits_[kind->name()][std::string(column->store->info().name)] = std::move(bits);
      }
    }
  }
  Step step() const override { return step_; }
  void check(const Population&) const override {}
  void fill(Kind& kind) const override {
    for (const auto& column : kind.columns()) {
      ColumnStore& store = *column->store;
      const auto& bits = bits_.at(kind.name()).at(std::string(store.info().name));
      const std::size_t width = size_of(store.info().type);
      for (Row r = 0; r < kind.rows(); ++r) {
        std::memcpy(store.data() + r * width, &bits[kind.partition().id_of(r)], width);
      }
    }
  }
  const std::map<std::string, std::vector<i64>>& numbers() const override { return numbers_; }

 private:
  Step step_;
  std::map<std::string, std::vector<i64>> numbers_;
  std::map<std::string, std::map<std::string, std::vector<u64>>> bits_;
};

inline std::string message_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const UnansweredError& error) {
    return error.what();
  } catch (const InputError& error) {
    return error.what();
  }
  return "nothing thrown";
}

/// Share by archetype of an epoch.
inline std::map<u32, u32> shares(const DecisionEpoch& e) {
  std::map<u32, u32> all;
  for (const auto& a : e.applied) {
    all[a.archetype] = a.share;
  }
  return all;
}
inline std::map<u32, Rung> rungs(const DecisionEpoch& e) {
  std::map<u32, Rung> all;
  for (const auto& a : e.applied) {
    all[a.archetype] = a.rung;
  }
  return all;
}
inline std::map<u32, u64> rows_of_ages() {
  std::map<u32, u64> all;
  for (AgentId id = 0; id < people; ++id) {
    ++all[age_of(id)];
  }
  return all;
}

}  // namespace throng::ask_world
