#include "io/surrogate_fit.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <Eigen/Dense>

#include "sim/error.h"
#include "sim/words.h"

namespace throng {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
using Index = Eigen::Index;
using Form = Coefficient::Form;

/// What the terms are multiplied with, [point x term], answers and weights.
struct Problem {
  Matrix x;
  Vector y, w, penalty;
};

double factor(const Coefficient& term, const Feature& feature, u16 value) {
  switch (term.form) {
    case Form::intercept:
      return 1;
    case Form::label:
      return term.label == feature.labels[value] ? 1 : 0;
    case Form::number:
      return feature.numbers[value];
    case Form::log1p:
      return std::log1p(feature.numbers[value]);
  }
  return 0;
}

Problem problem_of(const FitData& data, const std::vector<Coefficient>& terms) {
  const auto rows = static_cast<Index>(data.points.size());
  const auto columns = static_cast<Index>(terms.size());
  Problem p{Matrix(rows, columns), Vector(rows), Vector(rows), Vector(columns)};
  for (Index j = 0; j < columns; ++j) {
    const Coefficient& term = terms[static_cast<std::size_t>(j)];
    std::size_t f = 0;
    while (term.form != Form::intercept && data.features[f].name != term.feature) {
      ++f;
    }
    for (Index i = 0; i < rows; ++i) {
      const FitPoint& point = data.points[static_cast<std::size_t>(i)];
      p.x(i, j) =
          term.form == Form::intercept ? 1 : factor(term, data.features[f], point.values[f]);
    }
  }
  for (Index i = 0; i < rows; ++i) {
    p.y(i) = data.points[static_cast<std::size_t>(i)].share;
    p.w(i) = data.points[static_cast<std::size_t>(i)].weight;
  }
  for (Index j = 0; j < columns; ++j) {
    const Form form = terms[static_cast<std::size_t>(j)].form;
    const double mean = p.w.dot(p.x.col(j)) / p.w.sum();
    const double variance = p.w.dot((p.x.col(j).array() - mean).square().matrix()) / p.w.sum();
    p.penalty(j) = form == Form::intercept ? 0 : form == Form::label ? 1 : std::max(variance, 1e-9);
  }
  return p;
}

Vector shares(const Matrix& x, const Vector& b) {
  return (1.0 / (1.0 + (-(x * b).array()).exp())).matrix();
}

/// -ln of the chance of an answer; finite where a share rounds to 0 or 1.
double log_loss(double y, double p) {
  const double within = std::clamp(p, 1e-12, 1 - 1e-12);
  return -(y * std::log(within) + (1 - y) * std::log1p(-within));
}

double penalized_loss(const Problem& problem, const Vector& b, double ridge) {
  const Vector p = shares(problem.x, b);
  double sum = ridge / 2 * problem.penalty.dot(b.cwiseProduct(b));
  for (Index i = 0; i < p.size(); ++i) {
    sum += problem.w(i) * log_loss(problem.y(i), p(i));
  }
  return sum;
}

Matrix information(const Problem& problem, const Vector& p, double ridge) {
  const Vector weight = problem.w.cwiseProduct((p.array() * (1 - p.array())).matrix());
  Matrix h = problem.x.transpose() * weight.asDiagonal() * problem.x;
  h.diagonal() += ridge * problem.penalty;
  return h;
}

struct Solved {
  Vector b;
  bool settled = false;
};

/// Newton's method, with halved steps where a whole one goes too far.
Solved solve(const Problem& problem, double ridge) {
  Vector b = Vector::Zero(problem.x.cols());
  double loss = penalized_loss(problem, b, ridge);
  for (int iteration = 0; iteration < 100; ++iteration) {
    const Vector p = shares(problem.x, b);
    const Vector slope = problem.x.transpose() * problem.w.cwiseProduct(problem.y - p) -
                         ridge * problem.penalty.cwiseProduct(b);
    Vector step = information(problem, p, ridge).ldlt().solve(slope);
    double next = penalized_loss(problem, b + step, ridge);
    while (!(next <= loss) && step.cwiseAbs().maxCoeff() > 1e-12) {
      step /= 2;
      next = penalized_loss(problem, b + step, ridge);
    }
    b += step;
    loss = next;
    if (step.cwiseAbs().maxCoeff() < 1e-11) {
      return {b, true};
    }
  }
  return {b, false};
}

/// The points that are, or are not, of a group.
FitData part_of(const FitData& data, const std::vector<u32>& group_of, u32 group, bool in_it) {
  FitData part{data.features, {}};
  for (std::size_t i = 0; i < data.points.size(); ++i) {
    if ((group_of[i] == group) == in_it) {
      part.points.push_back(data.points[i]);
    }
  }
  return part;
}

/// What each point is predicted as by a fit to those of other groups.
std::vector<double> left_out(const FitData& data, const std::vector<Coefficient>& terms,
                             double ridge, const std::vector<u32>& group_of) {
  std::vector<double> predicted(data.points.size(), 0.5);
  const u32 groups = *std::max_element(group_of.begin(), group_of.end()) + 1;
  const Problem all = problem_of(data, terms);
  for (u32 g = 0; g < groups; ++g) {
    const FitData others = part_of(data, group_of, g, false);
    if (others.points.empty()) {
      continue;
    }
    const double share_of_rows =
        static_cast<double>(others.points.size()) / static_cast<double>(data.points.size());
    const Vector p = shares(all.x, solve(problem_of(others, terms), ridge * share_of_rows).b);
    for (std::size_t i = 0; i < data.points.size(); ++i) {
      if (group_of[i] == g) {
        predicted[i] = p(static_cast<Index>(i));
      }
    }
  }
  return predicted;
}

struct Loss {
  double rmse = 0, log_loss = 0;
};
Loss loss_of(const FitData& data, const std::vector<double>& predicted) {
  Loss loss;
  double weight = 0;
  for (std::size_t i = 0; i < data.points.size(); ++i) {
    const FitPoint& point = data.points[i];
    const double off = point.share - predicted[i];
    loss.rmse += point.weight * off * off;
    loss.log_loss += point.weight * log_loss(point.share, predicted[i]);
    weight += point.weight;
  }
  return {std::sqrt(loss.rmse / weight), loss.log_loss / weight};
}

/// Of each point, the number of its lattice point; in order of values.
std::vector<u32> lattice_of(const FitData& data) {
  std::map<std::vector<u16>, u32> number;
  std::vector<u32> all;
  for (const FitPoint& point : data.points) {
    std::vector<u16> values;
    for (std::size_t f = 0; f < data.features.size(); ++f) {
      if (data.features[f].from == Feature::From::lattice) {
        values.push_back(point.values[f]);
      }
    }
    all.push_back(number.emplace(values, static_cast<u32>(number.size())).first->second);
  }
  return all;
}

bool has_numbers(const Feature& feature, double above) {
  return feature.numbers.size() == feature.labels.size() &&
         std::all_of(feature.numbers.begin(), feature.numbers.end(),
                     [&](double n) { return std::isfinite(n) && n > above; });
}

/// What is tried: forms of the lattice's features, and ridges, by cross-validation.
class Search {
 public:
  Search(const FitData& data, std::vector<u32> folds) : data_(data), folds_(std::move(folds)) {}

