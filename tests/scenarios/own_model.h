// A model that a program outside could add: people on a ring with chords, who take over the opinion
// that most of those they see have, and grow older by different strides. Every sort of series.
#pragma once
#include <memory>
#include <vector>

#include "scenarios/catalog.h"

namespace throng::test::copycat {

inline constexpr std::string_view kind = "copycat", network = "copycat.friends";
inline constexpr State<u8> opinion{.name = "copycat.opinion",
                                   .unit = "label",
                                   .doc = "Opinion.",
                                   .indexed = true,
                                   .labels = "no,yes,perhaps"};
inline constexpr State<double> age{.name = "copycat.age", .unit = "year", .doc = "Age."};
inline constexpr State<u32> turns{.name = "copycat.turns", .unit = "1", .doc = "Changes so far."};
inline constexpr Finding<u8> heard{
    .name = "copycat.heard", .unit = "label", .doc = "Most have it."};
inline constexpr Tally changes{.name = "copycat.changes", .unit = "1", .doc = "Changes to each."};

inline constexpr Parameter<i64> people{.name = "copycat.people",
                                       .unit = "person",
                                       .doc = "How many.",
                                       .source = "made up for tests",
                                       .initial = 300,
                                       .min = 3,
                                       .max = 100'000};

class Copy final : public Behavior {
 public:
  std::string_view name() const override { return "copycat.copy"; }
  std::string_view doc() const override { return "Takes over what most of those in sight have."; }
  std::string_view kind() const override { return copycat::kind; }
  void bind(Binder& b) override {
    opinion_ = b.writes(opinion);
    age_ = b.writes(age);
    turns_ = b.writes(turns);
    heard_ = b.finds(heard);
    friends_ = b.looks(network);
    seen_ = b.sees(friends_, opinion);
    changes_ = b.tallies(changes, 3);
  }
  void observe(const Observe& o) const override {
    o.for_each(all(), [&](const ObserveRow& me) {
      u32 votes[3] = {};
      ++votes[me[opinion_]];
      o.for_each_in_sight(me, friends_, [&](const Neighbor& f) { ++votes[f[seen_]]; });
      u8 best = 0;
      for (u8 k = 1; k < 3; ++k) {
        best = votes[k] > votes[best] ? k : best;
      }
      me.set(heard_, best);
    });
  }
  void act(const Act& a) const override {
    a.for_each(all(), [&](const ActRow& me) {
      if (me[heard_] != me[opinion_]) {
        a_count(me, me[heard_]);
      }
      me.set(age_, me[age_] + 0.1 * (me.id() % 7));
    });
  }

 private:
  void a_count(const ActRow& me, u8 to) const {
    me.set(opinion_, to);
    me.set(turns_, me[turns_] + 1);
    me.count(changes_, to);
  }
  Writes<u8> opinion_;
  Writes<double> age_;
  Writes<u32> turns_;
  Finds<u8> heard_;
  Looks friends_;
  Sights<u8> seen_;
  Tallies changes_;
};

class Copycats final : public Model {
 public:
  explicit Copycats(const Setup& s)
      : people_(static_cast<AgentId>(s.values.get(copycat::people))), seed_(s.seed) {}
  std::string_view kind() const override { return copycat::kind; }
  AgentId agents() const override { return people_; }
  Population populate(const Layout& layout) override {
    Population p;
    Kind& all = p.add_kind(std::string(copycat::kind), layout.split(people_));
    const auto first = all.values(opinion);
    const auto years = all.values(age);
    for (Row r = 0; r < all.rows(); ++r) {
      const AgentId id = all.partition().id_of(r);
      first[r] = static_cast<u8>(mix(id + 1000 * seed_) % 3);
      years[r] = static_cast<double>(id % 90) / 3;
    }
    std::vector<Edges::Edge> edges;
    for (AgentId id = 0; id < people_; ++id) {
      for (const u64 to : {u64{id} + 1, u64{id} + people_ - 1, mix(id)}) {
        edges.push_back({id, static_cast<AgentId>(to % people_), 1});
      }
    }
    p.add_edges(std::string(network), Edges(all, edges));
    return p;
  }
  void add_to(Simulation& simulation) override {
    simulation.add_substep("copy", std::make_unique<Copy>());
  }
  std::vector<SeriesOf> series() const override {
    using From = SeriesOf::From;
    return {{.name = "copycats",
             .doc = "Copycats by opinion",
             .source = opinion.name,
             .dimension = "opinion",
             .curve = "yes"},
            {.name = "turned",
             .doc = "Who got the opinion in the step",
             .from = From::entries,
             .source = opinion.name,
             .dimension = "opinion"},
            {.name = "changes",
             .doc = "Changes since the run began",
             .from = From::tally,
             .source = changes.name,
             .dimension = "opinion",
             .labels = {"no", "yes", "perhaps"}},
            {.name = "changes_of_step",
             .doc = "Changes in the step",
             .from = From::tally_step,
             .source = changes.name,
             .dimension = "opinion",
             .labels = {"no", "yes", "perhaps"}},
            {.name = "turns",
             .doc = "Changes of all copycats",
             .from = From::sum,
             .source = copycat::turns.name,
             .kind = copycat::kind,
             .curve = "turns"},
            {.name = "mean_age",
             .doc = "Mean age",
             .unit = "year",
             .from = From::mean,
             .source = age.name,
             .kind = copycat::kind,
             .scale = 0x1p-20}};
  }
  Words words() const override { return {.one = "copycat", .many = "copycats"}; }

 private:
  AgentId people_;
  u64 seed_;
};

inline Catalog catalog() {
  return builtin_catalog().add(
      ModelEntry{.name = "copycat",
                 .doc = "Who copies whom.",
                 .declare =
                     [](Schema& schema) {
                       schema.fields().section("copycat", "Those who copy.");
                       schema.add(people);
                     },
                 .make = [](const Setup& s) { return std::make_unique<Copycats>(s); }});
}

inline const std::string text = "[run]\nmodel = \"copycat\"\nsteps = 12\n";

}  // namespace throng::test::copycat
