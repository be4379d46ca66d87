// What the snippets of this folder break: a behavior with a handle of every sort. A snippet defines
// one function; with THRONG_MISUSE it breaks the law and must not compile, without it must.
#pragma once
#include "sim/simulation.h"

namespace throng {

constexpr Fixed<u8> age{.name = "test.age", .unit = "year", .doc = "-"};
constexpr State<u8> stage{
    .name = "test.stage", .unit = "label", .doc = "-", .indexed = true, .labels = "a,b"};
constexpr Decision<u8> wish{.name = "test.wish", .unit = "1", .doc = "-"};
constexpr Observation<u32> word{.name = "test.word", .doc = "-"};
constexpr Finding<u8> glimpse{.name = "test.glimpse", .unit = "1", .doc = "-"};
constexpr State<u32> beds{.name = "test.beds", .unit = "1", .doc = "-"};
constexpr Tally steps_made{.name = "test.steps_made", .unit = "1", .doc = "-"};
constexpr Sum shouts{.name = "test.shouts", .unit = "1", .doc = "-"};

class Lawful : public Behavior {
 public:
  std::string_view name() const override { return "test.lawful"; }
  std::string_view doc() const override { return "-"; }
  std::string_view kind() const override { return "row"; }
  void bind(Binder& b) override;
  void observe(const Observe& o) const override;
  void decide(const Decide& d) const override;
  void act(const Act& a) const override;

 protected:
  Reads<u8> age_, stage_;
  Writes<u8> writes_stage_;
  Decides<u8> wish_;
  Tells<u32> tells_;
  Hears<u32> hears_;
  Finds<u8> glimpse_;
  Looks looks_;
  Sights<u8> seen_;
  Claims claims_;
  Grants grants_;
  Tallies tally_;
  Adds adds_;
  AddsLater adds_later_;
  Dies dies_;
  Bears bears_;
  Gives<u8> gives_;
  int served_ = 0;
};

}  // namespace throng
