// A decision of archetypes in a small world, on every rank count and partition: the same questions
// in the same order, the same answers, the same people who act; restarts, fallbacks and audits.
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
#include "tests/sim/scripted.h"

namespace throng {
namespace {

using test::behaviors;
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
u8 age_of(AgentId id) {
  const u64 m = mix(id) % 100;
  return static_cast<u8>(m < 3 ? 4 : m % 4);
}
u8 trait_of(AgentId id) { return static_cast<u8>(mix(id + 7) % traits); }
/// Groups of 256 first, then of 1 to 5.
std::vector<u8> places() {
  std::vector<u8> all;
  for (u32 g = 0; all.size() < people; ++g) {
    for (u32 k = 0; k < (g == 0 ? 256 : 1 + g % 5) && all.size() < people; ++k) {
      all.push_back(static_cast<u8>(k));
    }
  }
  return all;
}

RowFeature labelled(std::string name, std::string_view column, u32 labels) {
  RowFeature f;
  f.feature.name = std::move(name);
  f.column = column;
  for (u32 v = 0; v < labels; ++v) {
    f.feature.labels.push_back(std::to_string(v));
    f.feature.numbers.push_back(v);
    f.label_of.push_back(static_cast<u16>(v));
  }
  f.otherwise = static_cast<u16>(labels - 1);
  return f;
}

u16 band_of(i64 n) { return n < 150 ? 0 : n < 300 ? 1 : 2; }

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
Asked asked(const Questions& q) {
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

u16 label(const Questions& q, std::size_t question, std::string_view feature) {
  for (std::size_t f = 0; f < q.features.size(); ++f) {
    if (q.features[f].name == feature) {
      return q.of(question)[f];
    }
  }
  FAIL("no such feature");
  return 0;
}

Answer live(u32 share) { return {.share = share, .rung = Rung::live, .why = {}}; }
Answer silent(std::string why) { return {.share = 0, .rung = Rung::none, .why = std::move(why)}; }

/// Depends on all that a question mentions.
Answer of_everything(const Questions& q, std::size_t k) {
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

DecisionSettings plain_settings() {
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
DecisionSettings rich_settings(u32 every, u32 lag) {
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
  Writes<u8> acted_;
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
    decision->populate(world, p, luck);
    simulation = std::make_unique<Simulation>(
        world, std::move(p), SimulationOptions{.seed = luck, .check_order = check});
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
std::string text(const DecisionEpoch& e) {
  std::string out = "asked " + std::to_string(e.asked) + " in force " + std::to_string(e.in_force) +
                    " questions " + std::to_string(e.questions) + " rows " +
                    std::to_string(e.rows) + " degraded " + std::to_string(e.degraded_rows) +
                    " audits " + std::to_string(e.audits);
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
std::vector<std::string> texts(const std::vector<DecisionEpoch>& epochs) {
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

std::string message_of(const std::function<void()>& f) {
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
std::map<u32, u32> shares(const DecisionEpoch& e) {
  std::map<u32, u32> all;
  for (const auto& a : e.applied) {
    all[a.archetype] = a.share;
  }
  return all;
}
std::map<u32, Rung> rungs(const DecisionEpoch& e) {
  std::map<u32, Rung> all;
  for (const auto& a : e.applied) {
    all[a.archetype] = a.rung;
  }
  return all;
}
std::map<u32, u64> rows_of_ages() {
  std::map<u32, u64> all;
  for (AgentId id = 0; id < people; ++id) {
    ++all[age_of(id)];
  }
  return all;
}

}  // namespace

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

TEST_CASE("rows are told apart by what does not change", "[ask]") {
  // A run that goes on from the middle of a lag could not know what they were like at its epoch.
  const Communicator world = Communicator::world();
  DecisionSettings s = plain_settings();
  s.archetype.push_back(labelled("mood", mood.name, 2));
  CHECK_THROWS_AS(World(world, splits[0], s), ContractError);
}

}  // namespace throng
