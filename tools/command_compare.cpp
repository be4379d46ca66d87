// Differences between runs that share their luck: `throng compare`.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "scenarios/paired_differences.h"
#include "scenarios/series_of_runs.h"
#include "sim/error.h"
#include "sim/words.h"
#include "tools/commands.h"
#include "tools/csv_output.h"
#include "tools/examiner.h"
#include "tools/runs_at.h"

namespace throng {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// What the table shows where no series is named, and how it is measured there.
struct Headline {
  const char* quantity;
  const char* measure;
};
constexpr Headline headlines[] = {
    {"infections", "sum"},     {"deaths", "sum"},
    {"admissions", "sum"},     {"hospital_beds", "peak"},
    {"reported_cases", "sum"}, {"stay_home_share", "mean"},
    {"initial_claims", "sum"}, {"unemployed/labor_force*100", "mean"}};

// ---- measures -----------------------------------------------------------------------------------

/// Of one seed, over the days of the window.
using Days = std::vector<double>;

double sum_of(const Days& days) {
  double sum = days.empty() ? none : 0;
  for (const double value : days) {
    sum += value;
  }
  return sum;
}

double mean_over(const Days& days) { return sum_of(days) / static_cast<double>(days.size()); }

double highest(const Days& days) {
  return days.empty() ? none : *std::max_element(days.begin(), days.end());
}

/// Days from the first of the window to that of the peak; none where all is 0.
double day_of_highest(const Days& days) {
  const auto at = std::max_element(days.begin(), days.end());
  return at == days.end() || *at == 0 ? none : static_cast<double>(at - days.begin());
}

struct Measure {
  const char* name;
  bool of_counts_alone;
  double (*of)(const Days&);
};
constexpr Measure measures[] = {{"sum", true, sum_of},
                                {"mean", false, mean_over},
                                {"peak", false, highest},
                                {"peak_day", false, day_of_highest}};

/// Days on which both have a value.
std::pair<Days, Days> days_of_both(const Days& a, const Days& b) {
  std::pair<Days, Days> both;
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (!std::isnan(a[k]) && !std::isnan(b[k])) {
      both.first.push_back(a[k]);
      both.second.push_back(b[k]);
    }
  }
  return both;
}

// ---- the command --------------------------------------------------------------------------------

/// One difference, and of what it is.
struct Row {
  const std::string* run;
  const SeedSeries* series;
  std::string measure;
  std::string date;  // of the value of a day
  Group group;
  PairedDifference d;
};

class CompareCommand {
 public:
  explicit CompareCommand(const CompareArguments& a) : a_(a) {
    open_runs();
    refuse_unpaired();
    refuse_unknown();
    choose_window();
    choose_quantities();
    refuse_to_lose(a_.csv);
  }

  void run() {
    std::optional<TextOutput> csv;
    if (!a_.csv.empty()) {
      csv.emplace(a_.csv);
      csv->write(
          "run,series,unit,measure,date,by,group,pairs,mean_a,mean_b,difference,low,high,level,"
          "relative,luck_removed\r\n");
    }
    header();
    for (std::size_t q = 0; q < quantities_.size(); ++q) {
      compare(quantities_[q], csv ? &*csv : nullptr);
    }
    if (csv) {
      csv->finish();
    }
    if (!a_.json) {
      std::fputs(text_table(table_, several() ? 4 : 3).c_str(), stdout);
      footer();
    }
  }

 private:
  bool several() const { return runs_.size() > 2; }
  std::size_t pairs() const { return runs_.front().seeds().size(); }

  // ---- what is compared ----

  void open_runs() {
    std::vector<std::string> mistakes;
    for (const std::string& path : a_.runs) {
      try {
        runs_.push_back(runs_at(path));
      } catch (const InputError& error) {
        mistakes.insert(mistakes.end(), error.messages().begin(), error.messages().end());
      }
    }
    if (!mistakes.empty()) {
      throw InputError(mistakes);
    }
  }

  void refuse_unpaired() const {
    std::vector<std::string> mistakes;
    const SeriesOfRuns& base = runs_.front();
    for (const SeriesOfRuns& other : runs_) {
      if (other.seeds() != base.seeds()) {
        mistakes.push_back(
            other.name() + ": has " + words_of_seeds(other.seeds()) + ", and " + base.name() + " " +
            words_of_seeds(base.seeds()) +
            " (a difference is taken seed by seed, so that both share their luck). Run one of "
            "them again with the --seed and --replicates of the other.");
      }
      if (other.dated() != base.dated()) {
        mistakes.push_back(other.name() + ": only one of it and " + base.name() +
                           " has dates (their days cannot be joined). Compare runs of one model.");
      }
    }
    if (!mistakes.empty()) {
      throw InputError(mistakes);
    }
  }

