#include <cmath>
#include <map>
#include <random>

#include <catch2/catch.hpp>

#include "io/surrogate_fit.h"
#include "sim/error.h"
#include "tests/io/sample_ledger.h"

using namespace throng;

namespace {

using Form = Coefficient::Form;

double logistic(double sum) { return 1 / (1 + std::exp(-sum)); }

std::vector<Feature> law_features() {
  return {{.name = "age", .labels = {"18-39", "40-64", "65+"}, .numbers = {}},
          {.name = "sex", .labels = {"female", "male"}, .numbers = {}},
          {.name = "cases",
           .from = Feature::From::lattice,
           .labels = {"0", "10", "30", "100", "300"},
           .numbers = {0, 10, 30, 100, 300}},
          {.name = "order",
           .from = Feature::From::lattice,
           .labels = {"none", "advice", "pause"},
           .numbers = {0, 1, 2}}};
}

/// The known law: a logistic one in the logarithm of cases and in the order.
double law(const std::vector<u16>& v) {
  constexpr double age[] = {-0.3, 0.0, 0.5}, sex[] = {0.1, -0.1};
  const double cases = law_features()[2].numbers[v[2]];
  return logistic(-1.5 + age[v[0]] + sex[v[1]] + 0.35 * std::log1p(cases) + 0.4 * v[3]);
}

/// Every combination once, with the weight and the number of `trials` answered yes; 0: the law.
FitData law_data(int trials, unsigned seed) {
  FitData data{law_features(), {}, 0};
  std::mt19937 draw(seed);
  for (u16 a = 0; a < 3; ++a) {
    for (u16 s = 0; s < 2; ++s) {
      for (u16 c = 0; c < 5; ++c) {
        for (u16 o = 0; o < 3; ++o) {
          const std::vector<u16> values{a, s, c, o};
          const double p = law(values);
          const double share =
              trials == 0 ? p : std::binomial_distribution<int>(trials, p)(draw) / double(trials);
          data.points.push_back({values, share, s == 0 ? 1.5 : 0.5, 1});
        }
      }
    }
  }
  return data;
}

/// Gradient ascent of the same penalized likelihood, point by point and term by term.
std::vector<double> plainly_fitted(const FitData& data, const std::vector<Coefficient>& terms,
                                   double ridge) {
  std::vector<std::vector<double>> x;
  for (const FitPoint& point : data.points) {
    auto& row = x.emplace_back();
    for (const Coefficient& term : terms) {
      double value = 1;
      for (std::size_t f = 0; f < data.features.size(); ++f) {
        if (data.features[f].name == term.feature) {
          const u16 v = point.values[f];
          value = term.form == Form::label    ? (data.features[f].labels[v] == term.label ? 1 : 0)
                  : term.form == Form::number ? data.features[f].numbers[v]
                                              : std::log(1 + data.features[f].numbers[v]);
        }
      }
      row.push_back(value);
    }
  }
  const std::size_t n = terms.size();
  std::vector<double> b(n, 0), penalty(n, 1), curvature(n, 0);
  for (std::size_t j = 0; j < n; ++j) {
    double weight = 0, sum = 0, squares = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      weight += data.points[i].weight;
      sum += data.points[i].weight * x[i][j];
      squares += data.points[i].weight * x[i][j] * x[i][j];
    }
    penalty[j] = terms[j].form == Form::intercept ? 0
                 : terms[j].form == Form::label   ? 1
                                                  : squares / weight - std::pow(sum / weight, 2);
    curvature[j] = squares / 4 + ridge * penalty[j];
  }
  // A step of each coefficient by its own bound of the curvature, over the number of terms.
  for (int iteration = 0; iteration < 400'000; ++iteration) {
    std::vector<double> slope(n, 0);
    for (std::size_t i = 0; i < x.size(); ++i) {
      double sum = 0;
      for (std::size_t j = 0; j < n; ++j) {
        sum += b[j] * x[i][j];
      }
      const double off = data.points[i].weight * (data.points[i].share - logistic(sum));
      for (std::size_t j = 0; j < n; ++j) {
        slope[j] += off * x[i][j];
      }
    }
    double largest = 0;
    for (std::size_t j = 0; j < n; ++j) {
      const double step =
          (slope[j] - ridge * penalty[j] * b[j]) / (curvature[j] * static_cast<double>(n) / 2);
      b[j] += step;
      largest = std::max(largest, std::abs(step));
    }
    if (largest < 1e-12) {
      break;
    }
  }
  return b;
}

}  // namespace

