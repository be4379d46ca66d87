#include "tools/fit_report.h"

#include <algorithm>
#include <cmath>

#include "scenarios/scores.h"
#include "sim/words.h"
#include "tools/csv_output.h"

namespace throng {
namespace {

using Json = nlohmann::ordered_json;

struct Summary {
  double mean = 0, low = 0, high = 0;
};

/// Of one parameter's posterior: the value at the mean of its scale, and the 90 % interval.
Summary summary_of(const FitOutcome& o, std::size_t parameter) {
  const FittedParameter& p = o.design.parameters[parameter];
  const Eigen::VectorXd places = o.ensemble.row(static_cast<Eigen::Index>(parameter));
  const std::vector<double> all(places.data(), places.data() + places.size());
  return {p.outward(places.mean()), p.outward(quantile_of(all, 0.05)),
          p.outward(quantile_of(all, 0.95))};
}

/// A peak by each member: the median and the 90 % interval of its day and of its height.
struct Peaks {
  DailyPeak observed{}, median{}, low{}, high{};
};

Date day_of(double days) { return Date::from_days(static_cast<i32>(std::lround(days))); }

Peaks peaks_of(const Predicted& predicted, Date first) {
  std::vector<double> dates, heights;
  for (const auto& member : predicted.members) {
    const DailyPeak peak = peak_of(member, first);
    dates.push_back(peak.date.days_since_1970());
    heights.push_back(peak.height);
  }
  const auto at = [&](double p) {
    return DailyPeak{day_of(quantile_of(dates, p)), quantile_of(heights, p)};
  };
  return {peak_of(predicted.observed->values, first), at(0.5), at(0.05), at(0.95)};
}

struct Part {
  const char* name;
  std::size_t first, days;
};

/// The days that were fitted, and those held out where there are whole windows of them.
std::vector<Part> parts_of(const FitDesign& design, const FittedSeries& series) {
  const auto fitted = static_cast<std::size_t>(design.to - design.from + 1);
  const auto held_out = static_cast<std::size_t>(design.last - design.to);
  std::vector<Part> parts = {{"fitted", 0, fitted}};
  if (held_out >= static_cast<std::size_t>(series.days)) {
    parts.push_back({"held out", fitted, held_out});
  }
  return parts;
}

std::string name_of(const Predicted& predicted) {
  return predicted.series->series +
         (predicted.observed->area.empty() ? "" : ", " + predicted.observed->area);
}

Json json_of(const FitScore& score) {
  return {{"rmse", score.rmse},
          {"mae", score.mae},
          {"log_score", score.log_score},
          {"coverage_90", score.coverage}};
}

Json json_of(const DailyPeak& peak) { return {{"date", peak.date.str()}, {"height", peak.height}}; }

Json value_of(const FittedParameter& p, double value) {
  return p.date ? Json(p.shown(value)) : Json(value);
}

}  // namespace

std::string fit_text(const FitOutcome& o) {
  const auto& parameters = o.design.parameters;
  std::string t = "parameter            prior, 90 %               posterior, its 90 %\n";
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const FittedParameter& p = parameters[i];
    const Summary s = summary_of(o, i);
    const std::string prior = p.shown(p.low) + " to " + p.shown(p.high);
    t += formatted("%-20s %-25s %s (%s to %s)\n", p.name.c_str(), prior.c_str(),
                   p.shown(s.mean).c_str(), p.shown(s.low).c_str(), p.shown(s.high).c_str());
  }
  t += formatted("inversion            %zu steps of %lld members to %lld numbers", o.steps.size(),
                 static_cast<long long>(o.design.members), static_cast<long long>(o.data));
  if (!o.steps.empty()) {
    t += formatted(", mean misfit %.1f to %.1f (half of the numbers where noise is all)",
                   o.steps.front().mean_misfit, o.steps.back().mean_misfit);
  }
  t += "\n";
  if (o.so_far < 1) {
    t += formatted(
        "                     given up at %.3f of 1: the posterior is wider than it "
        "would be. Allow more iterations, or a larger sd\n",
        o.so_far);
  }
  for (std::size_t i = 0; i < o.predicted.size(); ++i) {
    const Predicted& predicted = o.predicted[i];
    t += name_of(predicted) + "\n";
    for (const Part& part : parts_of(o.design, *predicted.series)) {
      const FitScore now = score_of(predicted, part.first, part.days);
      const FitScore was = score_of(o.before[i], part.first, part.days);
      t += formatted(
          "  %-18s RMSE %.4g a day (the scenario's %.4g), MAE %.4g (%.4g), log score "
          "%.3g (%.3g), %.0f %% within 90 %%\n",
          part.name, now.rmse, was.rmse, now.mae, was.mae, now.log_score, was.log_score,
          100 * now.coverage);
    }
    const Peaks peaks = peaks_of(predicted, o.design.from);
    t += formatted("  %-18s %s (%s to %s), observed %s; %.4g a day (%.4g to %.4g), observed %.4g\n",
                   "peak of 7 days", peaks.median.date.str().c_str(), peaks.low.date.str().c_str(),
                   peaks.high.date.str().c_str(), peaks.observed.date.str().c_str(),
                   peaks.median.height, peaks.low.height, peaks.high.height, peaks.observed.height);
  }
  t += "changed\n";
  for (const Override& change : o.changes) {
    t += "  " + change.key + " = " + change.after +
         (change.before.empty() ? "" : "  (was " + change.before + ")") + "\n";
  }
  if (!o.failures.empty()) {
    t += "runs that failed, whose members were drawn anew\n" + o.failures;
  }
  return t;
}

