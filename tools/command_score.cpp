// How good a run's predictions were of what was observed: `throng score`.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "io/observed_series.h"
#include "scenarios/city/tables.h"
#include "scenarios/engine_parameters.h"
#include "scenarios/joined_series.h"
#include "scenarios/run.h"
#include "scenarios/scores.h"
#include "scenarios/series_of_runs.h"
#include "sim/error.h"
#include "sim/words.h"
#include "tools/commands.h"
#include "tools/csv_output.h"
#include "tools/examiner.h"
#include "tools/run_files.h"
#include "tools/runs_at.h"

namespace throng {
namespace {

using Json = nlohmann::ordered_json;

constexpr double none = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t smoothed_days = 7;

/// What files call all boroughs together.
bool means_all(const std::string& area) {
  return area.empty() || area == "NYC" || area == "total" || area == "all";
}

struct Mapped {
  std::string column;
  Quantity quantity;
};

/// One column in one area, beside what the seeds predict.
struct Joined {
  const SeedSeries* predicted;
  std::string area;  ///< as the run calls it
  JoinedSeries series;
  std::optional<double> each;
};

std::string date_of(double day) { return Date::from_days(static_cast<i32>(std::floor(day))).str(); }

class ScoreCommand {
 public:
  explicit ScoreCommand(const ScoreArguments& a) : a_(a), runs_(runs_at(a.run)) {
    if (!runs_.dated()) {
      throw InputError(runs_.name() +
                       ": has steps without dates (observations are joined by their dates). Score "
                       "a run of a model with dates.");
    }
    window_ = window_in(a_.from, a_.to, true);
    read_scenario_of_run();
    choose_columns();
    match_areas();
    refuse_to_lose(a_.csv);
    if (!a_.csv.empty() && is_same_place(a_.csv, a_.against)) {
      throw AgreedError(exit_cannot_create,
                        a_.csv + ": is the file of observations (it would be lost). Name another.");
    }
  }