TEST_CASE("reweighted least squares reach what plain gradient ascent reaches", "[io]") {
  const FitData data = law_data(40, 1);
  const std::vector<std::vector<Form>> all_forms{
      {Form::label, Form::label, Form::log1p, Form::number},
      {Form::label, Form::label, Form::label, Form::label}};
  for (const auto& forms : all_forms) {
    for (const double ridge : {0.3, 5.0}) {
      const auto terms = terms_of(data.features, forms);
      const auto fast = fit_ridge(data, terms, ridge), slow = plainly_fitted(data, terms, ridge);
      REQUIRE(fast.size() == slow.size());
      for (std::size_t j = 0; j < fast.size(); ++j) {
        INFO(name_of(terms[j]) << " at ridge " << ridge);
        CHECK(std::abs(fast[j] - slow[j]) < 1e-6);
      }
    }
  }
}

TEST_CASE("a known logistic law is recovered within its standard errors", "[io]") {
  const FitData data = law_data(1000, 7);

  const SurrogateReport report = fit_surrogate(data);

  std::map<std::string, const Coefficient*> found;
  for (const Coefficient& c : report.surrogate.coefficients) {
    found[name_of(c)] = &c;
  }
  // Differences of labels, since their level is the intercept's; the rest as it is.
  const auto value = [&](const std::string& name) { return found.at(name)->value; };
  const auto error = [&](const std::string& name) { return *found.at(name)->error; };
  REQUIRE(found.contains("ln(1+cases)"));
  REQUIRE(found.contains("order"));
  const auto within = [&](double estimate, double truth, double standard_error) {
    INFO(estimate << " of " << truth << ", standard error " << standard_error);
    CHECK(std::abs(estimate - truth) < 4 * standard_error);
    CHECK(standard_error < 0.05);
  };
  within(value("ln(1+cases)"), 0.35, error("ln(1+cases)"));
  within(value("order"), 0.4, error("order"));
  within(value("age=65+") - value("age=18-39"), 0.8,
         std::hypot(error("age=65+"), error("age=18-39")));
  within(value("sex=female") - value("sex=male"), 0.2,
         std::hypot(error("sex=female"), error("sex=male")));
  WARN("n = 90 questions, 1000 people each: cross-validated error "
       << report.cv_rmse << " of share, ridge " << report.ridge << ", ln(1+cases) "
       << value("ln(1+cases)") << " +- " << error("ln(1+cases)"));
  // A share of 1000 people has a standard error of at most 0.016.
  CHECK(report.cv_rmse < 0.02);
  CHECK(report.cv_log_loss < report.mean_log_loss);
  CHECK(report.lattice_points == 15);
}

TEST_CASE("a distilled table answers, and is certified where it was asked and errs little",
          "[io]") {
  FitData data = law_data(0, 0);
  // One of 15 lattice points follows no law, by about 0.3: of all labels the root of the mean
  // square is 0.3 / sqrt(15) = 0.08, of its own cases 0.3 / sqrt(3) = 0.17.
  for (FitPoint& point : data.points) {
    if (point.values[2] == 4 && point.values[3] == 1) {
      point.share = 0.4;
    }
  }
  const SurrogateReport report = fit_surrogate(data, {.folds = 10, .largest_error = 0.12});
  const SurrogateTable surrogate(parse_surrogate(
      [&] {
        Surrogate named = report.surrogate;
        named.about = {{"decision", "d"}, {"title", "t"}, {"stands_for", "s"}, {"source", "x"}};
        return surrogate_text(named);
      }(),
      "s.csv"));
  surrogate.check("d", data.features);

  const std::vector<u16> usual{1, 0, 1, 2}, odd{1, 0, 4, 1};
  CHECK(surrogate.certified(data.features, usual));
  CHECK_FALSE(surrogate.certified(data.features, odd));
  CHECK(std::abs(surrogate.share(data.features, usual) / 1048576. - law(usual)) < 0.12);
}

