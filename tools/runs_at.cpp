#include "tools/runs_at.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <utility>

#include "io/publish.h"
#include "sim/error.h"
#include "sim/words.h"
#include "tools/commands.h"
#include "tools/examiner.h"
#include "tools/run_files.h"

namespace throng {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

bool is_run(const fs::path& folder) {
  return is_there(folder / "run.json") || is_there(folder / "results.h5");
}

std::size_t characters_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace

SeriesOfRuns runs_at(const std::string& path) {
  std::vector<ResultsReader> files;
  if (!is_folder(path) || is_run(path)) {
    files.push_back(results_at(path));
    return SeriesOfRuns(path, std::move(files));
  }
  std::vector<fs::path> runs;
  for (const fs::path& folder : files_in(path)) {
    if (is_folder(folder) && is_run(folder)) {
      runs.push_back(folder);
    }
  }
  std::sort(runs.begin(), runs.end());
  if (runs.empty()) {
    throw InputError(path +
                     ": is no run and holds none (there is no run.json in it or in a folder in "
                     "it). Give the --out of a run, or a folder of runs with different seeds.");
  }
  std::vector<std::string> mistakes;
  for (const fs::path& run : runs) {
    try {
      files.push_back(results_at(run.string()));
    } catch (const InputError& error) {
      mistakes.insert(mistakes.end(), error.messages().begin(), error.messages().end());
    }
  }
  if (!mistakes.empty()) {
    throw InputError(mistakes);
  }
  return SeriesOfRuns(path, std::move(files));
}

std::vector<std::string> unknown_axes(const SeriesOfRuns& runs,
                                      const std::vector<std::string>& by) {
  std::vector<std::string> known = runs.axes();
  known.emplace_back("total");
  std::string names;
  for (const std::string& name : known) {
    names += (names.empty() ? "" : ", ") + name;
  }
  std::vector<std::string> mistakes;
  for (const std::string& word : runs.unknown_axes(by)) {
    mistakes.push_back("--by: '" + word + "' is no axis of a series of " + runs.name() + "." +
                       did_you_mean(word, known, " There are " + names + "."));
  }
  return mistakes;
}

std::string words_of_seeds(const std::vector<u64>& seeds) {
  if (seeds.size() == 1) {
    return std::string("seed ") + std::to_string(seeds.front());
  }
  const bool follow = seeds.back() - seeds.front() == seeds.size() - 1;
  std::string words = std::to_string(seeds.size()) + " seeds, ";
  if (follow) {
    return words + std::to_string(seeds.front()) + " to " + std::to_string(seeds.back());
  }
  constexpr std::size_t most = 8;
  for (std::size_t k = 0; k < std::min(most, seeds.size()); ++k) {
    words += k == 0 ? "" : ", ";
    words += std::to_string(seeds[k]);
  }
  return words + (seeds.size() > most ? ", ..." : "");
}

i64 time_in(const std::string& option, const std::string& text, bool dated) {
  if (dated) {
    if (const auto date = Date::parse(text)) {
      return date->days_since_1970();
    }
    throw InputError(option + ": '" + text +
                     "' is no day (the runs have dates). Write it as 2020-03-01.");
  }
  i64 step = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, step);
  if (stop != end || error != std::errc() || step < 0) {
    throw InputError(option + ": '" + text +
                     "' is no step (the runs have no dates). Write a whole number from 0 on.");
  }
  return step;
}

Window window_in(const std::string& from, const std::string& to, bool dated) {
  Window window;
  if (!from.empty()) {
    window.from = time_in("--from", from, dated);
  }
  if (!to.empty()) {
    window.to = time_in("--to", to, dated);
  }
  if (window.from && window.to && *window.from > *window.to) {
    throw InputError("--from " + from + " is after --to " + to +
                     " (there is nothing between them). Exchange them.");
  }
  return window;
}

void refuse_to_lose(const std::string& file) {
  if (file.empty()) {
    return;
  }
  try {
    refuse_to_write_at(file);
  } catch (const IoError& error) {
    throw AgreedError(exit_cannot_create, error.what());
  }
}

std::string text_table(const std::vector<std::vector<std::string>>& rows, std::size_t texts) {
  std::vector<std::size_t> width;
  for (const auto& row : rows) {
    width.resize(std::max(width.size(), row.size()), 0);
    for (std::size_t k = 0; k < row.size(); ++k) {
      width[k] = std::max(width[k], characters_of(row[k]));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t k = 0; k < row.size(); ++k) {
      const std::string gap(width[k] - characters_of(row[k]), ' ');
      line += (k == 0 ? "" : "  ") + (k < texts ? row[k] + gap : gap + row[k]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += printable(line) + "\n";
  }
  return text;
}

std::string short_number(double value) {
  if (std::isnan(value)) {
    return "-";
  }
  constexpr double most = 1e15;  // below it, whole numbers are exact
  const double size = std::abs(value);
  if (size < most && (size >= 1000 || std::floor(value) == value)) {
    return grouped(static_cast<i64>(std::llround(value)));
  }
  return formatted(size >= 100 && size < most ? "%.1f" : "%.3g", value);
}

std::string percent(double share) {
  return share == 0 ? "0 %" : number_or_dash("%+.3g %%", 100 * share);
}

}  // namespace throng
