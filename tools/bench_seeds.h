// Who was asked how, over several seeds: means with standard errors, as a table and as CSV.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "sim/words.h"

namespace throng {

/// One quantity, a value for each seed; NaN where there is none.
struct OverSeeds {
  std::vector<double> values;
  double mean() const {
    double sum = 0;
    for (const double v : values) {
      sum += v;
    }
    return sum / static_cast<double>(values.size());
  }
  /// Of the mean; NaN for one seed.
  double standard_error() const {
    const double middle = mean(), n = static_cast<double>(values.size());
    double squares = 0;
    for (const double v : values) {
      squares += (v - middle) * (v - middle);
    }
    return n < 2 ? std::numeric_limits<double>::quiet_NaN() : std::sqrt(squares / (n - 1) / n);
  }
};

inline std::string with_error(const OverSeeds& s) {
  const double error = s.standard_error();
  return number_or_dash("%.4g", s.mean()) + (std::isnan(error) ? "" : formatted(" +- %.2g", error));
}

struct SheetQuantity {
  std::string name, unit, doc;
};

/// Who was asked how, by several quantities: printed as a table, and kept as lines of CSV.
class Sheet {
 public:
  Sheet(std::string name, std::vector<SheetQuantity> quantities)
      : name_(std::move(name)), quantities_(std::move(quantities)) {}

  void add(const std::string& who, const OverSeeds& questions,
           const std::vector<OverSeeds>& values) {
    const std::string asked = formatted("%.0f", questions.mean());
    std::vector<std::string> cells = {who, asked};
    for (std::size_t q = 0; q < quantities_.size(); ++q) {
      cells.push_back(with_error(values[q]));
      const auto field = [](double v) { return std::isnan(v) ? "" : formatted("%.17g", v); };
      csv_ += name_ + "," + who + "," + asked + "," + quantities_[q].name + "," +
              quantities_[q].unit + "," + field(values[q].mean()) + "," +
              field(values[q].standard_error()) + "\n";
    }
    rows_.push_back(std::move(cells));
  }
  void print() const {
    std::vector<std::string> head = {"asked", "questions"};
    for (const SheetQuantity& q : quantities_) {
      head.push_back(q.name);
    }
    std::vector<std::size_t> width(head.size());
    std::vector<std::vector<std::string>> all = {head};
    all.insert(all.end(), rows_.begin(), rows_.end());
    for (const auto& row : all) {
      for (std::size_t c = 0; c < row.size(); ++c) {
        width[c] = std::max(width[c], row[c].size());
      }
    }
    for (const auto& row : all) {
      std::string line;
      for (std::size_t c = 0; c < row.size(); ++c) {
        const std::string space(width[c] - row[c].size() + 2, ' ');
        line += c == 0 ? row[c] + space : space + row[c];
      }
      std::printf("%s\n", line.c_str());
    }
    std::printf("\n");
    for (const SheetQuantity& q : quantities_) {
      std::printf("  %-22s %-10s %s\n", q.name.c_str(), q.unit.c_str(), q.doc.c_str());
    }
    std::printf("\n");
    std::fflush(stdout);
  }
  const std::string& csv() const { return csv_; }

 private:
  std::string name_, csv_;
  std::vector<SheetQuantity> quantities_;
  std::vector<std::vector<std::string>> rows_;
};

/// The head of what sheets say as CSV.
inline constexpr char sheet_head[] = "part,asked,questions,quantity,unit,mean,standard_error\n";

}  // namespace throng
