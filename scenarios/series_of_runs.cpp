#include "scenarios/series_of_runs.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include "sim/error.h"
#include "sim/words.h"

namespace throng {
namespace {

/// People in every cell that decides for itself: the weights of means.
constexpr char people_series[] = "people_by_stage";

constexpr double none = std::numeric_limits<double>::quiet_NaN();

bool holds(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) {
    all += (all.empty() ? "" : ", ") + word;
  }
  return all;
}

std::string label_of(const Dimension& axis, std::size_t k) {
  return std::visit(
      [&](const auto& values) {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(values)>,
                                     std::vector<std::string>>) {
          return values[k];
        } else {
          char digits[40];
          return std::string(digits, std::to_chars(digits, digits + sizeof digits, values[k]).ptr);
        }
      },
      axis.values);
}

std::size_t cells_of(const std::vector<Dimension>& axes) {
  std::size_t cells = 1;
  for (const Dimension& axis : axes) {
    cells *= axis.size();
  }
  return cells;
}

/// The axes of a series besides time and seeds.
std::vector<Dimension> label_axes(const StoredSeries& series) {
  std::vector<Dimension> axes = series.axes;
  std::erase_if(
      axes, [](const Dimension& axis) { return axis.name == "time" || axis.name == "replicate"; });
  return axes;
}

/// Positions along every axis of a cell, row-major.
std::vector<std::size_t> position_of(std::size_t cell, const std::vector<Dimension>& axes) {
  std::vector<std::size_t> at(axes.size());
  for (std::size_t k = axes.size(); k-- > 0;) {
    at[k] = cell % axes[k].size();
    cell /= axes[k].size();
  }
  return at;
}

bool is_axis(const std::string& axis, const std::string& word) {
  return axis == word || axis == word + "_band";
}

std::vector<std::string> parts_of(const std::string& text, char between) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (auto at = text.find(between); at != std::string::npos; at = text.find(between, begin)) {
    parts.push_back(text.substr(begin, at - begin));
    begin = at + 1;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

/// Groups of cells: in total, and by each of `by` whose axes are there.
struct Grouped {
  std::vector<Group> groups;
  std::vector<std::vector<std::size_t>> cells;  // [group]
};

void add_groups(Grouped& all, const std::vector<Dimension>& axes,
                const std::vector<std::size_t>& told_apart) {
  std::string by;
  std::size_t count = 1;
  for (const std::size_t k : told_apart) {
    by += (by.empty() ? "" : "*") + axes[k].name;
    count *= axes[k].size();
  }
  const std::size_t first = all.groups.size();
  all.groups.resize(first + count, {.by = by, .name = ""});
  all.cells.resize(first + count);
  for (std::size_t cell = 0; cell < cells_of(axes); ++cell) {
    const auto at = position_of(cell, axes);
    std::size_t group = 0;
    std::string name;
    for (const std::size_t k : told_apart) {
      group = group * axes[k].size() + at[k];
      name += name.empty() ? "" : "*";
      name += label_of(axes[k], at[k]);
    }
    all.groups[first + group].name = name;
    all.cells[first + group].push_back(cell);
  }
}

Grouped grouped_by(const std::vector<Dimension>& axes, const std::vector<std::string>& by) {
  Grouped all{.groups = {{}}, .cells = {{}}};
  for (std::size_t cell = 0; cell < cells_of(axes); ++cell) {
    all.cells.front().push_back(cell);
  }
  for (const std::string& item : by) {
    std::vector<std::size_t> told_apart;
    bool there = item != "total";
    for (const std::string& word : parts_of(item, '*')) {
      const auto axis = std::find_if(axes.begin(), axes.end(),
                                     [&](const Dimension& a) { return is_axis(a.name, word); });
      there = there && axis != axes.end();
      told_apart.push_back(static_cast<std::size_t>(axis - axes.begin()));
    }
    if (there) {
      add_groups(all, axes, told_apart);
    }
  }
  return all;
}

/// Values of one seed, [time][cell], as numbers.
std::vector<double> values_of(const ResultsReader& file, const StoredSeries& series,
                              std::size_t replicate) {
  const bool several = series.axes.front().name == "replicate";
  const u64 rows = several ? 1 : series.axes.front().size();
  return std::visit(
      [](const auto& stored) { return std::vector<double>(stored.begin(), stored.end()); },
      file.rows_of(series, several ? replicate : 0, rows));
}

bool same_axes(const std::vector<Dimension>& a, const std::vector<Dimension>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Dimension& one, const Dimension& other) {
                      return one.name == other.name && one.values == other.values;
                    });
}

