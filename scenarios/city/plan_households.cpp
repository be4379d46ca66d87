// How many households of which sizes and kinds stand in each neighborhood.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "scenarios/city/apportion.h"
#include "scenarios/city/planner.h"
#include "sim/error.h"

namespace throng {
namespace {

/// Mean size of "7 and more" and how it divides over 7, 8, 9, 10 (assumed; the mean is the
/// data's 7.6).
constexpr double seven_and_more = 7.6;
constexpr double large_share[4] = {.60, .25, .10, .05};

constexpr double people_in(u32 size_class) {
  return size_class + 1 < size_classes ? size_class + 1.0 : seven_and_more;
}

/// tilt^(people in a household of the class), the last one as tilt^7.5 (any increasing power would
/// do).
std::array<double, size_classes> powers(double tilt) {
  std::array<double, size_classes> out{};
  double power = 1;
  for (u32 s = 0; s < size_classes; ++s) {
    power *= tilt;
    out[s] = s + 1 < size_classes ? power : power * std::sqrt(tilt);
  }
  return out;
}

/// Tilts counts by size so that `households` of them hold `people`.
void tilt_to(std::span<double> counts, double households, double people) {
  double low = 1e-4, high = 1e4;
  const auto apply = [&](double tilt, std::span<double> out) {
    const std::array<double, size_classes> factor = powers(tilt);
    double sum = 0, members = 0;
    for (u32 s = 0; s < size_classes; ++s) {
      out[s] = counts[s] * factor[s];
      sum += out[s];
      members += out[s] * people_in(s);
    }
    for (u32 s = 0; s < size_classes && sum > 0; ++s) {
      out[s] *= households / sum;
    }
    return sum > 0 ? members / sum : 0.0;
  };
  std::array<double, size_classes> out{};
  for (int i = 0; i < 40; ++i) {
    const double middle = std::sqrt(low * high);
    (apply(middle, out) * households < people ? low : high) = middle;
  }
  apply(std::sqrt(low * high), out);
  std::copy(out.begin(), out.end(), counts.begin());
}

u64 members_of(const NeighborhoodPlan& p) {
  u64 n = 0;
  for (u32 s = 1; s <= largest_household; ++s) {
    n += u64{s} * p.households_of_size[s];
  }
  return n;
}

/// Makes room for exactly the people there are: households grow or shrink by one person, spread
/// over the sizes from 2 up; the last resort is one household more or less.
void repair_members(NeighborhoodPlan& p, u64 people) {
  const auto move = [&p](u32 from, u32 to) {
    if (p.households_of_size[from] == 0) {
      return false;
    }
    --p.households_of_size[from];
    p.households_of_size[to] += to > 0;
    return true;
  };
  i64 missing = static_cast<i64>(people) - static_cast<i64>(members_of(p));
  for (u32 turn = 0; missing > 0; ++turn) {
    const u32 size = 2 + turn % 4;
    bool done = move(size, size + 1);
    for (u32 s = 1; s < largest_household && !done && turn >= 4; ++s) {
      done = move(s, s + 1);
    }
    if (!done && turn >= 4) {
      ++p.households_of_size[1];
      done = true;
    }
    missing -= done;
  }
  for (u32 turn = 0; missing < 0; ++turn) {
    const u32 size = 3 + turn % 4;
    bool done = move(size, size - 1);
    for (u32 s = largest_household; s >= 1 && !done && turn >= 4; --s) {
      done = move(s, s - 1);
    }
    missing += done;
  }
}

/// No more households than adults: of the smallest two one takes the other's members.
void repair_adults(NeighborhoodPlan& p, u32 adults) {
  const auto smallest = [&p](u32 from) {
    u32 s = from;
    while (s <= largest_household && p.households_of_size[s] == 0) {
      ++s;
    }
    return s;
  };
  u32 households = std::accumulate(p.households_of_size.begin(), p.households_of_size.end(), 0u);
  while (households > adults && households > 1) {
    const u32 a = smallest(1);
    --p.households_of_size[a];
    const u32 b = smallest(1);
    --p.households_of_size[b];
    if (a + b <= largest_household) {
      ++p.households_of_size[a + b];
      --households;
    } else {  // both full: nothing left to merge
      ++p.households_of_size[a];
      ++p.households_of_size[b];
      break;
    }
  }
}

class HouseholdPlanner {
 public:
  HouseholdPlanner(Planner& planner, u32 borough)
      : tables_(planner.tables),
        facts_(tables_.boroughs[borough]),
        plan_(planner.plan),
        first_(planner.begin[borough]),
        n_(planner.begin[borough + 1] - first_) {}