  std::vector<Form> forms() const {
    std::vector<Form> best(data_.features.size(), Form::label);
    const double ridge = 1e-3 * static_cast<double>(data_.points.size());
    double least = loss(best, ridge);
    for (std::size_t f = 0; f < best.size(); ++f) {
      if (data_.features[f].from != Feature::From::lattice) {
        continue;
      }
      for (const Form form : {Form::number, Form::log1p}) {
        std::vector<Form> tried = best;
        tried[f] = form;
        const bool possible = has_numbers(data_.features[f], form == Form::log1p ? -1 : -HUGE_VAL);
        if (const double now = possible ? loss(tried, ridge) : HUGE_VAL; now < least) {
          least = now;
          best = tried;
        }
      }
    }
    return best;
  }

  double ridge(const std::vector<Form>& forms) const {
    double best = 0, least = HUGE_VAL;
    for (int half_power = -12; half_power <= 0; ++half_power) {
      const double ridge =
          std::pow(10, half_power / 2.0) * static_cast<double>(data_.points.size());
      if (const double now = loss(forms, ridge); now < least) {
        least = now;
        best = ridge;
      }
    }
    return best;
  }

 private:
  double loss(const std::vector<Form>& forms, double ridge) const {
    return loss_of(data_, left_out(data_, terms_of(data_.features, forms), ridge, folds_)).log_loss;
  }
  const FitData& data_;
  std::vector<u32> folds_;
};

/// Standard errors from the spread of answers about the fit, the inverse, and the largest leverage.
void add_errors(const FitData& data, double ridge, Surrogate& surrogate) {
  const Problem problem = problem_of(data, surrogate.coefficients);
  const auto n = static_cast<Index>(surrogate.coefficients.size());
  Vector b(n);
  for (Index j = 0; j < n; ++j) {
    b(j) = surrogate.coefficients[static_cast<std::size_t>(j)].value;
  }
  const Vector p = shares(problem.x, b);
  const Matrix inverse = information(problem, p, ridge).ldlt().solve(Matrix::Identity(n, n));
  const Matrix bare = information(problem, p, 0);
  const double used = (inverse * bare).trace();
  double spread = 0;
  for (Index i = 0; i < p.size(); ++i) {
    const double off = problem.y(i) - p(i);
    spread += problem.w(i) * off * off / std::max(p(i) * (1 - p(i)), 1e-12);
    const double leverage =
        p(i) * (1 - p(i)) * problem.x.row(i).dot(inverse * problem.x.row(i).transpose());
    // A last bit less would leave out the very question it is of.
    surrogate.largest_leverage = std::max(surrogate.largest_leverage, leverage * (1 + 1e-9));
  }
  spread /= std::max(1.0, static_cast<double>(p.size()) - used);
  const Matrix covariance = spread * inverse * bare * inverse;
  surrogate.inverse.resize(static_cast<std::size_t>(n * n));
  for (Index i = 0; i < n; ++i) {
    surrogate.coefficients[static_cast<std::size_t>(i)].error =
        std::sqrt(std::max(0.0, covariance(i, i)));
    for (Index j = 0; j < n; ++j) {
      surrogate.inverse[static_cast<std::size_t>(i * n + j)] =
          inverse(std::min(i, j), std::max(i, j));
    }
  }
}

/// Of each label, how well its questions are predicted where their lattice point was left out.
void add_regions(const FitData& data, double ridge, const std::vector<u32>& lattice,
                 Surrogate& surrogate) {
  const auto predicted = left_out(data, surrogate.coefficients, ridge, lattice);
  for (std::size_t f = 0; f < data.features.size(); ++f) {
    for (u16 v = 0; v < data.features[f].labels.size(); ++v) {
      double square = 0, weight = 0;
      u64 questions = 0;
      for (std::size_t i = 0; i < data.points.size(); ++i) {
        const FitPoint& point = data.points[i];
        if (point.values[f] == v) {
          square += point.weight * (point.share - predicted[i]) * (point.share - predicted[i]);
          weight += point.weight;
          ++questions;
        }
      }
      if (questions > 0) {
        surrogate.regions.push_back({data.features[f].name, data.features[f].labels[v],
                                     std::sqrt(square / weight), questions});
      }
    }
  }
}

void count_questions(const FitData& data, std::vector<Coefficient>& terms) {
  for (Coefficient& term : terms) {
    for (const FitPoint& point : data.points) {
      bool is_of_it = term.form != Form::label;
      for (std::size_t f = 0; !is_of_it && f < data.features.size(); ++f) {
        is_of_it = data.features[f].name == term.feature &&
                   data.features[f].labels[point.values[f]] == term.label;
      }
      term.questions += is_of_it ? 1 : 0;
    }
    if (term.questions == 0) {
      term.note = "never asked about";
    }
  }
}

std::string only_decision(const Ledger& ledger, const std::string& place) {
  std::set<std::string> names;
  for (const auto& row : ledger.asked()) {
    names.emplace(ledger.decision_of(row.subject));
  }
  if (names.size() != 1) {
    std::string list;
    for (const auto& name : names) {
      list.append(list.empty() ? "" : ", ").append(name);
    }
    throw InputError(
        names.empty() ? place +
                            ": holds no questions (nobody was asked). Name that of a run "
                            "that asks a model."
                      : place + ": is about several decisions (" + list + "). Name one of them.");
  }
  return *names.begin();
}

std::vector<Feature> features_of(const Ledger& ledger, std::string_view decision) {
  std::vector<Feature> all;
  for (const auto& label : ledger.labels()) {
    if (label.decision != decision) {
      continue;
    }
    auto at = std::find_if(all.begin(), all.end(),
                           [&](const Feature& f) { return f.name == label.feature; });
    if (at == all.end()) {
      all.push_back({.name = label.feature,
                     .from = label.from,
                     .unit = label.unit,
                     .labels = {},
                     .numbers = {}});
      at = std::prev(all.end());
    }
    at->labels.push_back(label.label);
    at->numbers.push_back(label.number);
  }
  return all;
}

/// Which label each feature has; nothing where the text does not mention all.
std::vector<u16> values_in(std::string_view text, const std::vector<Feature>& features,
                           const std::string& place) {
  const auto mentioned = features_in(text);
  std::vector<u16> values;
  for (const Feature& feature : features) {
    for (const auto& [name, label] : mentioned) {
      const auto at = std::find(feature.labels.begin(), feature.labels.end(), label);
      if (name == feature.name && at != feature.labels.end()) {
        values.push_back(static_cast<u16>(at - feature.labels.begin()));
      }
    }
  }
  if (values.size() != features.size() || mentioned.size() != features.size()) {
    throw InputError(place + ": '" + std::string(text) +
                     "' is not of the features that were declared (it was changed, or joined from "
                     "several). Use the original.");
  }
  return values;
}

}  // namespace

