#include "tools/bench_sheet.h"

#include <algorithm>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "io/publish.h"
#include "sim/error.h"

namespace throng {
namespace {

std::string number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

}  // namespace

double Sample::least() const { return *std::min_element(values.begin(), values.end()); }
double Sample::greatest() const { return *std::max_element(values.begin(), values.end()); }

double Sample::median() const {
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

std::string Target::text() const {
  switch (sense) {
    case Sense::at_most:
      return "<= " + number(bound);
    case Sense::at_least:
      return ">= " + number(bound);
    case Sense::none:
      break;
  }
  return "";
}

bool Target::met_by(double value) const {
  return sense == Sense::at_least ? value >= bound : value <= bound;
}

BenchSheet::BenchSheet(Setting setting) : setting_(std::move(setting)) {
  std::printf("throng %s (%s), %s\n", setting_.version.c_str(), setting_.commit.c_str(),
              setting_.compiler.c_str());
  std::printf("%s, %d processors allowed, %.1f GiB, load %s; %d threads, scale %s\n\n",
              setting_.processor.c_str(), setting_.processors, setting_.memory_gib,
              setting_.load_before.c_str(), setting_.threads, number(setting_.scale).c_str());
  std::printf("%-28s %10s %-10s %-9s %-4s %10s %10s\n", "figure", "value", "unit", "target", "met",
              "least", "greatest");
  std::fflush(stdout);
}

void BenchSheet::add(const FigureKind& kind, const Sample& sample, const std::string& note) {
  ensures(!sample.values.empty(), "a figure has at least one value");
  rows_.push_back({kind, sample.median(), sample, note});
  print(rows_.back());
}

void BenchSheet::add_missing(const FigureKind& kind, const std::string& reason) {
  rows_.push_back({kind, {}, {}, reason});
  print(rows_.back());
}

std::optional<bool> BenchSheet::met(const Row& row) const {
  if (!row.value || row.kind.target.sense == Target::Sense::none || setting_.scale != 1) {
    return std::nullopt;
  }
  return row.kind.target.met_by(*row.value);
}

void BenchSheet::print(const Row& row) const {
  const auto good = met(row);
  std::printf("%-28s %10s %-10s %-9s %-4s", std::string(row.kind.key).c_str(),
              row.value ? number(*row.value).c_str() : "-", std::string(row.kind.unit).c_str(),
              row.kind.target.text().c_str(), good ? (*good ? "yes" : "NO") : "");
  if (row.sample.values.size() > 1) {
    std::printf(" %10s %10s", number(row.sample.least()).c_str(),
                number(row.sample.greatest()).c_str());
  }
  std::printf("%s%s\n", row.value ? "" : " ", row.value ? "" : row.note.c_str());
  std::fflush(stdout);
}

void BenchSheet::close(const std::string& load_after) {
  load_after_ = load_after;
  int bounded = 0, good = 0;
  for (const Row& row : rows_) {
    bounded += met(row).has_value() ? 1 : 0;
    good += met(row).value_or(false) ? 1 : 0;
  }
  std::printf("\n%d of %d targets met; load now %s\n", good, bounded, load_after_.c_str());
}

void BenchSheet::write_json(const std::string& path) const {
  nlohmann::ordered_json json;
  for (const Row& row : rows_) {
    nlohmann::ordered_json figure;
    figure["value"] = row.value ? nlohmann::ordered_json(*row.value) : nullptr;
    figure["unit"] = row.kind.unit;
    figure["target"] = row.kind.target.sense == Target::Sense::none
                           ? nullptr
                           : nlohmann::ordered_json(row.kind.target.text());
    const auto good = met(row);
    figure["met"] = good ? nlohmann::ordered_json(*good) : nullptr;
    if (!row.sample.values.empty()) {
      figure["least"] = row.sample.least();
      figure["greatest"] = row.sample.greatest();
      figure["samples"] = row.sample.values;
    }
    figure["doc"] = row.kind.doc;
    if (!row.note.empty()) {
      figure["note"] = row.note;
    }
    json[std::string(row.kind.key)] = std::move(figure);
  }
  json["machine"] = {{"host", setting_.host},
                     {"processor", setting_.processor},
                     {"processors", setting_.processors},
                     {"memory_gib", setting_.memory_gib},
                     {"load_before", setting_.load_before},
                     {"load_after", load_after_}};
  json["program"] = {{"version", setting_.version},   {"git_commit", setting_.commit},
                     {"compiler", setting_.compiler}, {"created", setting_.created},
                     {"threads", setting_.threads},   {"scale", setting_.scale}};
  replace_file(path, json.dump(2) + "\n");
}

}  // namespace throng