double weighted_mean(std::span<const double> values, const std::vector<std::size_t>& cells,
                     const std::vector<double>& weights) {
  double sum = 0, weight = 0;
  for (const std::size_t cell : cells) {
    sum += weights[cell] * values[cell];
    weight += weights[cell];
  }
  return weight > 0 ? sum / weight : none;
}

double sum_of(std::span<const double> values, const std::vector<std::size_t>& cells) {
  double sum = 0;
  for (const std::size_t cell : cells) {
    sum += values[cell];
  }
  return sum;
}

struct Times {
  std::vector<i64> values;
  bool dated = false;
};

Times times_of(const ResultsReader& file) {
  const Dimension time = file.dimension("time");
  const auto* steps = std::get_if<std::vector<i64>>(&time.values);
  if (steps == nullptr) {
    throw InputError(file.path() +
                     ": its times are no whole numbers (days or steps). "
                     "Write it with this program.");
  }
  Times times{.values = *steps};
  constexpr std::string_view since = "days since ";
  if (time.unit.starts_with(since)) {
    const auto first = Date::parse(std::string_view(time.unit).substr(since.size()));
    if (!first) {
      throw IoError(file.path() + ": time has unit '" + time.unit + "'. The file is damaged.");
    }
    times.dated = true;
    for (i64& day : times.values) {
      day += first->days_since_1970();
    }
  }
  return times;
}

}  // namespace

Quantity quantity_from(const std::string& text) {
  const auto refuse = [&](const std::string& why) {
    throw InputError("'" + text + "': is no quantity (" + why +
                     "). Write SERIES, SERIES/SERIES, or either of them with *NUMBER behind it.");
  };
  Quantity quantity{.text = text, .series = text};
  if (const auto star = text.find('*'); star != std::string::npos) {
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + star + 1, end, quantity.factor);
    if (stop != end || error != std::errc() || !(quantity.factor > 0) ||
        !std::isfinite(quantity.factor)) {
      refuse("a number above 0 follows '*'");
    }
    quantity.series.resize(star);
  }
  if (const auto slash = quantity.series.find('/'); slash != std::string::npos) {
    quantity.over = quantity.series.substr(slash + 1);
    quantity.series.resize(slash);
    if (quantity.over.empty() || quantity.over.find('/') != std::string::npos) {
      refuse("one series follows '/'");
    }
  }
  if (quantity.series.empty()) {
    refuse("it begins with the name of a series");
  }
  return quantity;
}

