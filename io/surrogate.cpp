#include "io/surrogate.h"

#include <algorithm>
#include <cmath>

#include "sim/error.h"
#include "sim/math.h"
#include "sim/words.h"

namespace throng {
namespace {

constexpr char any_label[] = "*";

double logistic(double sum) { return 1.0 / (1.0 + math::exp(-sum)); }

const Feature* feature_called(std::span<const Feature> features, const std::string& name) {
  const auto at = std::find_if(features.begin(), features.end(),
                               [&](const Feature& f) { return f.name == name; });
  return at == features.end() ? nullptr : &*at;
}

}  // namespace

std::string_view Surrogate::text(std::string_view what) const {
  for (const auto& [name, value] : about) {
    if (name == what) {
      return value;
    }
  }
  return {};
}

std::string name_of(const Coefficient& c) {
  std::string name;
  switch (c.form) {
    case Coefficient::Form::intercept:
      return name.append("intercept");
    case Coefficient::Form::label:
      return name.append(c.feature).append("=").append(c.label);
    case Coefficient::Form::number:
      return name.append(c.feature);
    case Coefficient::Form::log1p:
      return name.append("ln(1+").append(c.feature).append(")");
  }
  ensures(false, "a coefficient has a form");
  return name;
}

SurrogateTable::SurrogateTable(Surrogate surrogate) : surrogate_(std::move(surrogate)) {
  const std::size_t n = surrogate_.coefficients.size();
  ensures(surrogate_.inverse.empty() || surrogate_.inverse.size() == n * n,
          "an inverse has a row and a column for each coefficient");
}

bool SurrogateTable::names(const std::string& feature, const std::string& label) const {
  return std::any_of(
      surrogate_.coefficients.begin(), surrogate_.coefficients.end(), [&](const Coefficient& c) {
        return c.form == Coefficient::Form::label && c.feature == feature && c.label == label;
      });
}

/// What a coefficient is multiplied with.
double SurrogateTable::term(const Coefficient& c, std::span<const Feature> features,
                            std::span<const u16> values) const {
  if (c.form == Coefficient::Form::intercept) {
    return 1;
  }
  const Feature* feature = feature_called(features, c.feature);
  if (feature == nullptr) {
    return 0;  // of a coefficient that is 0: see check()
  }
  return factor(c, *feature, values[static_cast<std::size_t>(feature - features.data())]);
}

double SurrogateTable::factor(const Coefficient& c, const Feature& feature, u16 value) const {
  if (c.form == Coefficient::Form::label) {
    const std::string& label = feature.labels[value];
    return c.label == label || (c.label == any_label && !names(c.feature, label)) ? 1 : 0;
  }
  ensures(value < feature.numbers.size(), "check() came before the first question");
  const double number = feature.numbers[value];
  return c.form == Coefficient::Form::number ? number : math::log1p(number);
}

double SurrogateTable::log_odds(std::span<const Feature> features,
                                std::span<const u16> values) const {
  double sum = 0;
  for (const Coefficient& c : surrogate_.coefficients) {
    sum += c.value * term(c, features, values);
  }
  return sum;
}

u32 SurrogateTable::share(std::span<const Feature> features, std::span<const u16> values) const {
  return static_cast<u32>(logistic(log_odds(features, values)) * whole_share + 0.5);
}

double SurrogateTable::leverage(std::span<const Feature> features,
                                std::span<const u16> values) const {
  const std::size_t n = surrogate_.coefficients.size();
  ensures(!surrogate_.inverse.empty(), "a leverage is told where the table has an inverse");
  std::vector<double> x;
  for (const Coefficient& c : surrogate_.coefficients) {
    x.push_back(term(c, features, values));
  }
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      sum += x[i] * surrogate_.inverse[i * n + j] * x[j];
    }
  }
  const double p = logistic(log_odds(features, values));
  return p * (1 - p) * sum;
}

/// Whether a label lies in a region whose error is small enough.
bool SurrogateTable::is_certified(const Feature& feature, u16 value) const {
  const auto in = [&](const std::string& wanted) {
    return std::find_if(
        surrogate_.regions.begin(), surrogate_.regions.end(),
        [&](const CertifiedRegion& r) { return r.feature == feature.name && r.label == wanted; });
  };
  auto region = in(feature.labels[value]);
  region = region == surrogate_.regions.end() ? in(any_label) : region;
  return region != surrogate_.regions.end() && region->error <= surrogate_.largest_error;
}

bool SurrogateTable::certified(std::span<const Feature> features,
                               std::span<const u16> values) const {
  if (surrogate_.inverse.empty()) {
    return false;
  }
  for (std::size_t f = 0; f < features.size(); ++f) {
    if (!is_certified(features[f], values[f])) {
      return false;
    }
  }
  return leverage(features, values) <= surrogate_.largest_leverage;
}