  /// Returns the exact number of households the borough should have.
  double run() {
    const double asked = size_table();
    sizes();
    if (tables_.families) {
      types();
      alone_65();
    }
    return asked;
  }

 private:
  NeighborhoodPlan& plan(u32 i) { return plan_.of[first_ + i]; }
  const NeighborhoodFacts& facts(u32 i) const { return tables_.neighborhoods[first_ + i]; }
  u32 members(u32 i) { return plan(i).adults + plan(i).minors; }

  double size_table() {
    double mean = 0, people = 0, households = 0;
    for (u32 s = 0; s < size_classes; ++s) {
      mean += facts_.size_share[s] * people_in(s);
    }
    rows_.assign(n_, 0);
    for (u32 i = 0; i < n_; ++i) {
      people += members(i);
      rows_[i] = facts(i).people_in_households > 0
                     ? members(i) * facts(i).households / facts(i).people_in_households
                     : 0;
      households += rows_[i];
    }
    const double asked = people / mean;
    columns_ = largest_remainder(facts_.size_share, static_cast<u64>(asked + 0.5));
    table_.assign(n_ * size_classes, 0);
    for (u32 i = 0; i < n_; ++i) {
      rows_[i] *= households > 0 ? asked / households : 0;
      rows_[i] = std::min<double>(rows_[i], members(i));
      const double alone =
          facts(i).households > 0 ? facts(i).living_alone / facts(i).households : 0;
      for (u32 s = 0; s < size_classes; ++s) {
        const double tail = std::max(1e-6, 1 - facts_.size_share[0]);
        table_[i * size_classes + s] =
            rows_[i] * (s == 0 ? alone : (1 - alone) * facts_.size_share[s] / tail);
      }
    }
    return asked;
  }

  void sizes() {
    std::vector<double> column(n_);
    for (int round = 0; round < 15; ++round) {
      for (u32 i = 0; i < n_; ++i) {
        if (rows_[i] > 0) {
          tilt_to(std::span(table_).subspan(i * size_classes, size_classes), rows_[i], members(i));
        }
      }
      for (u32 s = 0; s < size_classes; ++s) {
        double sum = 0;
        for (u32 i = 0; i < n_; ++i) {
          sum += table_[i * size_classes + s];
        }
        for (u32 i = 0; i < n_ && sum > 0; ++i) {
          table_[i * size_classes + s] *= columns_[s] / sum;
        }
      }
    }
    for (u32 s = 0; s < size_classes; ++s) {
      for (u32 i = 0; i < n_; ++i) {
        column[i] = table_[i * size_classes + s];
      }
      const std::vector<u32> counts = largest_remainder(column, columns_[s]);
      RunningRounder large[4] = {RunningRounder(.5), RunningRounder(.5), RunningRounder(.5),
                                 RunningRounder(.5)};
      for (u32 i = 0; i < n_; ++i) {
        plan(i).households_of_size[s + 1] = counts[i];
        for (u32 more = 3; s + 1 == size_classes && more >= 1; --more) {
          const u32 n = std::min(plan(i).households_of_size[size_classes],
                                 large[more].take(counts[i] * large_share[more]));
          plan(i).households_of_size[size_classes] -= n;
          plan(i).households_of_size[size_classes + more] = n;
        }
      }
    }
    for (u32 i = 0; i < n_; ++i) {
      repair_members(plan(i), members(i));
      if (tables_.families) {
        repair_adults(plan(i), plan(i).adults);
      }
      plan(i).households =
          std::accumulate(plan(i).households_of_size.begin(), plan(i).households_of_size.end(), 0u);
      plan(i).households_of_type[0] = plan(i).households_of_size[1];
      built_ += plan(i).households;
    }
  }

