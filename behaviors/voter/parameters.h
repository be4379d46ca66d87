// What a scenario can say about voters.
#pragma once
#include "sim/parameter.h"

namespace throng::voter {

enum class Graph : u8 { ring, wheel };

struct Settings {
  AgentId people = 1000, groups = 1;
  Graph graph = Graph::ring;
  u32 degree = 10;
  AgentId yes = 300;  ///< of each group
  friend bool operator==(const Settings&, const Settings&) = default;
};

namespace parameters {
inline constexpr std::string_view source = "assumption";
inline constexpr Parameter<i64> people{.name = "voter.people",
                                       .unit = "person",
                                       .doc = "People in each group.",
                                       .source = source,
                                       .initial = 1000,
                                       .min = 6,
                                       .max = 10'000'000};
inline constexpr Parameter<i64> groups{
    .name = "voter.groups",
    .doc = "Groups that do not know each other: as many independent runs in one.",
    .source = source,
    .initial = 1,
    .min = 1,
    .max = 1'000'000};
inline constexpr Parameter<Choice> graph{
    .name = "voter.graph",
    .unit = "label",
    .doc =
        "Who knows whom. ring: the nearest on a circle. wheel: two neighbors on a circle, and "
        "the first person, who knows everybody.",
    .source = source,
    .initial = "ring",
    .choices = {"ring", "wheel"}};
inline constexpr Parameter<i64> degree{
    .name = "voter.degree",
    .unit = "person",
    .doc = "Acquaintances of each on a ring, an even number. A wheel needs none.",
    .source = source,
    .initial = 10,
    .min = 4,
    .max = 1000};
inline constexpr Parameter<i64> yes{.name = "voter.yes",
                                    .unit = "person",
                                    .doc = "How many of each group begin with yes: the first ones.",
                                    .source = source,
                                    .initial = 300,
                                    .min = 0,
                                    .max = 10'000'000};
}  // namespace parameters

inline void check(const Values& values, const CrossCheck::Complain& complain) {
  using namespace parameters;
  const i64 n = values.get(people), k = values.get(degree);
  if (values.choice<Graph>(graph) == Graph::ring && (k % 2 != 0 || k >= n)) {
    complain("voter.degree",
             "voter.degree is " + std::to_string(k) + " among " + std::to_string(n) +
                 " people (as many stand on one's left as on one's right). Write an even number "
                 "below voter.people.");
  }
  if (values.get(yes) > n) {
    complain("voter.yes", "voter.yes is " + std::to_string(values.get(yes)) +
                              " (a group has only " + std::to_string(n) +
                              " people). Write at most voter.people.");
  }
  if (n * values.get(groups) > 100'000'000) {
    complain("voter.groups",
             "voter.groups times voter.people is above 100,000,000 (ids and memory "
             "end somewhere). Write less.");
  }
}

inline void declare(Schema& schema) {
  using namespace parameters;
  schema.fields().section("voter", "People who copy the opinion of an acquaintance.");
  schema.add(people).add(groups).add(graph).add(degree).add(yes);
  schema.check(
      {.name = "voter.sizes",
       .reads = {"voter.people", "voter.groups", "voter.graph", "voter.degree", "voter.yes"},
       .body = check});
}

inline Settings settings_from(const Values& values) {
  using namespace parameters;
  return {.people = static_cast<AgentId>(values.get(people)),
          .groups = static_cast<AgentId>(values.get(groups)),
          .graph = values.choice<Graph>(graph),
          .degree = static_cast<u32>(values.get(degree)),
          .yes = static_cast<AgentId>(values.get(yes))};
}

}  // namespace throng::voter
