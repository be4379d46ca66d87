#include "scenarios/scores.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "sim/error.h"
#include "sim/math.h"

namespace throng {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

std::vector<double> sorted(std::span<const double> values) {
  std::vector<double> copy(values.begin(), values.end());
  std::sort(copy.begin(), copy.end());
  return copy;
}

/// The order statistic at a position counted from 1, linear between two, and never beyond the ends.
double order_statistic(const std::vector<double>& ascending, double position) {
  const double last = static_cast<double>(ascending.size());
  const double at = std::clamp(position, 1.0, last);
  const auto below = static_cast<std::size_t>(at);
  const double part = at - std::floor(at);
  const double low = ascending[below - 1];
  return part == 0 ? low : low + part * (ascending[below] - low);
}

/// What the members predict for a time; empty where one of them does not.
std::vector<double> members_at(const Ensemble& members, std::size_t time) {
  std::vector<double> at;
  for (const auto& member : members) {
    if (std::isnan(member[time])) {
      return {};
    }
    at.push_back(member[time]);
  }
  return at;
}

void ensure_same_times(const Ensemble& members, std::size_t times) {
  ensures(!members.empty(), "an ensemble has a member");
  for (const auto& member : members) {
    ensures(member.size() == times, "members have the times of what was observed");
  }
}

bool is_count(double value) { return value >= 0 && std::floor(value) == value; }

}  // namespace

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double variance_of(std::span<const double> values) {
  if (values.size() < 2) {
    return none;
  }
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) {
    squares += (value - mean) * (value - mean);
  }
  return squares / static_cast<double>(values.size() - 1);
}

double median_of(std::span<const double> values) {
  if (values.empty()) {
    return none;
  }
  return order_statistic(sorted(values), 0.5 * static_cast<double>(values.size() + 1));
}

double quantile_of(std::span<const double> values, double p) {
  ensures(!values.empty() && p >= 0 && p <= 1, "a quantile is of some values");
  return order_statistic(sorted(values), 1 + p * static_cast<double>(values.size() - 1));
}

Interval central_interval(std::span<const double> members, double level) {
  ensures(!members.empty(), "an interval is of some members");
  const std::vector<double> ascending = sorted(members);
  const double n = static_cast<double>(members.size());
  return {order_statistic(ascending, 0.5 * (1 - level) * (n + 1)),
          order_statistic(ascending, 0.5 * (1 + level) * (n + 1))};
}

double reachable_coverage(double level, std::size_t members) {
  const double n = static_cast<double>(members);
  return std::min(level, (n - 1) / (n + 1));
}

double crps(std::span<const double> members, double observed) {
  ensures(!members.empty(), "a score is of some members");
  // mean |x_i - y| - 1/2 mean |x_i - x_j|; with x ascending the second is a sum over ranks.
  const std::vector<double> ascending = sorted(members);
  const double n = static_cast<double>(members.size());
  double error = 0, spread = 0;
  for (std::size_t k = 0; k < ascending.size(); ++k) {
    error += std::abs(ascending[k] - observed);
    spread += (2 * static_cast<double>(k) + 1 - n) * ascending[k];
  }
  return std::max(0.0, error / n - spread / (n * n));
}

double NegativeBinomial::log_probability(double count) const {
  ensures(mean > 0 && variance > mean, "a negative binomial has more variance than its mean");
  ensures(is_count(count), "a count is a whole number from 0 on");
  const double excess = variance - mean;
  const double size = mean / excess * mean;
  // ln(Gamma(k + r) / (Gamma(r) k!)) + r ln(m / v) + k ln((v - m) / v)
  return std::lgamma(count + size) - std::lgamma(size) - std::lgamma(count + 1) +
         size * std::log(mean / variance) + count * std::log(excess / variance);
}

NegativeBinomial predictive_counts(std::span<const double> members, double each) {
  ensures(!members.empty() && each > 0, "a prediction is of some members");
  const double n = static_cast<double>(members.size());
  const double mean = mean_of(members) + 0.5 * each / n;
  double variance = std::max(each, 1.0) * mean;
  if (members.size() > 1) {
    variance = std::max(variance, variance_of(members));
  }
  return {mean, (1 + 1 / n) * variance};
}

double log_score(std::span<const double> members, double observed, double each) {
  return -predictive_counts(members, each).log_probability(observed);
}

double NormalMixture::log_density(double value) const {
  ensures(!means.empty() && sd > 0, "a mixture is of some distributions");
  double all = 0;
  for (const double mean : means) {
    const double z = (value - mean) / sd;
    all += std::exp(-0.5 * z * z);
  }
  constexpr double root_two_pi = 2.5066282746310002;
  return std::log(std::max(1e-300, all / (static_cast<double>(means.size()) * sd * root_two_pi)));
}