  /// Series and axes that are not there.
  void refuse_unknown() const {
    std::vector<std::string> mistakes;
    for (const SeriesOfRuns& run : runs_) {
      for (const std::string& text : a_.series) {
        try {
          run.require(quantity_from(text));
        } catch (const InputError& error) {
          if (std::find(mistakes.begin(), mistakes.end(), error.what()) == mistakes.end()) {
            mistakes.emplace_back(error.what());
          }
        }
      }
    }
    const auto unknown = unknown_axes(runs_.front(), a_.by);
    mistakes.insert(mistakes.end(), unknown.begin(), unknown.end());
    if (!mistakes.empty()) {
      throw InputError(mistakes);
    }
  }

  void choose_window() {
    const SeriesOfRuns& base = runs_.front();
    const Window window = window_in(a_.from, a_.to, base.dated());
    for (const SeriesOfRuns& run : runs_) {
      std::vector<i64> times;
      for (const i64 time : run.times()) {
        if (window.holds(time)) {
          times.push_back(time);
        }
      }
      if (&run == &base) {
        times_ = times;
      }
      if (times.empty() || times != times_) {
        refuse_window(run, times.empty());
      }
      const auto first = std::find(run.times().begin(), run.times().end(), times.front());
      first_.push_back(static_cast<std::size_t>(first - run.times().begin()));
    }
  }

  static std::string span_of(const SeriesOfRuns& run) {
    return run.times().empty()
               ? "no days"
               : run.when(run.times().front()) + " to " + run.when(run.times().back());
  }

  void refuse_window(const SeriesOfRuns& run, bool is_empty) const {
    const SeriesOfRuns& base = runs_.front();
    if (is_empty) {
      throw InputError(run.name() + ": has " + span_of(run) +
                       " (there is nothing of it in the days asked for). Choose --from and --to "
                       "among them.");
    }
    const i64 from = std::max(run.times().front(), base.times().front());
    const i64 to = std::min(run.times().back(), base.times().back());
    const std::string what_to_do = from <= to ? std::string("Choose days that both have: --from ") +
                                                    run.when(from) + " --to " + run.when(to) + "."
                                              : "Compare runs of the same days.";
    throw InputError(run.name() + ": has " + span_of(run) + ", and " + base.name() + " " +
                     span_of(base) + " (days are joined by their dates). " + what_to_do);
  }

  bool all_have(const Quantity& quantity) const {
    return std::all_of(runs_.begin(), runs_.end(),
                       [&](const SeriesOfRuns& run) { return run.has(quantity); });
  }

  void choose_quantities() {
    for (const std::string& name : runs_.front().series_names()) {
      if (all_have({.text = name, .series = name})) {
        common_.push_back(name);
      }
    }
    if (!a_.series.empty()) {
      for (const std::string& text : a_.series) {
        quantities_.push_back(quantity_from(text));
        shown_.push_back(a_.measure);
      }
      return;
    }
    for (const Headline& headline : headlines) {
      const Quantity quantity = quantity_from(headline.quantity);
      if (all_have(quantity)) {
        quantities_.push_back(quantity);
        shown_.push_back(a_.measure.empty() ? headline.measure : a_.measure);
      }
    }
    const bool has_headlines = !quantities_.empty();
    for (const std::string& name : common_) {
      const bool is_there = std::any_of(quantities_.begin(), quantities_.end(),
                                        [&](const Quantity& q) { return q.text == name; });
      if (!is_there) {
        quantities_.push_back(quantity_from(name));
        shown_.push_back(has_headlines ? "none" : a_.measure);
      }
    }
  }

  // ---- comparing ----

  /// A series that nobody named, and of which there is no total, is told apart by its own axes.
  SeedSeries read(const SeriesOfRuns& run, const Quantity& quantity) const {
    const std::vector<std::string> by = a_.by.empty() ? std::vector<std::string>{"borough"} : a_.by;
    try {
      return run.read(quantity, by);
    } catch (const InputError&) {
      if (!a_.series.empty() || quantity.text != quantity.series ||
          run.axes_of(quantity.series).empty()) {
        throw;
      }
      return run.read(quantity, {run.axes_of(quantity.series)});
    }
  }