SeriesOfRuns::SeriesOfRuns(std::string name, std::vector<ResultsReader> files)
    : name_(std::move(name)), files_(std::move(files)) {
  ensures(!files_.empty(), "there is a file of results");
  std::vector<std::string> mistakes;
  for (std::size_t f = 0; f < files_.size(); ++f) {
    const ResultsReader& file = files_[f];
    const Times times = times_of(file);
    if (f == 0) {
      times_ = times.values;
      dated_ = times.dated;
      names_ = file.series_names();
    } else if (times.values != times_ || times.dated != dated_) {
      mistakes.push_back(file.path() + ": has other dates than " + files_.front().path() +
                         " (one series is made of all). Name runs of the same dates.");
    }
    const auto here = file.series_names();
    std::erase_if(names_, [&](const std::string& series) { return !holds(here, series); });
    const auto seeds = file.replicate_seeds();
    for (std::size_t r = 0; r < std::max<std::size_t>(1, seeds.size()); ++r) {
      order_.push_back({seeds.empty() ? file.seed() : seeds[r], f, r});
    }
  }
  std::stable_sort(order_.begin(), order_.end(),
                   [](const Seed& a, const Seed& b) { return a.seed < b.seed; });
  for (const Seed& seed : order_) {
    if (!seeds_.empty() && seeds_.back() == seed.seed) {
      mistakes.push_back(name_ + ": seed " + std::to_string(seed.seed) +
                         " is there twice, the second time in " + files_[seed.file].path() +
                         " (runs of one scenario differ by their seeds). Name a folder that holds "
                         "the runs of one scenario.");
    }
    seeds_.push_back(seed.seed);
  }
  if (!mistakes.empty()) {
    throw InputError(mistakes);
  }
}

std::string SeriesOfRuns::when(i64 time) const {
  return dated_ ? Date::from_days(static_cast<i32>(time)).str() : std::to_string(time);
}

std::vector<std::string> SeriesOfRuns::axes() const {
  std::vector<std::string> all;
  for (const std::string& name : names_) {
    for (const Dimension& axis : label_axes(files_.front().stored_series(name))) {
      if (!holds(all, axis.name)) {
        all.push_back(axis.name);
      }
    }
  }
  return all;
}

std::vector<std::string> SeriesOfRuns::unknown_axes(const std::vector<std::string>& by) const {
  const std::vector<std::string> known = axes();
  std::vector<std::string> unknown;
  for (const std::string& item : by) {
    for (const std::string& word : parts_of(item, '*')) {
      const bool is_known = std::any_of(
          known.begin(), known.end(), [&](const std::string& axis) { return is_axis(axis, word); });
      if (item != "total" && !is_known) {
        unknown.push_back(word);
      }
    }
  }
  return unknown;
}

void SeriesOfRuns::require(const Quantity& quantity) const {
  for (const std::string& name : {quantity.series, quantity.over}) {
    if (!name.empty() && !holds(names_, name)) {
      throw InputError(name_ + ": has no series '" + name + "'." +
                       did_you_mean(name, names_, std::string(" It has ") + joined(names_) + "."));
    }
  }
}

bool SeriesOfRuns::has(const Quantity& quantity) const {
  return holds(names_, quantity.series) && (quantity.over.empty() || holds(names_, quantity.over));
}

std::vector<double> SeriesOfRuns::weights_of(const std::vector<Dimension>& axes) const {
  if (cells_of(axes) == 1) {
    return {1};
  }
  if (!holds(names_, people_series)) {
    return {};
  }
  const ResultsReader& file = files_[order_.front().file];
  const StoredSeries people = file.stored_series(people_series);
  const std::vector<Dimension> theirs = label_axes(people);
  std::vector<std::size_t> of;  // the axis of people for each of ours
  for (const Dimension& axis : axes) {
    const auto at = std::find_if(theirs.begin(), theirs.end(), [&](const Dimension& a) {
      return a.name == axis.name && a.values == axis.values;
    });
    if (at == theirs.end()) {
      return {};
    }
    of.push_back(static_cast<std::size_t>(at - theirs.begin()));
  }
  const std::vector<double> counted = values_of(file, people, order_.front().replicate);
  std::vector<double> weights(cells_of(axes), 0);
  for (std::size_t cell = 0; cell < cells_of(theirs); ++cell) {
    const auto at = position_of(cell, theirs);
    std::size_t ours = 0;
    for (std::size_t k = 0; k < axes.size(); ++k) {
      ours = ours * axes[k].size() + at[of[k]];
    }
    weights[ours] += counted[cell];
  }
  return weights;
}