TEST_CASE("a label that nobody was asked about is known, has no effect and is not certified",
          "[io]") {
  FitData data = law_data(0, 0);
  data.features[0].labels.emplace_back("80+");
  Surrogate fitted = fit_surrogate(data, {.folds = 10, .largest_error = 0.5}).surrogate;
  const SurrogateTable surrogate(fitted);
  const std::vector<u16> unseen{3, 0, 1, 1}, seen{1, 0, 1, 1};
  CHECK(surrogate.certified(data.features, seen));
  CHECK_FALSE(surrogate.certified(data.features, unseen));
  const auto at =
      std::find_if(fitted.coefficients.begin(), fitted.coefficients.end(),
                   [](const Coefficient& c) { return c.feature == "age" && c.label == "80+"; });
  REQUIRE(at != fitted.coefficients.end());
  CHECK(std::abs(at->value) < 1e-9);
  CHECK(at->note == "never asked about");
}

TEST_CASE("answers of a ledger are points, weighted by whom they stand for", "[io]") {
  const FitData data = fit_data(sample_ledger(), "");

  // 30 people of the Bronx and, twice, 20 of Queens: 30 of 100 each. The old were asked in vain.
  // Weights have the mean 1: times 2 / 70.
  REQUIRE(data.points.size() == 2);
  CHECK(data.points[1].answers == 2);
  CHECK(data.points[1].weight == Approx(40 * 2 / 70.));
  CHECK(data.unanswered == 1);
  CHECK(data.points[0].values == std::vector<u16>{0, 0, 0});
  CHECK(data.points[0].share == Approx(0.3));
  CHECK(data.points[0].weight == Approx(30 * 2 / 70.));
  CHECK(data.features[2].numbers == std::vector<double>{25, 74.5});
  CHECK(data.features[2].from == Feature::From::lattice);
}

TEST_CASE("audits of a ledger stand for nobody else, and are no missing answers", "[io]") {
  Ledger ledger = sample_ledger();
  const ModelQuestion question = sample_question("One person.");
  ledger.asked({.decision = "stay_home",
                .step = 0,
                .features = "age=65+;borough=Queens;reported_cases=under 50",
                .mass = 0},
               sample_settings(), question, sample_reply(question, {sample_success(0, 90)}));
  const FitData data = fit_data(ledger, "");
  CHECK(data.audits == 1);
  CHECK(data.unanswered == 1);
  CHECK(data.points.size() == 2);
}

TEST_CASE("a fit that does not settle says so", "[io]") {
  FitData data = law_data(0, 0);
  CHECK(fit_surrogate(data).settled);
  for (FitPoint& point : data.points) {
    point.share = 0;
  }
  CHECK_FALSE(fit_surrogate(data).settled);
}

TEST_CASE("a ledger that cannot be distilled says why", "[io]") {
  CHECK_THROWS_WITH(fit_data(Ledger(), "", "runs/x/results.h5"),
                    Catch::StartsWith("runs/x/results.h5: holds no questions"));
  CHECK_THROWS_WITH(fit_data(Ledger(), ""), Catch::Contains("holds no questions"));
  CHECK_THROWS_WITH(fit_data(sample_ledger(), "go_to_work"),
                    Catch::Contains("has no answers about 'go_to_work'"));
  CHECK_THROWS_WITH(fit_surrogate(fit_data(sample_ledger(), "")),
                    Catch::Contains("2 distinct questions (at least 10 are needed)"));
  Ledger two = sample_ledger();
  const ModelQuestion question = sample_question("?");
  two.asked({.decision = "work", .step = 0, .features = "a=b"}, sample_settings(), question,
            sample_reply(question, {sample_success(0, 1)}));
  CHECK_THROWS_WITH(fit_data(two, ""),
                    Catch::Contains("several decisions (stay_home, work). Name one"));
}
