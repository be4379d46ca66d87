// throng fit: parameters of a scenario from observed series, by ensemble Kalman inversion.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>

#include "io/provenance.h"
#include "io/publish.h"
#include "io/toml_file.h"
#include "scenarios/engine_parameters.h"
#include "scenarios/ensemble_kalman.h"
#include "scenarios/run.h"
#include "scenarios/toml_text.h"
#include "sim/words.h"
#include "tools/commands.h"
#include "tools/fit_design.h"
#include "tools/fit_report.h"
#include "tools/fit_scores.h"
#include "tools/fit_state.h"
#include "tools/points.h"
#include "tools/points_folder.h"
#include "tools/points_table.h"

namespace throng {
namespace {

namespace fs = std::filesystem;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

std::string numbered(const char* what, std::size_t number, int digits) {
  return formatted("%s%0*zu", what, digits, number);
}

/// Stopped before its end.
struct Stopped {
  std::string by;
};

/// The design's text, and which files were observed.
std::string text_of(const FitDesign& design) {
  std::string text = design.resolved + "\n[observed]\n";
  std::vector<std::string> said;
  for (const FittedSeries& series : design.series) {
    if (std::find(said.begin(), said.end(), series.file) == said.end()) {
      said.push_back(series.file);
      text += toml_key(series.file) + " = " + toml_string(input_file(series.file).sha256) + "\n";
    }
  }
  return text;
}

// ---- what is compared ---------------------------------------------------------------------------

std::vector<double> fitted_part(const FitDesign& design, const std::vector<double>& daily) {
  return {daily.begin(), daily.begin() + (design.to - design.from + 1)};
}

/// Transformed sums of windows of all areas of all series, and the covariance of their noise.
GaussianData data_of(const FitDesign& design) {
  std::vector<double> all;
  std::vector<std::pair<std::size_t, const FittedSeries*>> blocks;
  for (const FittedSeries& series : design.series) {
    for (const ObservedArea& area : series.areas) {
      const auto sums = window_sums(fitted_part(design, area.values), series.days);
      blocks.emplace_back(sums.size(), &series);
      for (const double sum : sums) {
        all.push_back(series.transformed(sum));
      }
    }
  }
  const auto size = static_cast<Index>(all.size());
  GaussianData data{Eigen::Map<VectorXd>(all.data(), size), MatrixXd::Zero(size, size)};
  Index first = 0;
  for (const auto& [length, series] : blocks) {
    for (Index i = 0; i < static_cast<Index>(length); ++i) {
      for (Index k = 0; k < static_cast<Index>(length); ++k) {
        const auto apart = static_cast<double>(std::abs(i - k) * series->days);
        const double correlation = i == k ? 1.0
                                   : series->correlation > 0
                                       ? std::exp(-apart / series->correlation)
                                       : 0.0;
        data.noise(first + i, first + k) = series->sd * series->sd * correlation;
      }
    }
    first += static_cast<Index>(length);
  }
  return data;
}

// ---- the fit ------------------------------------------------------------------------------------

class Fit {
 public:
  explicit Fit(const FitArguments& a)
      : a_(a), design_(read_fit(a.file)), root_(a.out), data_(data_of(design_)) {
    const PointsFolder folder(root_, "fit.toml", text_of(design_));
    const ScenarioFile scenario =
        read_scenario(full_schema(), design_.scenario, {.set = design_.set});
    check_days(scenario);
    if (!folder.has_begun()) {
      check_priors();
    }
    folder.begin(design_.scenario, design_.set, false);
    find_quiet_output(scenario);
  }

  int go() {
    const LaunchLock lock(root_);
    try {
      invert();
      predict();
    } catch (const Stopped& stopped) {
      std::fprintf(stderr,
                   "throng: %s: stopped by %s before the fit was done. The same command goes on "
                   "from there.\n",
                   root_.c_str(), stopped.by.c_str());
      return exit_stopped;
    }
    return exit_done;
  }

 private:
  std::string state_file() const { return (root_ / "state.json").string(); }
  Index parameters() const { return static_cast<Index>(design_.parameters.size()); }
  std::size_t days_from_start(Date last) const {
    return static_cast<std::size_t>(last - start_ + 1);
  }

  void check_days(const ScenarioFile& scenario) {
    const Date* start = scenario.values.find(scenario::run_start);
    if (start == nullptr) {
      throw InputError(design_.scenario +
                       ": has no dates (its steps are no days). Fit a model of days.");
    }
    start_ = *start;
    const Date last = start_ + static_cast<i32>(scenario.values.get(scenario::run_steps));
    if (design_.from < start_ || last < design_.last) {
      throw InputError(a_.file + ": asks for days from " + design_.from.str() + " to " +
                       design_.last.str() + " (the scenario has those from " + start_.str() +
                       " to " + last.str() + "). Choose among them, or run longer.");
    }
  }