  /// The kinds of households of two and more: the borough's shares, spread as the neighborhoods'
  /// counts.
  void types() {
    constexpr u32 kinds = 5;  // HouseholdType less `alone`
    std::array<double, kinds> asked = {facts_.couples_with_children,
                                       facts_.couples_without_children,
                                       facts_.single_mothers + facts_.single_fathers, 0, 0};
    std::vector<double> table(n_ * kinds), rows(n_, 0);
    double multiple = 0;
    std::array<double, kinds> counted{};
    for (u32 i = 0; i < n_; ++i) {
      const NeighborhoodFacts& f = facts(i);
      const double row[kinds] = {f.couples_with_children, f.couples_without_children,
                                 f.single_mothers + f.single_fathers, f.other_families, f.shared};
      rows[i] = plan(i).households - plan(i).households_of_size[1];
      multiple += rows[i];
      for (u32 t = 0; t < kinds; ++t) {
        table[i * kinds + t] = row[t] + 1e-3 * f.households;
        counted[t] += row[t];
      }
    }
    double rest = multiple;
    for (u32 t = 0; t < 3; ++t) {
      asked[t] = std::min(rest, asked[t] / facts_.households * static_cast<double>(built_));
      rest -= asked[t];
    }
    const double others = counted[3] + counted[4];
    asked[3] = others > 0 ? rest * counted[3] / others : rest / 2;
    asked[4] = rest - asked[3];
    fit_margins(table, rows, asked, 20);
    std::vector<u32> row_totals(n_);
    for (u32 i = 0; i < n_; ++i) {
      row_totals[i] = static_cast<u32>(rows[i]);
    }
    const std::vector<u32> columns = largest_remainder(asked, static_cast<u64>(multiple));
    const std::vector<u32> counts = round_to_margins(table, row_totals, columns);
    const double own = facts_.couples_with_children + facts_.single_mothers + facts_.single_fathers;
    const double other_minors =
        std::max(0.0, facts_.households_with_children - own) / facts_.households;
    for (u32 i = 0; i < n_; ++i) {
      for (u32 t = 0; t < kinds; ++t) {
        plan(i).households_of_type[t + 1] = counts[i * kinds + t];
      }
      const double parents = facts(i).single_mothers + facts(i).single_fathers;
      const double share = parents > 0 ? facts(i).single_mothers / parents : 0.8;
      plan(i).single_mothers = static_cast<u32>(share * counts[i * kinds + 2] + 0.5);
      plan(i).with_other_minors = static_cast<u32>(other_minors * plan(i).households + 0.5);
    }
  }

  void alone_65() {
    std::vector<double> weights(n_);
    std::vector<u32> caps(n_);
    u64 room = 0;
    for (u32 i = 0; i < n_; ++i) {
      u32 old = 0;
      for (const auto& sex : plan(i).in_households) {
        old += std::accumulate(sex.begin() + 65, sex.end(), 0u);
      }
      const double alone = facts(i).living_alone;
      weights[i] =
          alone > 0 ? facts(i).living_alone_65 / alone * plan(i).households_of_size[1] : 0.0;
      caps[i] = std::min(old, plan(i).households_of_size[1]);
      room += caps[i];
    }
    const double asked = facts_.living_alone_65 / facts_.households * static_cast<double>(built_);
    const std::vector<u32> counts =
        largest_remainder(weights, std::min(room, static_cast<u64>(asked + 0.5)), caps);
    for (u32 i = 0; i < n_; ++i) {
      plan(i).alone_65 = counts[i];
    }
  }

  const CityTables& tables_;
  const BoroughFacts& facts_;
  CityPlan& plan_;
  u32 first_, n_;
  u64 built_ = 0;
  std::vector<double> table_, rows_;
  std::vector<u32> columns_;
};

}  // namespace

void Planner::count_households() {
  targets.households.clear();
  for (u32 b = 0; b + 1 < begin.size(); ++b) {
    targets.households.push_back(HouseholdPlanner(*this, b).run());
  }
}

}  // namespace throng