std::string SeriesOfRuns::axes_of(const std::string& series) const {
  std::string all;
  for (const Dimension& axis : label_axes(files_.front().stored_series(series))) {
    all += (all.empty() ? "" : "*") + axis.name;
  }
  return all;
}

SeedSeries SeriesOfRuns::read_series(const std::string& name,
                                     const std::vector<std::string>& by) const {
  const StoredSeries first = files_.front().stored_series(name);
  const std::vector<Dimension> axes = label_axes(first);
  SeedSeries found{.quantity = {.text = name, .series = name},
                   .unit = first.unit,
                   .counts = first.type == h5::Type::i64};
  Grouped grouped = grouped_by(axes, by);
  const std::vector<double> weights = found.counts ? std::vector<double>{} : weights_of(axes);
  for (std::size_t g = grouped.groups.size(); g-- > 0;) {
    if (!found.counts && weights.empty() && grouped.cells[g].size() > 1) {
      grouped.groups.erase(grouped.groups.begin() + static_cast<std::ptrdiff_t>(g));
      grouped.cells.erase(grouped.cells.begin() + static_cast<std::ptrdiff_t>(g));
    }
  }
  if (grouped.groups.empty()) {
    throw InputError(name_ + ": '" + name +
                     "' cannot be put together (it is a mean, and how many "
                     "it is of is not known). Tell its axes apart: --by '" +
                     axes_of(name) + "'.");
  }
  found.groups = grouped.groups;
  const std::size_t cells = cells_of(axes);
  for (const Seed& seed : order_) {
    const ResultsReader& file = files_[seed.file];
    const StoredSeries stored = file.stored_series(name);
    if (!same_axes(label_axes(stored), axes) || stored.type != first.type) {
      throw InputError(file.path() + ": '" + name + "' has other axes than in " +
                       files_.front().path() +
                       " (one series is made of all). Name runs of one "
                       "scenario.");
    }
    const std::vector<double> values = values_of(file, stored, seed.replicate);
    auto& of_seed = found.values.emplace_back(found.groups.size());
    for (std::size_t g = 0; g < found.groups.size(); ++g) {
      of_seed[g].reserve(times_.size());
      for (std::size_t t = 0; t < times_.size(); ++t) {
        const std::span<const double> at = std::span(values).subspan(t * cells, cells);
        const auto& own = grouped.cells[g];
        of_seed[g].push_back(found.counts      ? sum_of(at, own)
                             : own.size() == 1 ? at[own.front()]
                                               : weighted_mean(at, own, weights));
      }
    }
  }
  return found;
}

std::vector<double> SeriesOfRuns::cells(const std::string& series, std::size_t k) const {
  const ResultsReader& file = files_[order_.at(k).file];
  return values_of(file, file.stored_series(series), order_[k].replicate);
}

SeedSeries SeriesOfRuns::read(const Quantity& quantity, const std::vector<std::string>& by) const {
  require(quantity);
  SeedSeries found = read_series(quantity.series, by);
  found.quantity = quantity;
  if (!quantity.over.empty()) {
    const SeedSeries below = read_series(quantity.over, by);
    if (below.groups != found.groups) {
      throw InputError(name_ + ": '" + quantity.text +
                       "' is no ratio (its two series have other axes). Divide series by the same "
                       "groups.");
    }
    for (std::size_t s = 0; s < found.values.size(); ++s) {
      for (std::size_t g = 0; g < found.groups.size(); ++g) {
        for (std::size_t t = 0; t < times_.size(); ++t) {
          const double by_what = below.values[s][g][t];
          double& value = found.values[s][g][t];
          value = by_what != 0 ? value / by_what : none;
        }
      }
    }
    found.counts = false;
    found.unit = found.unit == below.unit ? "1" : found.unit + "/" + below.unit;
  }
  if (quantity.factor != 1) {
    for (auto& of_seed : found.values) {
      for (auto& of_group : of_seed) {
        for (double& value : of_group) {
          value *= quantity.factor;
        }
      }
    }
  }
  return found;
}

}  // namespace throng