FitData fit_data(const Ledger& ledger, std::string_view decision, const std::string& place) {
  const std::string name = decision.empty() ? only_decision(ledger, place) : std::string(decision);
  FitData data{features_of(ledger, name), {}};
  std::map<std::pair<Step, u32>, i64> count_of;  // the last attempt's
  for (const auto& row : ledger.attempts()) {
    count_of[{row.step, row.question}] = row.outcome == OutcomeClass::ok ? row.count : -1;
  }
  struct Sum {
    double share = 0, weight = 0;
    u64 answers = 0;
  };
  std::map<std::vector<u16>, Sum> sums;
  double total = 0;
  for (const auto& row : ledger.asked()) {
    if (ledger.decision_of(row.subject) != name) {
      continue;
    }
    const auto at = count_of.find({row.step, row.question});
    if (row.mass == 0) {
      ++data.audits;
      continue;
    }
    if (at == count_of.end() || at->second < 0 || at->second > 100) {
      ++data.unanswered;
      continue;
    }
    Sum& sum = sums[values_in(ledger.features_of(row.subject), data.features, place)];
    const auto weight = static_cast<double>(row.mass);
    sum.share += weight * static_cast<double>(at->second) / 100;
    sum.weight += weight;
    sum.answers += 1;
    total += weight;
  }
  if (sums.empty()) {
    throw InputError(place + ": has no answers about '" + name +
                     "' (all attempts failed, or it is another decision). Name another.");
  }
  for (const auto& [values, sum] : sums) {
    data.points.push_back({values, sum.share / sum.weight,
                           sum.weight * static_cast<double>(sums.size()) / total, sum.answers});
  }
  return data;
}