double NormalMixture::quantile(double p) const {
  ensures(!means.empty() && sd > 0, "a mixture is of some distributions");
  double low = *std::min_element(means.begin(), means.end()) - 10 * sd;
  double high = *std::max_element(means.begin(), means.end()) + 10 * sd;
  for (int i = 0; i < 100; ++i) {
    const double middle = 0.5 * (low + high);
    double below = 0;
    for (const double mean : means) {
      below += math::normal_cdf((middle - mean) / sd);
    }
    (below < p * static_cast<double>(means.size()) ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

std::vector<double> centered_mean(std::span<const double> values, std::size_t window) {
  ensures(window % 2 == 1, "a centered window is odd");
  std::vector<double> smooth(values.size(), none);
  for (std::size_t first = 0; first + window <= values.size(); ++first) {
    smooth[first + window / 2] = mean_of(values.subspan(first, window));
  }
  return smooth;
}

Peak peak_of(std::span<const double> values) {
  Peak peak{0, none};
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (!std::isnan(values[k]) && !(values[k] <= peak.height)) {
      peak = {k, values[k]};
    }
  }
  return peak;
}

SeriesScore score_of(const Ensemble& members, std::span<const double> observed,
                     std::optional<double> each) {
  ensure_same_times(members, observed.size());
  SeriesScore s;
  double squares = 0;
  for (std::size_t t = 0; t < observed.size(); ++t) {
    const std::vector<double> at = members_at(members, t);
    if (at.empty() || std::isnan(observed[t])) {
      continue;
    }
    const double mean = mean_of(at);
    ++s.times;
    s.observed_mean += observed[t];
    s.predicted_mean += mean;
    s.mae += std::abs(mean - observed[t]);
    squares += (mean - observed[t]) * (mean - observed[t]);
    s.crps += throng::crps(at, observed[t]);
    s.log_score += each && is_count(observed[t]) && *std::min_element(at.begin(), at.end()) >= 0
                       ? throng::log_score(at, observed[t], *each)
                       : none;
    s.covered_50 += central_interval(at, 0.5).holds(observed[t]) ? 1 : 0;
    s.covered_90 += central_interval(at, 0.9).holds(observed[t]) ? 1 : 0;
  }
  const double n = static_cast<double>(s.times);
  for (double* sum : {&s.observed_mean, &s.predicted_mean, &s.mae, &s.crps, &s.log_score,
                      &s.covered_50, &s.covered_90}) {
    *sum /= n;  // of no times: NaN
  }
  s.rmse = std::sqrt(squares / n);
  return s;
}

SeriesScore pooled(std::span<const SeriesScore> scores) {
  SeriesScore all;
  double squares = 0;
  constexpr double SeriesScore::*means[] = {
      &SeriesScore::observed_mean, &SeriesScore::predicted_mean, &SeriesScore::mae,
      &SeriesScore::crps,          &SeriesScore::log_score,      &SeriesScore::covered_50,
      &SeriesScore::covered_90};
  for (const SeriesScore& s : scores) {
    if (s.times == 0) {
      continue;
    }
    const double n = static_cast<double>(s.times);
    all.times += s.times;
    squares += s.rmse * s.rmse * n;
    for (const auto mean : means) {
      all.*mean += s.*mean * n;
    }
  }
  const double n = static_cast<double>(all.times);
  for (const auto mean : means) {
    all.*mean /= n;
  }
  all.rmse = std::sqrt(squares / n);
  return all;
}

PeakScore peak_score(const Ensemble& members, std::span<const double> observed,
                     std::size_t window) {
  ensure_same_times(members, observed.size());
  std::vector<double> truth(observed.begin(), observed.end());
  Ensemble predicted = members;
  for (std::size_t t = 0; t < truth.size(); ++t) {
    if (std::isnan(truth[t]) || members_at(members, t).empty()) {
      truth[t] = none;
      for (auto& member : predicted) {
        member[t] = none;
      }
    }
  }
  PeakScore score{.observed = peak_of(centered_mean(truth, window))};
  score.found = score.observed.height > 0;
  std::vector<double> at, height;
  for (const auto& member : predicted) {
    const Peak peak = peak_of(centered_mean(member, window));
    score.found = score.found && peak.height > 0;
    at.push_back(static_cast<double>(peak.at));
    height.push_back(peak.height);
  }
  if (score.found) {
    score.at = median_of(at);
    score.height = median_of(height);
    score.at_90 = central_interval(at, 0.9);
    score.height_90 = central_interval(height, 0.9);
  }
  return score;
}

}  // namespace throng
