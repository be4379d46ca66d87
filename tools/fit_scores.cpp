#include "tools/fit_scores.h"

#include <algorithm>
#include <cmath>

#include "sim/math.h"

namespace throng {
namespace {

std::vector<double> part_of(const std::vector<double>& daily, std::size_t first, std::size_t days) {
  const auto begin = daily.begin() + static_cast<std::ptrdiff_t>(first);
  return {begin, begin + static_cast<std::ptrdiff_t>(days)};
}

double mean_of_day(const Predicted& predicted, std::size_t day) {
  double sum = 0;
  for (const auto& member : predicted.members) {
    sum += member[day];
  }
  return sum / static_cast<double>(predicted.members.size());
}

/// p(y) on the transformed scale, of the sums of members.
double density(const Predicted& predicted, const std::vector<double>& sums, double y) {
  const double sd = predicted.series->sd;
  double all = 0;
  for (const double sum : sums) {
    const double z = (y - predicted.series->transformed(sum)) / sd;
    all += std::exp(-0.5 * z * z);
  }
  constexpr double root_two_pi = 2.5066282746310002;
  return all / (static_cast<double>(sums.size()) * sd * root_two_pi);
}

double quantile_of_mixture(const Predicted& predicted, const std::vector<double>& sums, double p) {
  const double sd = predicted.series->sd;
  std::vector<double> means;
  for (const double sum : sums) {
    means.push_back(predicted.series->transformed(sum));
  }
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
  return predicted.series->back(0.5 * (low + high));
}

}  // namespace

double quantile_of(std::vector<double> values, double p) {
  std::sort(values.begin(), values.end());
  const double at = p * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (at - static_cast<double>(below)) * (values[above] - values[below]);
}

FitScore score_of(const Predicted& predicted, std::size_t first, std::size_t days) {
  FitScore score;
  for (std::size_t d = first; d < first + days; ++d) {
    const double away = mean_of_day(predicted, d) - predicted.observed->values[d];
    score.rmse += away * away;
    score.mae += std::abs(away);
  }
  score.rmse = std::sqrt(score.rmse / static_cast<double>(days));
  score.mae /= static_cast<double>(days);

  const i64 width = predicted.series->days;
  const auto observed = window_sums(part_of(predicted.observed->values, first, days), width);
  std::vector<std::vector<double>> sums;
  for (const auto& member : predicted.members) {
    sums.push_back(window_sums(part_of(member, first, days), width));
  }
  for (std::size_t w = 0; w < observed.size(); ++w) {
    std::vector<double> of_window;
    for (const auto& member : sums) {
      of_window.push_back(member[w]);
    }
    const double y = predicted.series->transformed(observed[w]);
    score.log_score -= std::log(std::max(1e-300, density(predicted, of_window, y)));
    const FitInterval interval = predictive_interval(predicted, of_window);
    score.coverage += interval.low <= observed[w] && observed[w] <= interval.high ? 1 : 0;
  }
  const auto windows = static_cast<double>(observed.size());
  score.log_score /= windows;
  score.coverage /= windows;
  return score;
}

FitInterval predictive_interval(const Predicted& predicted, const std::vector<double>& sums) {
  return {quantile_of_mixture(predicted, sums, 0.05), quantile_of_mixture(predicted, sums, 0.5),
          quantile_of_mixture(predicted, sums, 0.95)};
}

DailyPeak peak_of(const std::vector<double>& daily, Date first) {
  constexpr std::size_t width = 7;
  DailyPeak peak{.date = first, .height = -1};
  for (std::size_t d = 0; d + width <= daily.size(); ++d) {
    double sum = 0;
    for (std::size_t k = d; k < d + width; ++k) {
      sum += daily[k];
    }
    if (sum / width > peak.height) {
      peak = {first + static_cast<i32>(d + width / 2), sum / width};
    }
  }
  return peak;
}

}  // namespace throng
