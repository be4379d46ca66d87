// How well a built city fits what its tables ask for: every margin beside what was built, by
// counting the people and places themselves.
#pragma once
#include <string>
#include <vector>

#include "scenarios/city/city.h"

namespace throng {

/// One margin. It passes when |built - asked| <= slack; lines without a pass line are for reading
/// only.
struct FitLine {
  std::string group, name;
  double asked = 0, built = 0, slack = 0;
  bool judged = true;
  bool pass() const;
};

struct FitReport {
  std::vector<FitLine> lines;
  bool pass() const;
  /// The lines of one group.
  std::vector<FitLine> of(const std::string& group) const;
  enum class Detail { worst, all };
  /// A table to read; `worst` shows, of groups with more than 60 lines, the three worst.
  std::string text(Detail detail = Detail::worst) const;
};

/// Builds the city piece by piece and counts. Pass lines (at scale 1 and above): borough x age x
/// sex exact; people of a neighborhood within 0.5 % or 25; shares of households by size, living
/// alone, kind, in their borough within 0.3 points; no child without an adult; enrolment by level
/// within 1 %; commuting within the margin of error of the flows (as shares of the home's workers);
/// mean class and team size within 5 %. Below scale 1 each line gets, besides, one unit (person,
/// household, pupil, worker) for every neighborhood that is summed: what rounding to whole people
/// can do.
FitReport check_fit(const City& city);

}  // namespace throng
