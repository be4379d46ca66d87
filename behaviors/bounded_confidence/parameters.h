// What a scenario can say about bounded confidence.
#pragma once
#include "sim/parameter.h"

namespace throng::bounded_confidence {

enum class Meeting : u8 { pairs, everybody };
enum class Start : u8 { random, spaced };

struct Settings {
  AgentId people = 1000;
  Meeting meeting = Meeting::pairs;
  Start start = Start::random;
  double confidence = 0.2;   ///< the largest difference one listens over
  double convergence = 0.5;  ///< share of it by which each of a pair moves
  friend bool operator==(const Settings&, const Settings&) = default;
};

namespace parameters {
inline constexpr std::string_view deffuant =
    "Deffuant, Neau, Amblard and Weisbuch 2000, Advances in Complex Systems 3:87";
inline constexpr std::string_view both =
    "Deffuant et al. 2000; Hegselmann and Krause 2002, JASSS 5(3):2";
inline constexpr Parameter<i64> people{.name = "bounded_confidence.people",
                                       .unit = "person",
                                       .doc = "How many. With everybody, a step costs its square.",
                                       .source = deffuant,
                                       .initial = 1000,
                                       .min = 2,
                                       .max = 100'000'000};
inline constexpr Parameter<Choice> meeting{
    .name = "bounded_confidence.meeting",
    .unit = "label",
    .doc =
        "Who meets. pairs: two by two, at random (Deffuant). everybody: all listen to all "
        "(Hegselmann and Krause).",
    .source = both,
    .initial = "pairs",
    .choices = {"pairs", "everybody"}};
inline constexpr Parameter<Choice> start{
    .name = "bounded_confidence.start",
    .unit = "label",
    .doc = "First opinions. random: uniform. spaced: equally spaced from 0 to 1.",
    .source = both,
    .initial = "random",
    .choices = {"random", "spaced"}};
inline constexpr Parameter<double> confidence{
    .name = "bounded_confidence.confidence",
    .doc = "The largest difference of opinion over which one listens.",
    .source = both,
    .initial = 0.2,
    .min = 0.0,
    .max = 1.0};
inline constexpr Parameter<double> convergence{
    .name = "bounded_confidence.convergence",
    .doc = "Share of the difference by which each of a pair moves.",
    .source = deffuant,
    .initial = 0.5,
    .min = 0.0,
    .max = 0.5};
}  // namespace parameters

inline void declare(Schema& schema) {
  using namespace parameters;
  schema.fields().section("bounded_confidence", "People who listen to opinions close to theirs.");
  schema.add(people).add(meeting).add(start).add(confidence).add(convergence);
  schema.check(
      {.name = "bounded_confidence.size",
       .reads = {"bounded_confidence.people", "bounded_confidence.meeting"},
       .body = [](const Values& values, const CrossCheck::Complain& complain) {
         if (values.choice<Meeting>(meeting) == Meeting::everybody &&
             values.get(people) > 100'000) {
           complain("bounded_confidence.people",
                    "bounded_confidence.people is " + std::to_string(values.get(people)) +
                        " (with everybody, a step costs its square, on every rank). Write at most "
                        "100000, or let pairs meet.");
         }
       }});
}

inline Settings settings_from(const Values& values) {
  using namespace parameters;
  return {.people = static_cast<AgentId>(values.get(people)),
          .meeting = values.choice<Meeting>(meeting),
          .start = values.choice<Start>(start),
          .confidence = values.get(confidence),
          .convergence = values.get(convergence)};
}

}  // namespace throng::bounded_confidence
