#include <catch2/catch.hpp>

#include "behaviors/person/columns.h"
#include "scenarios/models/epidemic.h"
#include "scenarios/run.h"

using namespace throng;

namespace {

constexpr Parameter<double> share{.name = "greeting.share",
                                  .doc = "Share of people who greet.",
                                  .source = "assumption",
                                  .initial = 0.5,
                                  .min = 0.0,
                                  .max = 1.0};
constexpr State<u8> greets{.name = "greeting.greets",
                           .unit = "label",
                           .doc = "Greets.",
                           .indexed = true,
                           .labels = "no,yes"};

/// On the first day everybody draws whether to greet from then on.
class Greeting final : public Behavior {
 public:
  explicit Greeting(double of_all) : below_(threshold(of_all)) {}
  std::string_view name() const override { return "greeting.begin"; }
  std::string_view doc() const override { return "Some people greet."; }
  std::string_view kind() const override { return person::kind; }
  void bind(Binder& b) override {
    greets_ = b.writes(greets);
    draw_ = b.draws("greeting.begin");
  }
  void act(const Act& a) const override {
    if (a.now() == 1) {
      a.for_each(all(), draw_, [&](const ActRow& me, const Words& x) {
        me.set(greets_, static_cast<u8>(x[0] < below_));
      });
    }
  }

 private:
  u32 below_;
  Writes<u8> greets_;
  Draw draw_;
};

Domain greeting() {
  return {.name = "greeting",
          .declare = [](Schema& schema) { schema.add(share); },
          .add =
              [](Simulation& simulation, const Assembly& a) {
                simulation.add_substep("greeting", std::make_unique<Greeting>(a.values.get(share)));
              }};
}

ScenarioFile town(const Catalog& catalog, const std::vector<std::string>& set = {}) {
  return read_scenario(catalog.schema(),
                       std::string(THRONG_SOURCE_DIR) + "/scenarios/first_run/first_run.toml",
                       {.set = set});
}

}  // namespace

TEST_CASE("a domain of one's own runs beside the epidemic and leaves its luck alone", "[catalog]") {
  const Catalog own = builtin_catalog().add(greeting());
  const std::vector<std::string> few = {"run.steps=20", "population.town.people=2000"};
  std::vector<std::string> all_greet = few;
  all_greet.push_back("greeting.share=1");

  Run alone(Communicator(), town(builtin_catalog(), few), {});
  Run beside(Communicator(), town(own, all_greet), {.catalog = own});
  while (!alone.done()) {
    alone.step();
    beside.step();
  }

  CHECK(beside.simulation().counts(greets.name).count_of(1) == 2000);
  CHECK(epidemic_of(alone).daily().summary().infections > 20);
  CHECK(epidemic_of(beside).daily().summary().infections ==
        epidemic_of(alone).daily().summary().infections);
}

TEST_CASE("only a catalog with the domain knows its section of a scenario", "[catalog]") {
  const Catalog own = builtin_catalog().add(greeting());

  CHECK(town(own, {"greeting.share=0.25"}).values.get(share) == 0.25);
  CHECK_THROWS_AS(town(own, {"greeting.share=2"}), InputError);
  CHECK_THROWS_AS(town(builtin_catalog(), {"greeting.share=0.25"}), InputError);
}

TEST_CASE("two domains of one name are refused", "[catalog][misuse]") {
  Catalog own = builtin_catalog().add(greeting());

  CHECK_THROWS_AS(own.add(greeting()), ContractError);
}