Json fit_json(const FitOutcome& o) {
  Json parameters = Json::array();
  for (std::size_t i = 0; i < o.design.parameters.size(); ++i) {
    const FittedParameter& p = o.design.parameters[i];
    const Summary s = summary_of(o, i);
    parameters.push_back({{"name", p.name},
                          {"set", p.setting.text()},
                          {"prior_90", {value_of(p, p.low), value_of(p, p.high)}},
                          {"posterior_mean", value_of(p, s.mean)},
                          {"posterior_90", {value_of(p, s.low), value_of(p, s.high)}}});
  }
  Json steps = Json::array();
  for (const FitOutcome::Step& step : o.steps) {
    steps.push_back({{"length", step.length},
                     {"mean_misfit", step.mean_misfit},
                     {"failed_members", step.failed}});
  }
  Json series = Json::array();
  for (std::size_t i = 0; i < o.predicted.size(); ++i) {
    const Predicted& predicted = o.predicted[i];
    Json one = {{"series", predicted.series->series}, {"area", predicted.observed->area}};
    for (const Part& part : parts_of(o.design, *predicted.series)) {
      const std::string name = std::string(part.name) == "fitted" ? "fitted" : "held_out";
      one[name] = json_of(score_of(predicted, part.first, part.days));
      one["scenario_" + name] = json_of(score_of(o.before[i], part.first, part.days));
    }
    const Peaks peaks = peaks_of(predicted, o.design.from);
    one["peak"] = {{"observed", json_of(peaks.observed)},
                   {"median", json_of(peaks.median)},
                   {"low", json_of(peaks.low)},
                   {"high", json_of(peaks.high)}};
    series.push_back(std::move(one));
  }
  Json changes = Json::array();
  for (const Override& change : o.changes) {
    changes.push_back({{"key", change.key}, {"before", change.before}, {"after", change.after}});
  }
  return {{"from", o.design.from.str()},
          {"to", o.design.to.str()},
          {"held_out_to", o.design.last.str()},
          {"members", o.design.members},
          {"replicates", o.design.replicates},
          {"seed", o.design.seed},
          {"data", o.data},
          {"so_far", o.so_far},
          {"parameters", parameters},
          {"steps", steps},
          {"series", series},
          {"changes", changes}};
}

std::string predicted_csv(const FitOutcome& o) {
  std::string text = "series,area,from,to,fitted,observed,mean,q05,q50,q95\n";
  for (const Predicted& predicted : o.predicted) {
    const i64 width = predicted.series->days;
    for (const Part& part : parts_of(o.design, *predicted.series)) {
      for (std::size_t d = part.first;
           d + static_cast<std::size_t>(width) <= part.first + part.days;
           d += static_cast<std::size_t>(width)) {
        const auto sum_of = [&](const std::vector<double>& daily) {
          double sum = 0;
          for (std::size_t k = d; k < d + static_cast<std::size_t>(width); ++k) {
            sum += daily[k];
          }
          return sum;
        };
        std::vector<double> sums;
        double mean = 0;
        for (const auto& member : predicted.members) {
          sums.push_back(sum_of(member));
          mean += sums.back() / static_cast<double>(predicted.members.size());
        }
        const FitInterval interval = predictive_interval(predicted, sums);
        const Date first = o.design.from + static_cast<i32>(d);
        text += csv_line(
            {csv_field(predicted.series->series), csv_field(predicted.observed->area), first.str(),
             (first + static_cast<i32>(width - 1)).str(), part.first == 0 ? "1" : "0",
             csv_number(sum_of(predicted.observed->values)), csv_number(mean),
             csv_number(interval.low), csv_number(interval.median), csv_number(interval.high)});
      }
    }
  }
  return text;
}

std::string posterior_csv(const FitOutcome& o) {
  std::vector<std::string> header = {"member"};
  for (const FittedParameter& p : o.design.parameters) {
    header.push_back(csv_field(p.name));
  }
  std::string text = csv_line(header);
  for (Eigen::Index j = 0; j < o.ensemble.cols(); ++j) {
    std::vector<std::string> fields = {std::to_string(j + 1)};
    for (std::size_t i = 0; i < o.design.parameters.size(); ++i) {
      fields.push_back(o.design.parameters[i].text(o.ensemble(static_cast<Eigen::Index>(i), j)));
    }
    text += csv_line(fields);
  }
  return text;
}

}  // namespace throng
