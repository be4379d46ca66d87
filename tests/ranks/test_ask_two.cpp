// Two decisions in one run: each is what it is alone.
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/ranks/ask_world.h"

namespace throng {
using namespace ask_world;

namespace {

constexpr State<u8> works{.name = "test.works", .unit = "1", .doc = "-"};

/// The world stands still; rows act on one decision, or on both.
class Still final : public Circumstances {
 public:
  Still() {
    features_.resize(1);
    features_[0].name = "week";
    features_[0].from = Feature::From::lattice;
    features_[0].labels = {"even", "odd"};
  }
  const std::vector<Feature>& features() const override { return features_; }
  void bind(Binder&) override {}
  void look(Step now, u32 archetypes, const LabelOf&, std::span<u16> out) const override {
    std::fill_n(out.begin(), archetypes, static_cast<u16>(now / 7 % 2));
  }

 private:
  std::vector<Feature> features_;
};

DecisionSettings settings(const std::string& name, const RowFeature& by, u32 every, u32 lag) {
  DecisionSettings s = rich_settings(every, lag);
  s.name = name;
  s.archetype = {by};
  s.circumstances = std::make_shared<Still>();
  return s;
}

/// What rows did, [step][id], by the first and the second decision.
struct Did {
  std::vector<std::vector<u64>> first, second;
  std::vector<std::string> first_epochs, second_epochs;
};

class Both {
 public:
  Both(const Communicator& world, bool has_first, bool has_second) {
    Population p;
    Kind& rows = p.add_kind("row", splits[1](world));
    const auto a = rows.values(age), t = rows.values(trait), k = rows.values(place);
    const auto all_places = places();
    for (Row r = 0; r < rows.rows(); ++r) {
      const AgentId id = rows.partition().id_of(r);
      a[r] = age_of(id);
      t[r] = trait_of(id);
      k[r] = all_places[id];
    }
    DecisionSettings by_age = settings("stays", labelled("age", age.name, ages), 7, 2);
    DecisionSettings by_place = settings("works", labelled("place", place.name, 5), 5, 1);
    if (has_first) {
      first_ = std::make_unique<ArchetypeDecision>(by_age);
      first_->populate(world, p, luck);
    }
    if (has_second) {
      second_ = std::make_unique<ArchetypeDecision>(by_place);
      second_->populate(world, p, luck);
    }
    simulation_ =
        std::make_unique<Simulation>(world, std::move(p), SimulationOptions{.seed = luck});
    simulation_->add_substep("act", behaviors(act()));
    for (const auto* decision : {&first_, &second_}) {
      if (*decision != nullptr) {
        simulation_->add_substep((*decision)->settings().name, (*decision)->asker());
      }
    }
    simulation_->start();
  }
  Did run() {
    Did did;
    while (simulation_->now() < 20) {
      simulation_->step();
      did.first.push_back(of(acted.name));
      did.second.push_back(of(works.name));
    }
    did.first_epochs = first_ ? texts(first_->take_epochs()) : std::vector<std::string>();
    did.second_epochs = second_ ? texts(second_->take_epochs()) : std::vector<std::string>();
    return did;
  }

 private:
  std::vector<u64> of(std::string_view column) {
    const Kind& rows = simulation_->population().kind("row");
    std::vector<u64> all(people);
    for (Row r = 0; r < rows.rows(); ++r) {
      all[rows.partition().id_of(r)] = rows.find(column)->store->bits(r);
    }
    simulation_->world().sum(all);
    return all;
  }
  Script act() {
    return {.name = "test.act",
            .bind =
                [this](Binder& b) {
                  stays_ = first_ ? first_->acting(b) : ArchetypeDecision::Acting();
                  works_ = second_ ? second_->acting(b) : ArchetypeDecision::Acting();
                  acted_ = b.writes(acted);
                  worked_ = b.writes(works);
                },
            .act =
                [this](const Act& a) {
                  a.for_each(all(), [&](const ActRow& me) {
                    me.set(acted_, static_cast<u8>(stays_ && stays_(me, a.now()) ? 1 : 0));
                    me.set(worked_, static_cast<u8>(works_ && works_(me, a.now()) ? 1 : 0));
                  });
                }};
  }
  std::unique_ptr<ArchetypeDecision> first_, second_;
  std::unique_ptr<Simulation> simulation_;
  ArchetypeDecision::Acting stays_, works_;
  Writes<u8> acted_, worked_;
};

}  // namespace

TEST_CASE("two decisions of a run are what each is alone, with chances of their own", "[ask]") {
  const Communicator world = Communicator::world();

  const Did both = Both(world, true, true).run();

  const Did first = Both(world, true, false).run(), second = Both(world, false, true).run();
  CHECK(both.first == first.first);
  CHECK(both.second == second.second);
  CHECK(both.first_epochs == first.first_epochs);
  CHECK(both.second_epochs == second.second_epochs);
  // They act, and not the same rows.
  u64 one = 0, other = 0, same = 0;
  for (std::size_t k = 0; k < people; ++k) {
    one += both.first.back()[k];
    other += both.second.back()[k];
    same += both.first.back()[k] == both.second.back()[k] ? 1 : 0;
  }
  CHECK(one > 50);
  CHECK(other > 50);
  CHECK(same < people - 100);
}

}  // namespace throng
