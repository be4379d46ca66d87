// A small ledger whose every number can be checked by hand: two questions at two epochs. The first
// stands for two boroughs, which its text does not mention, and fails before it is answered.
#pragma once
#include <string>

#include "io/ledger.h"

namespace throng {

inline std::vector<Feature> sample_features() {
  return {{.name = "age", .labels = {"18-64", "65+"}, .numbers = {41, 75}},
          {.name = "borough", .labels = {"Bronx", "Queens"}, .numbers = {}},
          {.name = "reported_cases",
           .from = Feature::From::lattice,
           .unit = "1/week",
           .labels = {"under 50", "50-99"},
           .numbers = {25, 74.5}}};
}

inline ModelSettings sample_settings() {
  ModelSettings settings;
  settings.model = "a-model";
  return settings;
}

inline ModelQuestion sample_question(const std::string& user) {
  ModelQuestion question;
  question.system = "You estimate.";
  question.user = user;
  question.schema = R"({"type":"object"})";
  return question;
}

inline Attempt sample_success(u32 number, i64 count) {
  return {.number = number,
          .outcome = OutcomeClass::ok,
          .status = 200,
          .why = {},
          .raw = "{\"count\":" + std::to_string(count) + "}",
          .count = count,
          .prompt_tokens = 90,
          .completion_tokens = 6,
          .cost = 120,
          .latency_us = 250'000};
}

inline Attempt sample_failure(u32 number) {
  return {.number = number,
          .outcome = OutcomeClass::retry,
          .status = 429,
          .why = "HTTP 429 rate",
          .raw = "slow down, «please»\n",
          .count = -1,
          .prompt_tokens = 90,
          .completion_tokens = 0,
          .cost = 0,
          .latency_us = 1'000};
}

inline Reply sample_reply(const ModelQuestion& question, std::vector<Attempt> attempts,
                          Reply::From from = Reply::From::live) {
  return {key_of(sample_settings(), question), from, std::move(attempts)};
}

/// 'young' is asked at step 0 about 30 people of the Bronx and 20 of Queens (a failure, then 30 of
/// 100), and at step 7 of the Bronx alone, out of the cache; 'old' at step 7 only, in vain.
inline Ledger sample_ledger() {
  Ledger ledger;
  const auto features = sample_features();
  ledger.declare("stay_home", features);
  const ModelSettings settings = sample_settings();
  const ModelQuestion young = sample_question("Aged 18-64."), old = sample_question("Aged 65+.");
  const std::vector<u16> values{0, 0, 0, 0, 1, 0, 1, 0, 1};
  const std::vector<u64> mass{30, 20, 10};
  const Questions first{.decision = "stay_home",
                        .step = 0,
                        .features = features,
                        .values = std::span(values).first(6),
                        .mass = std::span(mass).first(2)};
  const Reply answered = sample_reply(young, {sample_failure(0), sample_success(1, 30)});
  for (std::size_t k = 0; k < 2; ++k) {
    ledger.asked(subject_of(first, k), settings, young, answered);
    ledger.applied(subject_of(first, k), 1, {.share = 314'573, .rung = Rung::live, .why = {}});
  }
  Questions second = first;
  second.step = 7;
  second.values = std::span(values).subspan(3);
  second.mass = std::span(mass).subspan(1);
  ledger.asked(subject_of(second, 0), settings, young,
               sample_reply(young, answered.attempts, Reply::From::cache));
  ledger.applied(subject_of(second, 0), 8, {.share = 314'573, .rung = Rung::cache, .why = {}});
  ledger.asked(subject_of(second, 1), settings, old, sample_reply(old, {sample_failure(0)}));
  ledger.applied(subject_of(second, 1), 8,
                 {.share = 500'000, .rung = Rung::rule, .why = "HTTP 429 rate"});
  return ledger;
}

}  // namespace throng