  void run() {
    for (const Mapped& mapped : mapped_) {
      predicted_.push_back(runs_.read(mapped.quantity, {"borough"}));
    }
    for (std::size_t m = 0; m < mapped_.size(); ++m) {
      join(m);
    }
    refuse_nothing_joined();
    score();
    if (a_.json) {
      for (const Json& line : lines_) {
        std::printf("%s\n", line.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
      }
    } else {
      tell();
    }
    write_csv();
  }

 private:
  // ---- what is scored ----

  /// How large the run's city is, and what its tables call the boroughs.
  void read_scenario_of_run() {
    const std::string text = runs_.files().front().provenance().scenario_text;
    const ScenarioFile scenario = read_scenario_text(full_schema(), text, runs_.name(), "/");
    const double population = scenario.values.get(scenario::population_scale);
    if (a_.scale) {
      scale_ = *a_.scale;
      scale_words_ = "--scale";
    } else if (population != 1) {
      scale_ = 1 / population;
      scale_words_ = std::string("population.scale is ") + formatted("%g", population);
    }
    if (const FilePath* tables = scenario.values.find(scenario::population_tables)) {
      try {
        for (const BoroughFacts& borough : read_city_tables(tables->text).boroughs) {
          area_names_[borough.code] = borough.name;
        }
      } catch (const InputError&) {
        // They may be gone since: areas are then matched by their names, or by --area.
      } catch (const IoError&) {
      }
    }
  }

  void choose_columns() {
    std::vector<std::string> columns, mistakes;
    for (const std::string& text : a_.map) {
      const auto equal = text.find('=');
      if (equal == std::string::npos || equal == 0) {
        mistakes.push_back("--map: '" + text +
                           "' maps nothing (the column comes before '=', the series behind it). "
                           "Write it as hospitalised=admissions.");
        continue;
      }
      try {
        const Quantity quantity = quantity_from(text.substr(equal + 1));
        runs_.require(quantity);
        mapped_.push_back({text.substr(0, equal), quantity});
        columns.push_back(mapped_.back().column);
      } catch (const InputError& error) {
        mistakes.push_back(std::string("--map: ") + error.what());
      }
    }
    if (!mistakes.empty()) {
      throw InputError(mistakes);
    }
    if (a_.map.empty()) {
      for (const std::string& column : observed_columns(a_.against)) {
        const Quantity quantity{.text = column, .series = column};
        if (runs_.has(quantity)) {
          mapped_.push_back({column, quantity});
          columns.push_back(column);
        } else {
          left_out_.push_back(column);
        }
      }
      if (columns.empty()) {
        throw InputError(a_.against +
                         ": no column is called as a series of the run (nothing can be scored). "
                         "Say which belong together: --map hospitalised=admissions.");
      }
    }
    observed_ = read_observations(a_.against, columns);
  }

  void match_areas() {
    for (const std::string& text : a_.area) {
      const auto equal = text.find('=');
      if (equal == std::string::npos) {
        throw InputError("--area: '" + text + "' names no borough. Write it as BK=Brooklyn.");
      }
      area_names_[text.substr(0, equal)] = text.substr(equal + 1);
    }
    std::vector<std::string> boroughs, mistakes;
    if (const auto axes = runs_.axes();
        std::find(axes.begin(), axes.end(), "borough") != axes.end()) {
      const Dimension axis = runs_.files().front().dimension("borough");
      boroughs = std::get<std::vector<std::string>>(axis.values);
    }
    std::string known;
    for (const std::string& borough : boroughs) {
      known += (known.empty() ? "" : ", ") + borough;
    }
    for (const std::string& area : observed_.areas) {
      const auto named = area_names_.find(area);
      const std::string name = named == area_names_.end() ? area : named->second;
      if (std::find(boroughs.begin(), boroughs.end(), name) != boroughs.end()) {
        groups_[area] = {"borough", name};
      } else if (means_all(area)) {
        groups_[area] = {};
      } else {
        mistakes.push_back(a_.against + ": area '" + area + "' is no borough of the run (it has " +
                           (known.empty() ? "none" : known) + "). Say which it is: --area " + area +
                           "=NAME.");
      }
    }
    if (!mistakes.empty()) {
      throw InputError(mistakes);
    }
  }

  // ---- joining by date ----

  bool is_mean() const {
    return a_.period.empty() ? observed_.period == Period::month : a_.period == "mean";
  }

  void join(std::size_t m) {
    for (const std::string& area : observed_.areas) {
      const SeedSeries& predicted = predicted_[m];
      const auto group =
          std::find(predicted.groups.begin(), predicted.groups.end(), groups_.at(area));
      const ObservedSeries* observed = observed_.find(mapped_[m].column, area);
      if (group == predicted.groups.end()) {
        throw InputError(runs_.name() + ": '" + predicted.quantity.text + "' is not known for '" +
                         groups_.at(area).name +
                         "' (it has no axis of boroughs). Score it against a table without areas.");
      }
      join_one(*observed, predicted, static_cast<std::size_t>(group - predicted.groups.begin()));
    }
  }

  void join_one(const ObservedSeries& observed, const SeedSeries& predicted, std::size_t group) {
    const double factor = predicted.counts ? scale_ : 1;
    Ensemble seeds;
    for (const auto& of_seed : predicted.values) {
      seeds.push_back(of_seed[group]);
      for (double& value : seeds.back()) {
        value *= factor;
      }
    }
    joined_.push_back(
        {&predicted, predicted.groups[group].name,
         joined_by_date(observed, runs_.times(), seeds,
                        is_mean() ? OverPeriod::mean : OverPeriod::sum, window_),
         predicted.counts ? std::optional(factor * predicted.quantity.factor) : std::nullopt});
  }

  void refuse_nothing_joined() const {
    const bool any = std::any_of(joined_.begin(), joined_.end(),
                                 [](const Joined& j) { return !j.series.observed.empty(); });
    if (!any) {
      throw InputError(a_.against + ": has no " + std::string(name_of(observed_.period)) +
                       " in common with the run (it has " + runs_.when(runs_.times().front()) +
                       " to " + runs_.when(runs_.times().back()) +
                       "). Choose another file, or other --from and --to.");
    }
  }

  // ---- scoring ----

  void score() {
    for (std::size_t m = 0; m < mapped_.size(); ++m) {
      std::vector<SeriesScore> areas;
      std::size_t missing = 0, outside = 0;
      for (const Joined& joined : joined_) {
        if (joined.predicted != &predicted_[m]) {
          continue;
        }
        areas.push_back(score_of(joined.series.predicted, joined.series.observed, joined.each));
        missing += joined.series.missing;
        outside += joined.series.outside;
        if (a_.by == "area") {
          Json line = line_of(mapped_[m], joined.area, areas.back(), joined.series.missing,
                              joined.series.outside);
          add_peaks(line, joined.series, 1, "peak");
          if (observed_.period == Period::day) {
            add_peaks(line, joined.series, smoothed_days, "smooth_peak");
          }
          lines_.push_back(std::move(line));
        }
      }
      if (areas.size() > 1 || a_.by == "all") {
        lines_.push_back(line_of(mapped_[m], "all areas", pooled(areas), missing, outside));
      }
    }
  }

  Json line_of(const Mapped& mapped, const std::string& area, const SeriesScore& s,
               std::size_t missing, std::size_t outside) const {
    const std::size_t seeds = runs_.seeds().size();
    return {{"run", runs_.name()},
            {"observed", mapped.column},
            {"series", mapped.quantity.text},
            {"area", area},
            {"period", std::string(name_of(observed_.period))},
            {"joined", s.times},
            {"missing", missing},
            {"outside", outside},
            {"seeds", seeds},
            {"scale", scale_},
            {"observed_mean", s.observed_mean},
            {"predicted_mean", s.predicted_mean},
            {"rmse", s.rmse},
            {"mae", s.mae},
            {"crps", s.crps},
            {"log_score", s.log_score},
            {"covered_50", s.covered_50},
            {"covered_90", s.covered_90},
            {"reachable_50", reachable_coverage(0.5, seeds)},
            {"reachable_90", reachable_coverage(0.9, seeds)}};
  }

  void add_peaks(Json& line, const JoinedSeries& joined, std::size_t window,
                 const std::string& name) {
    const PeakScore p = joined.observed.empty()
                            ? PeakScore{}
                            : peak_score(joined.predicted, joined.observed, window);
    const auto add = [&](const char* what, const Json& value) {
      line[name + what] = p.found ? value : Json();
    };
    const auto& dates = joined.last_days;
    const auto day = [&](double at) { return p.found ? day_at(dates, at) : 0; };
    const double truth = day(static_cast<double>(p.observed.at));
    add("_observed_date", date_of(truth));
    add("_observed", p.observed.height);
    add("_date", date_of(day(p.at)));
    add("_date_low", date_of(day(p.at_90.low)));
    add("_date_high", date_of(day(p.at_90.high)));
    add("_height", p.height);
    add("_height_low", p.height_90.low);
    add("_height_high", p.height_90.high);
    add("_error_days", day(p.at) - truth);
    add("_error", p.found ? p.height / p.observed.height - 1 : none);
  }

  // ---- what is said ----

  static double number(const Json& line, const char* key) {
    const auto at = line.find(key);
    return at == line.end() || !at->is_number() ? none : at->get<double>();
  }
  static std::string text(const Json& line, const std::string& key) {
    const auto at = line.find(key);
    return at == line.end() || at->is_null() ? "-" : at->get<std::string>();
  }

  void tell() const {
    const std::size_t seeds = runs_.seeds().size();
    std::printf("%s against %s: %s\n", printable(runs_.name()).c_str(),
                printable(a_.against).c_str(), words_of_seeds(runs_.seeds()).c_str());
    if (scale_ != 1) {
      std::printf(
          "Counts of the run are multiplied by %g (%s); a smaller city has more chance in it.\n",
          scale_, scale_words_.c_str());
    }
    if (observed_.period != Period::day) {
      const std::string period(name_of(observed_.period));
      std::printf("Days of the run are taken together by %s: their %s.\n", period.c_str(),
                  is_mean() ? "mean" : "sum");
    }
    std::printf("\n%s\n", text_table(score_rows(), 3).c_str());
    const auto peaks = peak_rows();
    if (peaks.size() > 1) {
      std::printf("%s\n", text_table(peaks, 3).c_str());
    }
    std::printf(
        "Smaller scores are better. Missing: not observed between the first and the last that "
        "were; "
        "outside: observed when the run\nhas no days. RMSE and MAE are of the mean over seeds%s\n",
        seeds == 1 ? "; with one seed the CRPS is its MAE, and there are no intervals." : ".");
    if (const double most = reachable_coverage(0.9, seeds); most < 0.9 && seeds > 1) {
      std::printf(
          "Of %zu seeds an interval of 90 %% holds %.0f %% at best; 19 are needed for 90.\n", seeds,
          100 * most);
    }
    std::string names;
    for (const std::string& name : left_out_) {
      names += (names.empty() ? "" : ", ") + name;
    }
    if (!names.empty()) {
      std::printf("Not scored, since no series is called so: %s. Use --map.\n",
                  printable(names).c_str());
    }
  }

  std::vector<std::vector<std::string>> score_rows() const {
    std::vector<std::vector<std::string>> rows{
        {"observed", "series", "area", std::string(name_of(observed_.period)) + "s", "missing",
         "outside", "observed", "predicted", "RMSE", "MAE", "CRPS", "log score", "in 50 %",
         "in 90 %"}};
    const bool alone = runs_.seeds().size() == 1;
    for (const Json& line : lines_) {
      rows.push_back({text(line, "observed"), text(line, "series"), text(line, "area")});
      for (const char* key : {"joined", "missing", "outside", "observed_mean", "predicted_mean",
                              "rmse", "mae", "crps", "log_score"}) {
        rows.back().push_back(short_number(number(line, key)));
      }
      for (const char* key : {"covered_50", "covered_90"}) {
        rows.back().push_back(alone ? "-" : number_or_dash("%.0f %%", 100 * number(line, key)));
      }
    }
    return rows;
  }

  std::vector<std::vector<std::string>> peak_rows() const {
    std::vector<std::vector<std::string>> rows{{"peak of", "area", "smoothed", "observed on",
                                                "height", "predicted on", "90 %", "height", "90 %",
                                                "days", "height"}};
    for (const Json& line : lines_) {
      for (const std::string name : {"smooth_peak", "peak"}) {
        if (!line.contains(name + "_height")) {
          continue;
        }
        const auto of = [&](const char* what) { return number(line, (name + what).c_str()); };
        rows.push_back({text(line, "observed"), text(line, "area"),
                        name == "peak" ? "no" : std::to_string(smoothed_days) + " days",
                        text(line, name + "_observed_date"), short_number(of("_observed")),
                        text(line, name + "_date"),
                        text(line, name + "_date_low") + " to " + text(line, name + "_date_high"),
                        short_number(of("_height")),
                        short_number(of("_height_low")) + " to " + short_number(of("_height_high")),
                        number_or_dash("%+.1f", of("_error_days")), percent(of("_error"))});
      }
    }
    return rows;
  }

  void write_csv() const {
    if (a_.csv.empty()) {
      return;
    }
    std::vector<std::string> keys;
    for (const Json& line : lines_) {
      for (const auto& [key, value] : line.items()) {
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
          keys.push_back(key);
        }
      }
    }
    std::string all;
    for (const std::string& key : keys) {
      all += (all.empty() ? "" : ",") + key;
    }
    all += "\r\n";
    for (const Json& line : lines_) {
      std::string row;
      for (const std::string& key : keys) {
        row += &key == &keys.front() ? "" : ",";
        const auto at = line.find(key);
        if (at != line.end() && at->is_string()) {
          add_csv_text(row, at->get<std::string>());
        } else if (at != line.end() && at->is_number()) {
          add_csv_number(row, at->get<double>());
        }
      }
      all += row + "\r\n";
    }
    TextOutput csv(a_.csv);
    csv.write(all);
    csv.finish();
  }

  const ScoreArguments& a_;
  SeriesOfRuns runs_;
  Window window_;
  double scale_ = 1;
  std::string scale_words_;
  std::map<std::string, std::string> area_names_;  // by the file's code
  std::map<std::string, Group> groups_;            // by the file's area
  std::vector<Mapped> mapped_;
  std::vector<std::string> left_out_;
  Observations observed_;
  std::vector<SeedSeries> predicted_;  // of each mapped column
  std::vector<Joined> joined_;
  std::vector<Json> lines_;
};

}  // namespace

int score_command(const ScoreArguments& arguments) {
  ScoreCommand(arguments).run();
  return exit_done;
}

}  // namespace throng
