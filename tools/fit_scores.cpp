#include "tools/fit_scores.h"

#include <optional>

#include "scenarios/scores.h"

namespace throng {
namespace {

std::vector<double> part_of(const std::vector<double>& daily, std::size_t first, std::size_t days) {
  const auto begin = daily.begin() + static_cast<std::ptrdiff_t>(first);
  return {begin, begin + static_cast<std::ptrdiff_t>(days)};
}

/// p on the transformed scale, of the sums of members.
NormalMixture mixture_of(const Predicted& predicted, const std::vector<double>& sums) {
  NormalMixture p{.sd = predicted.series->sd};
  for (const double sum : sums) {
    p.means.push_back(predicted.series->transformed(sum));
  }
  return p;
}

}  // namespace

FitScore score_of(const Predicted& predicted, std::size_t first, std::size_t days) {
  const std::vector<double> daily = part_of(predicted.observed->values, first, days);
  const i64 width = predicted.series->days;
  Ensemble members, sums;
  for (const auto& member : predicted.members) {
    members.push_back(part_of(member, first, days));
    sums.push_back(window_sums(members.back(), width));
  }
  const SeriesScore by_day = score_of(members, daily, std::nullopt);
  FitScore score{.rmse = by_day.rmse, .mae = by_day.mae};
  const auto observed = window_sums(daily, width);
  for (std::size_t w = 0; w < observed.size(); ++w) {
    std::vector<double> of_window;
    for (const auto& member : sums) {
      of_window.push_back(member[w]);
    }
    score.log_score -=
        mixture_of(predicted, of_window).log_density(predicted.series->transformed(observed[w]));
    const FitInterval interval = predictive_interval(predicted, of_window);
    score.coverage += interval.low <= observed[w] && observed[w] <= interval.high ? 1 : 0;
  }
  const auto windows = static_cast<double>(observed.size());
  score.log_score /= windows;
  score.coverage /= windows;
  return score;
}

FitInterval predictive_interval(const Predicted& predicted, const std::vector<double>& sums) {
  const NormalMixture p = mixture_of(predicted, sums);
  const auto back = [&](double share) { return predicted.series->back(p.quantile(share)); };
  return {back(0.05), back(0.5), back(0.95)};
}

DailyPeak peak_of(const std::vector<double>& daily, Date first) {
  constexpr std::size_t width = 7;
  const Peak peak = peak_of(centered_mean(daily, width));
  return {first + static_cast<i32>(peak.at), peak.height};
}

}  // namespace throng
