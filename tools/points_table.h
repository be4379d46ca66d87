// The table of many runs: a row for each, with what it set, how it ended and every figure of its
// closing line.
#pragma once
#include <string>
#include <vector>

#include "tools/points.h"

namespace throng {

struct PointRow {
  std::vector<std::string> first;  ///< as `columns` name them
  const PointOutcome* outcome = nullptr;
};
/// Columns: those given; status, exit_code, message; then figures in the order they are first met,
/// as "result.NAME" where a column has their name.
std::string table_of(const std::vector<std::string>& columns, const std::vector<PointRow>& rows);

/// "points/0003/seed-1: exit code 65: ...": those that failed, one a line.
std::string failures_of(const std::vector<PointRun>& runs, const PointsDone& done);

}  // namespace throng