CodedSurrogate SurrogateTable::coded(std::span<const Feature> features) const {
  CodedSurrogate coded;
  for (const Coefficient& c : surrogate_.coefficients) {
    CodedSurrogate::Term term{.feature = 0, .value = c.value, .factor = {}};
    if (c.form != Coefficient::Form::intercept) {
      const Feature* feature = feature_called(features, c.feature);
      const Feature& of = feature == nullptr ? features.front() : *feature;
      term.feature = static_cast<std::size_t>(&of - features.data());
      for (std::size_t v = 0; v < of.labels.size(); ++v) {
        // Of a feature that is not there the coefficient is 0: see check().
        term.factor.push_back(feature == nullptr ? 0 : factor(c, of, static_cast<u16>(v)));
      }
    }
    coded.terms_.push_back(std::move(term));
  }
  for (const Feature& feature : features) {
    auto& labels = coded.certified_.emplace_back();
    for (std::size_t v = 0; v < feature.labels.size() && !surrogate_.inverse.empty(); ++v) {
      labels.push_back(is_certified(feature, static_cast<u16>(v)) ? 1 : 0);
    }
  }
  coded.inverse_ = surrogate_.inverse;
  coded.largest_leverage_ = surrogate_.largest_leverage;
  return coded;
}

double CodedSurrogate::log_odds(std::span<const u16> values) const {
  double sum = 0;
  for (const Term& term : terms_) {
    sum += term.value * term.of(values);
  }
  return sum;
}

u32 CodedSurrogate::share(std::span<const u16> values) const {
  return static_cast<u32>(logistic(log_odds(values)) * whole_share + 0.5);
}

bool CodedSurrogate::certified(std::span<const u16> values) const {
  if (inverse_.empty()) {
    return false;
  }
  for (std::size_t f = 0; f < certified_.size(); ++f) {
    if (certified_[f][values[f]] == 0) {
      return false;
    }
  }
  const std::size_t n = terms_.size();
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      sum += terms_[i].of(values) * inverse_[i * n + j] * terms_[j].of(values);
    }
  }
  const double p = logistic(log_odds(values));
  return p * (1 - p) * sum <= largest_leverage_;
}

void SurrogateTable::check(std::string_view decision, std::span<const Feature> features) const {
  const std::string place =
      "surrogate '" + std::string(surrogate_.text("title")) + "' for '" + std::string(decision);
  std::vector<std::string> mistakes;
  const auto refuse = [&](const std::string& problem) {
    mistakes.push_back(place + "': " + problem);
  };
  if (surrogate_.text("decision") != decision) {
    refuse("it was fitted to the decision '" + std::string(surrogate_.text("decision")) +
           "'. Name a table for this one.");
  }
  for (const Coefficient& c : surrogate_.coefficients) {
    if (c.form != Coefficient::Form::intercept && c.value != 0 &&
        feature_called(features, c.feature) == nullptr) {
      refuse("it needs the feature '" + c.feature +
             "', which the questions do not mention. Let them, or fit another table.");
    }
  }
  for (const Feature& feature : features) {
    const auto of_it = [&](const Coefficient& c) { return c.feature == feature.name; };
    const auto& all = surrogate_.coefficients;
    if (std::none_of(all.begin(), all.end(), of_it)) {
      refuse("it does not know the feature '" + feature.name +
             "' (no row is about it). Fit another table, or leave it out of the questions.");
      continue;
    }
    const bool by_label = std::any_of(all.begin(), all.end(), [&](const Coefficient& c) {
      return of_it(c) && c.form == Coefficient::Form::label;
    });
    const bool by_log = std::any_of(all.begin(), all.end(), [&](const Coefficient& c) {
      return of_it(c) && c.form == Coefficient::Form::log1p;
    });
    const bool by_number = by_log || std::any_of(all.begin(), all.end(), [&](const Coefficient& c) {
                             return of_it(c) && c.form == Coefficient::Form::number;
                           });
    for (std::size_t v = 0; v < feature.labels.size(); ++v) {
      const std::string& label = feature.labels[v];
      if (by_label && !names(feature.name, label) && !names(feature.name, any_label)) {
        refuse("it does not know the label '" + label + "' of '" + feature.name +
               "' (it was fitted to others). Use its labels, or fit another table.");
      }
      const double number = v < feature.numbers.size() ? feature.numbers[v] : std::nan("");
      if (by_number && (!std::isfinite(number) || (by_log && number <= -1))) {
        refuse("label '" + label + "' of '" + feature.name +
               "' stands for no number that it can use. Give it one.");
      }
    }
  }
  if (!mistakes.empty()) {
    throw InputError(std::move(mistakes));
  }
}

void SurrogateTable::answer(const Questions& questions, std::span<Answer> answers) {
  ensures(answers.size() == questions.count(), "each question has an answer");
  const CodedSurrogate by_code = coded(questions.features);
  for (std::size_t k = 0; k < answers.size(); ++k) {
    answers[k] = {.share = by_code.share(questions.of(k)), .rung = Rung::live, .why = {}};
  }
}

std::string SurrogateTable::provenance() const {
  std::string text;
  for (const auto& [name, value] : surrogate_.about) {
    std::string words = name;
    std::replace(words.begin(), words.end(), '_', ' ');
    text.append(words).append(": ").append(value).append("\n");
  }
  return text;
}

}  // namespace throng