  void compare(const Quantity& quantity, TextOutput* csv) {
    const std::size_t q = static_cast<std::size_t>(&quantity - quantities_.data());
    const bool is_shown = shown_[q] != "none";
    if (!is_shown && csv == nullptr && !a_.json) {
      return;
    }
    std::vector<SeedSeries> series;
    for (const SeriesOfRuns& run : runs_) {
      series.push_back(read(run, quantity));
      if (series.back().groups != series.front().groups ||
          series.back().counts != series.front().counts) {
        if (a_.series.empty()) {
          unlike_.push_back(quantity.text);
          return;
        }
        throw InputError(run.name() + ": '" + quantity.text + "' has other axes than in " +
                         runs_.front().name() +
                         " (groups are joined by their names). Compare runs of one population, "
                         "or --by total.");
      }
    }
    const std::string shown = !shown_[q].empty()      ? shown_[q]
                              : series.front().counts ? "sum"
                                                      : "mean";
    for (std::size_t g = 0; g < series.front().groups.size(); ++g) {
      for (std::size_t r = 1; r < runs_.size(); ++r) {
        const auto pairs = pairs_of(series[0], series[r], g, r);
        for (const Measure& measure : measures) {
          if (measure.of_counts_alone && !series.front().counts) {
            continue;
          }
          Row row{&runs_[r].name(), &series[0], measure.name, "", series[0].groups[g], {}};
          row.d = difference_of(pairs, measure);
          if (csv != nullptr) {
            csv->write(csv_line(row));
          }
          if (a_.json) {
            json_line(row);
          }
          if (shown == measure.name) {
            table_.push_back(cells_of(row));
          }
        }
        if (csv != nullptr) {
          write_days(pairs, {&runs_[r].name(), &series[0], "", "", series[0].groups[g], {}}, *csv);
        }
      }
    }
  }

  /// Days of the window of every seed, in A and in another.
  using Pairs = std::vector<std::pair<Days, Days>>;
  Pairs pairs_of(const SeedSeries& a, const SeedSeries& b, std::size_t group,
                 std::size_t run) const {
    Pairs pairs;
    const auto window = [&](const SeedSeries& s, std::size_t seed, std::size_t first) {
      const auto begin = s.values[seed][group].begin() + static_cast<std::ptrdiff_t>(first);
      return Days(begin, begin + static_cast<std::ptrdiff_t>(times_.size()));
    };
    for (std::size_t seed = 0; seed < a.values.size(); ++seed) {
      pairs.emplace_back(window(a, seed, first_[0]), window(b, seed, first_[run]));
    }
    return pairs;
  }

  PairedDifference difference_of(const Pairs& pairs, const Measure& measure) const {
    std::vector<double> a, b;
    for (const auto& [before, after] : pairs) {
      const auto both = days_of_both(before, after);
      a.push_back(measure.of(both.first));
      b.push_back(measure.of(both.second));
    }
    return paired_difference(a, b, a_.level / 100);
  }

  void write_days(const Pairs& pairs, Row row, TextOutput& csv) const {
    const bool adds = a_.cumulative && row.series->counts;
    row.measure = adds ? "cumulative" : "value";
    std::vector<double> a(pairs.size(), 0), b(pairs.size(), 0);
    std::string lines;
    for (std::size_t t = 0; t < times_.size(); ++t) {
      for (std::size_t seed = 0; seed < pairs.size(); ++seed) {
        a[seed] = (adds ? a[seed] : 0) + pairs[seed].first[t];
        b[seed] = (adds ? b[seed] : 0) + pairs[seed].second[t];
      }
      row.date = runs_.front().when(times_[t]);
      row.d = paired_difference(a, b, a_.level / 100);
      lines += csv_line(row);
    }
    csv.write(lines);
  }

  // ---- what is said ----

  std::string csv_line(const Row& row) const {
    std::string line;
    for (const std::string& text : {*row.run, row.series->quantity.text, row.series->unit,
                                    row.measure, row.date, row.group.by, row.group.name}) {
      add_csv_text(line, text);
      line += ',';
    }
    add_csv_number(line, row.d.pairs);
    for (const double number : {row.d.mean_a, row.d.mean_b, row.d.difference, row.d.low, row.d.high,
                                a_.level / 100, row.d.relative, row.d.luck_removed}) {
      line += ',';
      add_csv_number(line, number);
    }
    return line + "\r\n";
  }