std::vector<Coefficient> terms_of(const std::vector<Feature>& features,
                                  const std::vector<Form>& forms) {
  std::vector<Coefficient> terms(1);
  for (std::size_t f = 0; f < features.size(); ++f) {
    if (forms[f] != Form::label) {
      terms.push_back({.form = forms[f], .feature = features[f].name});
      continue;
    }
    for (const std::string& label : features[f].labels) {
      terms.push_back({.form = Form::label, .feature = features[f].name, .label = label});
    }
  }
  return terms;
}

std::vector<double> fit_ridge(const FitData& data, const std::vector<Coefficient>& terms,
                              double ridge) {
  ensures(ridge > 0, "labels of a feature are told apart by a ridge");
  const Vector b = solve(problem_of(data, terms), ridge).b;
  return {b.data(), b.data() + b.size()};
}

SurrogateReport fit_surrogate(const FitData& data, const FitOptions& options,
                              const std::string& place) {
  if (data.points.size() < options.folds) {
    throw InputError(place + ": has answers to " +
                     counted(data.points.size(), "distinct question") + " (at least " +
                     std::to_string(options.folds) + " are needed). Ask more.");
  }
  const std::vector<u32> lattice = lattice_of(data);
  SurrogateReport report;
  report.lattice_points = *std::max_element(lattice.begin(), lattice.end()) + 1;
  std::vector<u32> folds;
  for (std::size_t i = 0; i < lattice.size(); ++i) {
    const u64 by = report.lattice_points >= options.folds ? lattice[i] : i;
    folds.push_back(static_cast<u32>(by % options.folds));
  }
  const Search search(data, folds);
  const auto forms = search.forms();
  report.ridge = search.ridge(forms);
  Surrogate& surrogate = report.surrogate;
  surrogate.coefficients = terms_of(data.features, forms);
  const Loss loss = loss_of(data, left_out(data, surrogate.coefficients, report.ridge, folds));
  report.cv_rmse = loss.rmse;
  report.cv_log_loss = loss.log_loss;
  double mean = 0;
  for (const FitPoint& point : data.points) {
    mean += point.weight * point.share / static_cast<double>(data.points.size());
  }
  report.mean_log_loss = loss_of(data, std::vector<double>(data.points.size(), mean)).log_loss;
  const Solved fit = solve(problem_of(data, surrogate.coefficients), report.ridge);
  report.settled = fit.settled;
  for (std::size_t j = 0; j < surrogate.coefficients.size(); ++j) {
    surrogate.coefficients[j].value = fit.b(static_cast<Index>(j));
  }
  count_questions(data, surrogate.coefficients);
  add_errors(data, report.ridge, surrogate);
  surrogate.largest_error = options.largest_error;
  if (report.lattice_points > 1) {
    add_regions(data, report.ridge, lattice, surrogate);
  }
  return report;
}

}  // namespace throng
