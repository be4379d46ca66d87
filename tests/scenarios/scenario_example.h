// A made-up domain with one parameter of every type, for the tests of reading.
#pragma once
#include <string>
#include <vector>

#include "sim/parameter.h"
#include "tests/scenarios/people_schema.h"

namespace throng::example {

inline constexpr std::string_view made_up = "made up for tests";

inline constexpr Parameter<double> r0{.name = "epidemic.r0",
                                      .doc = "Reproduction number.",
                                      .source = made_up,
                                      .optional = true,
                                      .min = 0.0,
                                      .max = 20.0};
inline constexpr Parameter<double> beta{.name = "epidemic.beta",
                                        .unit = "1/day",
                                        .doc = "Hazard per contact.",
                                        .source = made_up,
                                        .optional = true,
                                        .min = 0.0};
inline constexpr Parameter<double> transmissibility{
    .name = "epidemic.transmission.transmissibility",
    .doc = "Relative.",
    .source = made_up,
    .initial = 1.0,
    .min = 0.0};
inline constexpr Parameter<Timeline<double>> contacts{.name = "epidemic.transmission.contacts",
                                                      .doc = "Relative number of contacts.",
                                                      .source = made_up,
                                                      .initial = 1.0,
                                                      .min = 0.0,
                                                      .max = 2.0};
inline constexpr Parameter<std::vector<double>> by_age{.name = "epidemic.by_age",
                                                       .doc = "Per age group.",
                                                       .source = made_up,
                                                       .initial = Listed<double>{1.0, 1.0, 1.5},
                                                       .min = 0.0,
                                                       .length = 3};
inline constexpr Parameter<std::vector<std::string>> labels{
    .name = "epidemic.labels",
    .unit = "label",
    .doc = "Words.",
    .source = made_up,
    .initial = Listed<std::string_view>{"home", "work"}};
inline constexpr Parameter<Timeline<double>> closures{.name = "epidemic.closures",
                                                      .doc = "Share closed, by sector.",
                                                      .source = made_up,
                                                      .min = 0.0,
                                                      .max = 1.0};

inline constexpr Parameter<std::string> stage_name{
    .name = "name", .unit = "label", .doc = "Name.", .source = made_up};
inline constexpr Parameter<bool> infectious{
    .name = "infectious", .doc = "Whether it infects.", .source = made_up, .initial = false};
inline constexpr Parameter<std::string> to{
    .name = "to", .unit = "label", .doc = "Next stage.", .source = made_up};
inline constexpr Parameter<double> share{.name = "share",
                                         .doc = "Share of those who leave.",
                                         .source = made_up,
                                         .initial = 1.0,
                                         .min = 0.0,
                                         .max = 1.0};
inline constexpr Parameter<double> mean{
    .name = "mean", .unit = "day", .doc = "Mean.", .source = made_up, .min = 0.0};
inline constexpr Parameter<double> sd{.name = "sd",
                                      .unit = "day",
                                      .doc = "Standard deviation.",
                                      .source = made_up,
                                      .initial = 0.0,
                                      .min = 0.0};

/// "r0 and beta both given" and "a branch leads to a stage that is not declared".
inline void check_r0(const Values& values, const CrossCheck::Complain& complain) {
  if (values.given("epidemic.r0") && values.given("epidemic.beta")) {
    complain("epidemic.beta",
             "epidemic.beta and epidemic.r0 are both given (each follows from the "
             "other). Keep one of them.");
  }
}

inline Schema schema() {
  Schema s = test::people_schema();
  s.fields().section("epidemic", "A disease.").section("epidemic.transmission", "How it spreads.");
  s.add(r0).add(beta).add(transmissibility).add(contacts).add(by_age).add(labels);
  s.fields().map(closures);
  s.fields().records("epidemic.stage", {.doc = "Stages.", .unique = "name", .at_least = 2},
                     Fields()
                         .add(stage_name)
                         .add(infectious)
                         .records("next", {.doc = "Branches."},
                                  Fields().add(to).add(share).table("dwell", "Time in the stage.",
                                                                    Fields().add(mean).add(sd))));
  s.check({"epidemic.r0_or_beta", {"epidemic.r0", "epidemic.beta"}, check_r0});
  return s;
}

/// The same as one model of two; the other is of rumors, which have no dates and no people.
inline constexpr Parameter<i64> tellers{.name = "rumor.tellers",
                                        .unit = "person",
                                        .doc = "Who knows it first.",
                                        .source = made_up,
                                        .initial = 3,
                                        .min = 1};
inline Schema models() {
  const std::vector<std::string> names = {"epidemic", "rumor"};
  Schema disease = schema();
  Parameter<Choice> model = scenario::run_model;
  model.choices = {"epidemic", "rumor"};
  model.initial = "epidemic";
  disease.add(model);
  Schema rumor = engine_schema(names);
  rumor.fields().section("rumor", "What is told.");
  rumor.add(tellers);
  return Schema().choose_by("run.model",
                            {{"epidemic", std::move(disease)}, {"rumor", std::move(rumor)}});
}

/// A complete file of this domain.
inline const std::string text = R"(title = "Example \"one\""

[run]
steps = 120
start = 2020-03-01

[output]
snapshots = [2020-03-10, 2020-04-01]

[epidemic]
r0 = 3
by_age = [0.5, 1, 2.25]

[epidemic.transmission]
contacts = [{from = 2020-03-22, value = 0.25}, {from = 2020-05-01, value = 0.5}]

[epidemic.closures]
retail = 0.5
"arts & fun" = [{value = 0}, {from = 2020-03-16, value = 1.0}]

[[epidemic.stage]]
name = "exposed"
next = [{to = "mild", share = 0.6, dwell = {mean = 2.0, sd = 1.0}}, {to = "gone", share = 0.4, dwell = {mean = 3.5}}]

[[epidemic.stage]]
name = "mild"
infectious = true
)";

}  // namespace throng::example