  /// The ends and the middle of all priors; members farther out may fail.
  void check_priors() const {
    std::vector<std::vector<std::string>> settings;
    for (const double share : {0.0, 0.5, 1.0}) {
      VectorXd places(parameters());
      for (Index i = 0; i < parameters(); ++i) {
        const FittedParameter& p = design_.parameters[static_cast<std::size_t>(i)];
        places(i) = (1 - share) * p.inward(p.low) + share * p.inward(p.high);
      }
      settings.push_back(design_.settings(places));
    }
    check_points(design_.scenario, design_.set, settings);
  }

  /// What a run would write that nobody reads here.
  void find_quiet_output(const ScenarioFile& scenario) {
    for (const auto& [key, value] :
         {std::pair{"snapshots", "[]"}, {"snapshot_steps", "[]"}, {"transmission_log", "false"}}) {
      const Values* output = scenario.values.find_table("output");
      if (output != nullptr && output->entry(key) != nullptr) {
        quiet_.push_back(std::string("output.") + key + "=" + value);
      }
    }
  }

  /// Runs of all members below a folder, until a day. [member * replicates + replicate]
  std::vector<PointRun> runs_of(const std::string& folder, const MatrixXd& ensemble) const {
    std::vector<PointRun> runs;
    for (Index j = 0; j < ensemble.cols(); ++j) {
      for (i64 r = 0; r < design_.replicates; ++r) {
        // Every member has luck of its own, and keeps it from step to step.
        const u64 seed = design_.seed + static_cast<u64>(j * design_.replicates + r);
        runs.push_back({.name = folder + numbered("/", static_cast<std::size_t>(j + 1), 4) +
                                "/seed-" + std::to_string(seed),
                        .seed = seed,
                        .set = design_.settings(ensemble.col(j))});
        runs.back().set.insert(runs.back().set.end(), quiet_.begin(), quiet_.end());
      }
    }
    return runs;
  }

  PointsDone run(const std::vector<PointRun>& runs, Date last, const std::string& what) {
    PointsDone done =
        run_points(runs, {.root = root_,
                          .scenario = (root_ / "scenario.toml").string(),
                          .what = "fit: " + what,
                          .jobs = a_.jobs,
                          .threads = a_.threads,
                          .quiet = a_.quiet,
                          .max_walltime_s = a_.max_walltime_s,
                          .more = {"--steps", std::to_string(days_from_start(last))}});
    const bool unfinished = std::any_of(done.outcomes.begin(), done.outcomes.end(),
                                        [](const PointOutcome& o) { return !o.over; });
    if (unfinished) {
      throw Stopped{done.stopped_by.empty() ? "a signal to its runs" : done.stopped_by};
    }
    const auto failed = std::count_if(done.outcomes.begin(), done.outcomes.end(),
                                      [](const PointOutcome& o) { return !o.done(); });
    if (2 * failed > static_cast<std::ptrdiff_t>(runs.size())) {
      throw AgreedError(exit_model_error,
                        root_.string() + ": " + std::to_string(failed) + " of " +
                            std::to_string(runs.size()) +
                            " runs failed (nothing can be learned from so few). Narrow the priors, "
                            "or repair the scenario:\n" +
                            failures_of(runs, done));
    }
    failures_ += failures_of(runs, done);
    return done;
  }

  /// Daily series of the runs of one member on average; nothing where one failed.
  std::vector<std::vector<double>> days_of(const std::vector<PointRun>& runs,
                                           const PointsDone& done, std::size_t member,
                                           std::size_t replicates, Date last) const {
    std::vector<std::vector<double>> all;
    const auto size = static_cast<std::size_t>(last - design_.from + 1);
    for (std::size_t r = 0; r < replicates; ++r) {
      const std::size_t i = member * replicates + r;
      if (!done.outcomes[i].done()) {
        return {};
      }
      const ResultsReader results((root_ / runs[i].name / "results.h5").string());
      std::size_t at = 0;
      for (const FittedSeries& series : design_.series) {
        for (const ObservedArea& area : series.areas) {
          const auto days = simulated_days(results, series, area.area, design_.from, size);
          if (all.size() <= at) {
            all.emplace_back(size, 0.0);
          }
          for (std::size_t d = 0; d < size; ++d) {
            all[at][d] += days[d] / static_cast<double>(replicates);
          }
          ++at;
        }
      }
    }
    return all;
  }

  MatrixXd outputs_of(const std::vector<PointRun>& runs, const PointsDone& done) const {
    MatrixXd outputs(data_.mean.size(), static_cast<Index>(design_.members));
    outputs.setConstant(std::numeric_limits<double>::quiet_NaN());
    const auto replicates = static_cast<std::size_t>(design_.replicates);
    for (Index j = 0; j < outputs.cols(); ++j) {
      const auto all = days_of(runs, done, static_cast<std::size_t>(j), replicates, design_.to);
      Index row = 0;
      std::size_t at = 0;
      for (const FittedSeries& series : design_.series) {
        for (std::size_t area = 0; area < series.areas.size() && !all.empty(); ++area) {
          for (const double sum : window_sums(all[at], series.days)) {
            outputs(row++, j) = series.transformed(sum);
          }
          ++at;
        }
      }
    }
    return outputs;
  }

