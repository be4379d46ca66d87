// The law that tests answer with: what it says of rows is its formula.
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "scenarios/law_provider.h"
#include "sim/error.h"

namespace throng {
namespace {

std::vector<Feature> features() {
  Feature age = {.name = "age", .labels = {"young", "old"}, .numbers = {20, 70}};
  Feature cases = {.name = "cases",
                   .from = Feature::From::lattice,
                   .labels = {"0-9", "10-49", "50+"},
                   .numbers = {4.5, 29.5, 50}};
  return {age, cases};
}

/// log-odds = -1 + 0.5 where old + 0.02 cases.
Surrogate table() {
  Surrogate s;
  s.about = {{"decision", "stay_home"}, {"title", "-"}, {"stands_for", "-"}, {"source", "-"}};
  const auto add = [&](Coefficient::Form form, std::string feature, std::string label,
                       double value) {
    Coefficient c;
    c.form = form;
    c.feature = std::move(feature);
    c.label = std::move(label);
    c.value = value;
    s.coefficients.push_back(c);
  };
  add(Coefficient::Form::intercept, "", "", -1);
  add(Coefficient::Form::label, "age", "young", 0);
  add(Coefficient::Form::label, "age", "old", .5);
  add(Coefficient::Form::number, "cases", "", .02);
  return s;
}

LawProvider law(LawProvider::Law what, u64 seed = 5) {
  return {table(), what, "stay_home", features(), seed};
}

}  // namespace

TEST_CASE("a law answers with the logistic function of its table", "[law]") {
  LawProvider plain = law({});
  const std::vector<Feature> mentioned = features();
  const std::vector<u16> values = {0, 0, 0, 1, 1, 2};
  const std::vector<u64> mass = {1, 1, 1};
  std::vector<Answer> answers(3);

  plain.answer({.decision = "stay_home",
                .step = 7,
                .features = mentioned,
                .values = values,
                .mass = mass,
                .who = {}},
               answers);

  // -1 + 0.09; -1 + 0.59; -1 + 0.5 + 1
  const std::vector<double> odds = {-.91, -.41, .5};
  for (std::size_t q = 0; q < 3; ++q) {
    const double p = 1 / (1 + std::exp(-odds[q]));
    CHECK(answers[q].rung == Rung::live);
    CHECK(answers[q].share == Approx(p * whole_share).margin(1));
    CHECK(plain.probability(mentioned, std::span(values).subspan(2 * q, 2), no_agent) ==
          Approx(p).epsilon(1e-12));
  }
}

TEST_CASE("the personal term is normal, of the row alone, and the same at every epoch",
          "[law][chance]") {
  const LawProvider personal = law({.personal = .7, .failing = 0});
  const LawProvider other_seed = law({.personal = .7, .failing = 0}, 6);
  const std::vector<Feature> mentioned = features();
  const std::vector<u16> values = {0, 0}, later = {1, 2};
  const auto term = [&](const LawProvider& l, const std::vector<u16>& v, AgentId who) {
    const double p = l.probability(mentioned, v, who), q = l.probability(mentioned, v, no_agent);
    return std::log(p / (1 - p)) - std::log(q / (1 - q));
  };
  constexpr AgentId n = 100'000;
  double sum = 0, squares = 0;
  for (AgentId who = 0; who < n; ++who) {
    const double x = term(personal, values, who);
    sum += x;
    squares += x * x;
    if (who < 100) {
      CHECK(term(personal, later, who) == Approx(x).margin(1e-9));
      CHECK(term(other_seed, values, who) != Approx(x).margin(1e-9));
    }
  }
  const double mean = sum / n, variance = squares / n;
  const double error = .7 / std::sqrt(double{n}), of_variance = .49 * std::sqrt(2.0 / n);
  std::printf(
      "personal term: n %u, mean %.5f, standard error %.5f, notices %.5f; variance %.5f of 0.49, "
      "standard error %.5f, notices %.5f\n",
      n, mean, error, 4 * error, variance, of_variance, 4 * of_variance);
  CHECK(std::abs(mean) < 3.3 * error);
  CHECK(std::abs(variance - .49) < 3.3 * of_variance);
}

TEST_CASE("a law that fails does so for the share it is told, and says why", "[law][chance]") {
  LawProvider failing = law({.personal = 0, .failing = .2});
  const std::vector<Feature> mentioned = features();
  constexpr std::size_t n = 20'000;
  std::vector<u16> values;
  for (std::size_t q = 0; q < n; ++q) {
    values.insert(values.end(), {static_cast<u16>(q % 2), static_cast<u16>(q % 3)});
  }
  const std::vector<u64> mass(n, 1);
  const auto ask = [&](Step step) {
    std::vector<Answer> answers(n);
    failing.answer({.decision = "stay_home",
                    .step = step,
                    .features = mentioned,
                    .values = values,
                    .mass = mass,
                    .who = {}},
                   answers);
    return answers;
  };
  const auto first = ask(7), again = ask(7), next = ask(14);
  std::size_t failed = 0, differ = 0, differ_next = 0;
  for (std::size_t q = 0; q < n; ++q) {
    const bool fails = first[q].rung == Rung::none;
    failed += fails ? 1 : 0;
    CHECK((first[q].why == "the law is told to fail") == fails);
    differ += again[q].rung != first[q].rung ? 1 : 0;
    differ_next += next[q].rung != first[q].rung ? 1 : 0;
  }
  const double error = std::sqrt(.2 * .8 / n), share = static_cast<double>(failed) / n;
  std::printf("failing: n %zu, %.4f of 0.2, standard error %.4f, notices %.4f\n", n, share, error,
              4 * error);
  CHECK(std::abs(share - .2) < 3.3 * error);
  CHECK(differ == 0);
  CHECK(differ_next > n / 5);
}

TEST_CASE("a law knows all that its questions mention", "[law]") {
  std::vector<Feature> more = features();
  more.push_back({.name = "hat", .labels = {"red"}, .numbers = {0}});
  CHECK_THROWS_AS(LawProvider(table(), {}, "stay_home", more, 1), InputError);
  CHECK_THROWS_AS(LawProvider(table(), {}, "wear_mask", features(), 1), InputError);
}

}  // namespace throng
