// What markets do in a period: count, plan layoffs, recalls and hires, and know their staff.
#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "behaviors/labor/columns.h"
#include "behaviors/labor/settings.h"
#include "behaviors/person/columns.h"
#include "sim/behavior.h"

namespace throng::labor {

/// One market at the beginning of a period.
struct MarketState {
  i64 baseline = 0, baseline_unemployed = 0;
  i64 staff = 0, idle = 0, searching = 0, recallable = 0;
  double demand_lost = 0;
};
/// What it will do in it.
struct MarketPlan {
  i64 target = 0, vacancies = 0, recall_seats = 0;
  double hires = 0;                          ///< expected
  double idle_layoff = 0, other_layoff = 0;  ///< probabilities
};

/// The plans of all markets. Jobs that have work are first filled by those who have them, then by
/// recalls; what is left is vacant. Matches of a sector are M = A U^a V^(1 - a), at most U and V,
/// with A such that the unemployed of the start find work with the probability they should.
std::vector<MarketPlan> plan(const Settings& settings, Step now,
                             std::span<const MarketState> markets);

/// Whether somebody may be laid off in this period: then every worker is looked at.
bool may_lay_off(const Settings& settings, Step now, std::span<const MarketState> markets);

/// The half of markets that others look at.
class MarketSense {
 public:
  void bind(Binder& b);
  /// Of all markets; idle as last counted, nobody searching or recallable.
  std::vector<MarketState> look(u32 markets) const;

 private:
  Sees<i64> baseline_, baseline_unemployed_, staff_, idle_;
  Sees<u32> demand_lost_;
};

/// Jobs whose idle_above lies from `from` on and below `to`.
struct Jobs {
  u32 from = 0, to = 0;
  bool has(u32 share) const { return share - from < to - from; }
};
/// Who of a block is employed in such a job: their places in it stand first in `found`, their
/// number is returned. [market]: jobs; the last: of no market.
std::size_t find_employed(std::span<const Jobs> jobs, std::span<const u16> in,
                          std::span<const u16> idle_above_of, std::span<const u8> state,
                          std::span<u16> found);

/// People are counted by market: who searches, who could be recalled, who is idle.
class Count final : public Behavior {
 public:
  explicit Count(const Settings& settings) : settings_(settings) {}
  std::string_view name() const override { return "labor.count"; }
  std::string_view doc() const override {
    return "Those who search, could be recalled or have no work to do are counted by market.";
  }
  std::string_view kind() const override { return person::kind; }
  void bind(Binder& b) override;
  void observe(const Observe& o) const override;

 private:
  const Settings& settings_;
  MarketSense markets_;
  Reads<u8> status_, health_;
  Reads<u16> market_, idle_above_;
  Adds searching_, recallable_, idle_;
};

class Plan final : public Behavior {
 public:
  explicit Plan(const Settings& settings) : settings_(settings) {}
  std::string_view name() const override { return "labor.plan"; }
  std::string_view doc() const override {
    return "Markets plan layoffs, recalls and hires of the period by the work there is.";
  }
  std::string_view kind() const override { return market_kind; }
  void bind(Binder& b) override;
  void act(const Act& a) const override;

 private:
  const Settings& settings_;
  MarketSense markets_;
  ReadsSum counted_searching_, counted_recallable_, counted_idle_;
  Writes<i64> target_, idle_, searching_, recallable_, vacancies_, seats_, recall_seats_;
  Writes<u32> idle_layoff_, other_layoff_;
  Draw rounds_;
};

/// Markets know who left and who came.
class Staff final : public Behavior {
 public:
  std::string_view name() const override { return "labor.staff"; }
  std::string_view doc() const override {
    return "Markets count those who leave, and grant recalls and hires.";
  }
  std::string_view kind() const override { return market_kind; }
  void bind(Binder& b) override;
  void act(const Act& a) const override;

 private:
  ReadsSum leaving_;
  Writes<i64> staff_;
  Grants seats_, recall_seats_;
};

}  // namespace throng::labor