  void invert() {
    if (fs::exists(state_file())) {
      steps_ = read_fit_state(state_file(), parameters(), design_.members);
    } else {
      VectorXd mean(parameters()), sd(parameters());
      for (Index i = 0; i < parameters(); ++i) {
        mean(i) = design_.parameters[static_cast<std::size_t>(i)].mean();
        sd(i) = design_.parameters[static_cast<std::size_t>(i)].sd();
      }
      steps_ = {{.ensemble = gaussian_ensemble(mean, sd, design_.members, design_.seed)}};
      commit();
    }
    while (steps_.back().so_far < 1 && static_cast<i64>(steps_.size()) <= design_.most_iterations) {
      const FitStep& now = steps_.back();
      const std::size_t number = steps_.size();
      const auto runs = runs_of(numbered("step-", number, 2), now.ensemble);
      const PointsDone done = run(runs, design_.to,
                                  std::string("step ") + std::to_string(number) +
                                      formatted(" (%.3f so far)", now.so_far) + ", runs");
      KalmanStep step = kalman_step(data_, now.ensemble, outputs_of(runs, done), now.so_far,
                                    static_cast<u32>(number), design_.seed);
      const bool last = step.length >= 1 - now.so_far;
      steps_.push_back({.ensemble = std::move(step.ensemble),
                        .so_far = last ? 1.0 : now.so_far + step.length,
                        .length = step.length,
                        .mean_misfit = step.mean_misfit,
                        .failed = step.failed});
      commit();
    }
  }

  void commit() const { replace_file(state_file(), fit_state_text(steps_)); }

  // ---- what came of it --------------------------------------------------------------------------

  void predict() {
    const MatrixXd& ensemble = steps_.back().ensemble;
    const auto runs = runs_of("predicted", ensemble);
    const PointsDone done = run(runs, design_.last, "prediction, runs");
    std::vector<PointRun> before;
    for (i64 r = 0; r < design_.replicates; ++r) {
      const u64 seed = design_.seed + static_cast<u64>(r);
      before.push_back({.name = std::string("scenario/seed-") + std::to_string(seed),
                        .seed = seed,
                        .set = quiet_});
    }
    const PointsDone was = run(before, design_.last, "the scenario as it was, runs");

    FitOutcome outcome{.design = design_,
                       .ensemble = ensemble,
                       .data = data_.mean.size(),
                       .so_far = steps_.back().so_far};
    for (std::size_t s = 1; s < steps_.size(); ++s) {
      outcome.steps.push_back({steps_[s].length, steps_[s].mean_misfit, steps_[s].failed});
    }
    outcome.predicted = predictions(runs, done, static_cast<std::size_t>(design_.members));
    outcome.before = predictions(before, was, 1);
    outcome.failures = failures_;
    write_fitted(ensemble);
    const ScenarioFile fitted = read_scenario(full_schema(), root_ / "fitted.toml");
    outcome.changes = fitted.overrides;
    replace_file((root_ / "predicted.csv").string(), predicted_csv(outcome));
    replace_file((root_ / "posterior.csv").string(), posterior_csv(outcome));
    const std::string text = fit_text(outcome);
    replace_file((root_ / "fit.txt").string(), text);
    replace_file((root_ / "fit.json").string(), fit_json(outcome).dump(1) + "\n");
    if (!a_.quiet) {
      std::printf("%sresults              %s\n", text.c_str(), (root_ / "fit.json").c_str());
    }
  }

  std::vector<Predicted> predictions(const std::vector<PointRun>& runs, const PointsDone& done,
                                     std::size_t members) const {
    std::vector<Predicted> all;
    for (const FittedSeries& series : design_.series) {
      for (const ObservedArea& area : series.areas) {
        all.push_back({.series = &series, .observed = &area});
      }
    }
    for (std::size_t j = 0; j < members; ++j) {
      auto days =
          days_of(runs, done, j, static_cast<std::size_t>(design_.replicates), design_.last);
      for (std::size_t at = 0; at < days.size(); ++at) {
        all[at].members.push_back(std::move(days[at]));
      }
    }
    return all;
  }

  /// The scenario with the posterior's means.
  void write_fitted(const MatrixXd& ensemble) const {
    std::string text =
        "# Fitted by throng fit: means of the posterior.\nbase = \"scenario.toml\"\n";
    for (const std::string& setting : design_.settings(ensemble.rowwise().mean())) {
      const auto equals = setting.find('=');
      const std::string key = setting.substr(0, equals), value = setting.substr(equals + 1);
      std::string line = key + " = " + value + "\n";
      try {
        parse_toml(line, std::make_shared<Source>());
      } catch (const ReadError&) {
        line = key + " = " + toml_string(value) + "\n";  // a bare word
      }
      text += line;
    }
    replace_file((root_ / "fitted.toml").string(), text);
  }

  const FitArguments& a_;
  FitDesign design_;
  fs::path root_;
  GaussianData data_;
  Date start_;
  std::vector<std::string> quiet_;
  std::vector<FitStep> steps_;
  std::string failures_;
};

}  // namespace

int fit_to_observed_command(const FitArguments& arguments) { return Fit(arguments).go(); }

}  // namespace throng
