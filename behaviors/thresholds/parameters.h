// What a scenario can say about thresholds.
#pragma once
#include <optional>
#include <string>

#include "sim/parameter.h"

namespace throng::thresholds {

enum class Distribution : u8 { ladder, normal };

struct Settings {
  AgentId people = 100;
  Distribution distribution = Distribution::ladder;
  std::optional<AgentId> raised = std::nullopt;  ///< whose threshold is one higher
  double mean = 0.25, sd = 0.1;  ///< of a normal distribution, in shares of the crowd
  friend bool operator==(const Settings&, const Settings&) = default;
};

namespace parameters {
inline constexpr std::string_view source =
    "Granovetter 1978, American Journal of Sociology 83:1420";
inline constexpr Parameter<i64> people{.name = "thresholds.people",
                                       .unit = "person",
                                       .doc = "Size of the crowd.",
                                       .source = source,
                                       .initial = 100,
                                       .min = 1,
                                       .max = 100'000'000};
inline constexpr Parameter<Choice> distribution{
    .name = "thresholds.distribution",
    .unit = "label",
    .doc = "ladder: person k has threshold k. normal: the quantiles of a normal distribution.",
    .source = source,
    .initial = "ladder",
    .choices = {"ladder", "normal"}};
inline constexpr Parameter<i64> raised{.name = "thresholds.raised",
                                       .unit = "id",
                                       .doc = "The person whose threshold is one higher.",
                                       .source = source,
                                       .optional = true,
                                       .min = 0,
                                       .max = 99'999'999};
inline constexpr Parameter<double> mean{.name = "thresholds.mean",
                                        .doc = "Mean of the normal thresholds, as a share.",
                                        .source = source,
                                        .initial = 0.25,
                                        .min = 0.0,
                                        .max = 1.0};
inline constexpr Parameter<double> sd{.name = "thresholds.sd",
                                      .doc = "Their standard deviation, as a share.",
                                      .source = source,
                                      .initial = 0.1,
                                      .min = 0.0,
                                      .max = 10.0};
}  // namespace parameters

inline void declare(Schema& schema) {
  using namespace parameters;
  schema.fields().section("thresholds", "People who join when enough others have.");
  schema.add(people).add(distribution).add(raised).add(mean).add(sd);
  schema.check({.name = "thresholds.raised",
                .reads = {"thresholds.people", "thresholds.raised"},
                .body = [](const Values& values, const CrossCheck::Complain& complain) {
                  const i64* who = values.find(raised);
                  const i64 last = values.get(people) - 1;
                  if (who != nullptr && *who > last) {
                    complain("thresholds.raised", "thresholds.raised is " + std::to_string(*who) +
                                                      " (people are numbered from 0 to " +
                                                      std::to_string(last) +
                                                      "). Name one of them.");
                  }
                }});
}

inline Settings settings_from(const Values& values) {
  using namespace parameters;
  Settings s{.people = static_cast<AgentId>(values.get(people)),
             .distribution = values.choice<Distribution>(distribution),
             .raised = std::nullopt,
             .mean = values.get(mean),
             .sd = values.get(sd)};
  if (const i64* who = values.find(raised)) {
    s.raised = static_cast<AgentId>(*who);
  }
  return s;
}

}  // namespace throng::thresholds