  void json_line(const Row& row) const {
    const nlohmann::ordered_json line = {{"a", runs_.front().name()},
                                         {"b", *row.run},
                                         {"series", row.series->quantity.text},
                                         {"unit", row.series->unit},
                                         {"measure", row.measure},
                                         {"by", row.group.by},
                                         {"group", row.group.name},
                                         {"from", runs_.front().when(times_.front())},
                                         {"to", runs_.front().when(times_.back())},
                                         {"pairs", row.d.pairs},
                                         {"mean_a", row.d.mean_a},
                                         {"mean_b", row.d.mean_b},
                                         {"difference", row.d.difference},
                                         {"low", row.d.low},
                                         {"high", row.d.high},
                                         {"level", a_.level / 100},
                                         {"relative", row.d.relative},
                                         {"luck_removed", row.d.luck_removed}};
    std::printf("%s\n",
                line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  }

  void header() {
    if (a_.json) {
      return;
    }
    std::printf("A  %s\n", printable(runs_.front().name()).c_str());
    for (std::size_t r = 1; r < runs_.size(); ++r) {
      std::printf("B  %s\n", printable(runs_[r].name()).c_str());
    }
    std::printf("%s of seeds (%s), %s to %s, intervals of %g %%\n\n",
                counted(pairs(), "pair").c_str(), words_of_seeds(runs_.front().seeds()).c_str(),
                runs_.front().when(times_.front()).c_str(),
                runs_.front().when(times_.back()).c_str(), a_.level);
    table_.push_back({"series", "measure", "group"});
    if (several()) {
      table_.back().emplace_back("run B");
    }
    for (const char* const name : {"A", "B", "B - A", "interval", "relative", "luck removed"}) {
      table_.back().emplace_back(name);
    }
  }

  std::vector<std::string> cells_of(const Row& row) const {
    std::vector<std::string> cells{row.series->quantity.text, row.measure, row.group.name};
    if (several()) {
      cells.push_back(*row.run);
    }
    const PairedDifference& d = row.d;
    const std::string interval =
        std::isnan(d.low) ? "-" : short_number(d.low) + " to " + short_number(d.high);
    for (const std::string& cell :
         {short_number(d.mean_a), short_number(d.mean_b), short_number(d.difference), interval,
          percent(d.relative), number_or_dash("%.3g %%", 100 * d.luck_removed)}) {
      cells.push_back(cell);
    }
    return cells;
  }

  void footer() const {
    std::printf("\n");
    if (pairs() == 1) {
      std::printf(
          "Of one pair of seeds no interval is claimed: run both with --replicates to have one.\n");
    } else {
      std::printf(
          "Luck removed: by how much less the difference varies than if seeds were not paired.\n");
    }
    for (std::size_t r = 1; r < runs_.size(); ++r) {
      u64 values = 0, differ = 0;
      for (const std::string& name : common_) {
        count_differing(name, r, values, differ);
      }
      std::printf("%s: %s of %s values differ (%s, by seed, day and label)%s\n",
                  printable(runs_[r].name()).c_str(), grouped(static_cast<i64>(differ)).c_str(),
                  grouped(static_cast<i64>(values)).c_str(),
                  (std::to_string(common_.size()) + " series").c_str(),
                  differ == 0 ? ": in these days the runs are equal." : ".");
    }
    say_left_out();
  }

  /// Adds how many values of a series stand in the window of both, and how many differ.
  void count_differing(const std::string& name, std::size_t run, u64& values, u64& differ) const {
    for (std::size_t seed = 0; seed < pairs(); ++seed) {
      const auto a = runs_.front().cells(name, seed), b = runs_[run].cells(name, seed);
      const std::size_t width = a.size() / runs_.front().times().size();
      const std::size_t length = times_.size() * width;
      const std::size_t other = b.size() / runs_[run].times().size();
      values += length;
      if (other != width) {
        differ += length;
        continue;
      }
      for (std::size_t k = 0; k < length; ++k) {
        const double x = a[first_[0] * width + k], y = b[first_[run] * width + k];
        differ += x == y || (std::isnan(x) && std::isnan(y)) ? 0 : 1;
      }
    }
  }

  void say_left_out() const {
    std::vector<std::string> left_out;
    for (const SeriesOfRuns& run : runs_) {
      for (const std::string& name : run.series_names()) {
        if (std::find(common_.begin(), common_.end(), name) == common_.end() &&
            std::find(left_out.begin(), left_out.end(), name) == left_out.end()) {
          left_out.push_back(name);
        }
      }
    }
    say_not_compared("not all of the runs have them", left_out);
    say_not_compared("their groups are not the same in all runs (--by total joins them)", unlike_);
  }

  static void say_not_compared(const char* why, const std::vector<std::string>& series) {
    std::string names;
    for (const std::string& name : series) {
      names += (names.empty() ? "" : ", ") + name;
    }
    if (!names.empty()) {
      std::printf("Not compared, since %s: %s.\n", why, printable(names).c_str());
    }
  }

  const CompareArguments& a_;
  std::vector<SeriesOfRuns> runs_;
  std::vector<i64> times_;           // of the window
  std::vector<std::size_t> first_;   // of it, in each run
  std::vector<std::string> common_;  // series that all runs have
  std::vector<std::string> unlike_;  // of them, those whose groups differ
  std::vector<Quantity> quantities_;
  std::vector<std::string> shown_;  // measure of each in the table; empty: by its kind
  std::vector<std::vector<std::string>> table_;
};

}  // namespace

int compare_command(const CompareArguments& arguments) {
  CompareCommand(arguments).run();
  return exit_done;
}

}  // namespace throng
