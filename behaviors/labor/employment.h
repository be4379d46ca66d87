// What becomes of people's work: who loses it, who searches, who is recalled or hired.
#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "behaviors/labor/columns.h"
#include "behaviors/labor/settings.h"
#include "behaviors/person/columns.h"
#include "sim/ask.h"
#include "sim/behavior.h"

namespace throng::labor {

/// The markets of one period, as those see them who search: which of the sector's vacancies they
/// ask for, and whether asking can help at all.
class Openings {
 public:
  struct Market {
    i64 vacancies = 0, seats = 0;
  };
  Openings(const Settings& settings, std::span<const Market> markets, std::span<const i64> people);
  /// In proportion to vacancies; none where the sector has none.
  u32 choose(u32 sector, u32 word) const;
  static constexpr u32 none = ~0u;
  /// The smallest words win. Beyond what is true here nobody's does, but with a chance below 1e-8:
  /// the words below that ask for far more than the seats.
  bool may_win(u32 m, u32 word) const { return cut_[m] == ~0u || word < cut_[m]; }
  /// The same at any market of the sector.
  bool may_win_in(u32 sector, u32 word) const {
    return most_[sector] == ~0u || word < most_[sector];
  }

 private:
  u32 markets_of_sector_;
  std::vector<u32> of_sector_, upto_;  // [sector], [market]: vacancies; of the sector's up to it
  std::vector<u32> cut_, most_;        // [market], [sector]: the largest of its markets
};

/// Who loses work: by death, for good, or by a notice of layoff to oneself.
class Leave final : public Behavior {
 public:
  explicit Leave(const Settings& settings) : settings_(settings) {}
  std::string_view name() const override { return "labor.leave"; }
  std::string_view doc() const override {
    return "Those who die, whose job ends or who are laid off tell their market.";
  }
  std::string_view kind() const override { return person::kind; }
  void bind(Binder& b) override;
  void observe(const Observe& o) const override;

 private:
  void lay_off(const Observe& o) const;
  const Settings& settings_;
  Reads<u8> status_, health_;
  Reads<u16> market_, idle_above_;
  Reads<StoredStep> separates_at_;
  Sees<u32> idle_layoff_, other_layoff_;
  Tells<u8> notice_;
  Adds leaving_;
  Draw layoff_;
};

/// Who waits for recall claims it, and who searches claims a hire.
class Search final : public Behavior {
 public:
  explicit Search(const Settings& settings) : settings_(settings) {}
  std::string_view name() const override { return "labor.search"; }
  std::string_view doc() const override {
    return "People claim recalls, and hires at a random vacancy of their sector.";
  }
  std::string_view kind() const override { return person::kind; }
  void bind(Binder& b) override;
  void observe(const Observe& o) const override;

 private:
  bool willing(const SeenRow& me, Step now) const { return !works_ || works_(me, now); }
  const Settings& settings_;
  Reads<u8> status_, health_;
  Reads<u16> market_, idle_above_;
  Reads<StoredStep> separates_at_;
  Sees<i64> vacancies_, searching_, seats_at_;
  ArchetypeDecision::Acting works_;
  Claims seats_, recall_seats_;
  Draw search_, recall_;
};

/// Jobs end and begin: everything that changes a person's status in a period, but the will to work.
class Change final : public Behavior {
 public:
  explicit Change(const Settings& settings) : settings_(settings) {}
  std::string_view name() const override { return "labor.change"; }
  std::string_view doc() const override {
    return "People lose their work, are recalled and hired; the dead leave.";
  }
  std::string_view kind() const override { return person::kind; }
  void bind(Binder& b) override;
  void act(const Act& a) const override;

 private:
  void end(const ActRow& me, const Words& x, Step now) const;
  void lose(const ActRow& me, Status into, Flow what, double files, const Words& x, Step now) const;
  void start(const ActRow& me, Flow what, u32 word, Step now) const;
  void count(const ActRow& me, Flow what) const;

  const Settings& settings_;
  Writes<u8> status_, off_work_;
  Writes<u16> market_, idle_above_;
  Writes<StoredStep> since_, claim_filed_, separates_at_;
  Reads<u8> health_, cell_;
  Claims seats_, recall_seats_;
  Hears<u8> notice_;
  Tallies flow_;
  Draw separation_, told_, hired_;
};

/// Who is out of work and would take none does not search this week.
class Will final : public Behavior {
 public:
  explicit Will(const Settings& settings) : settings_(settings) {}
  std::string_view name() const override { return "labor.will"; }
  std::string_view doc() const override {
    return "The unemployed search in weeks in which they would take work.";
  }
  std::string_view kind() const override { return person::kind; }
  void bind(Binder& b) override;
  void act(const Act& a) const override;

 private:
  const Settings& settings_;
  Writes<u8> status_;
  ArchetypeDecision::Acting works_;
};

/// The end of a period after `now` in which something happens that has this probability in each;
/// `never` beyond the last step there can be.
StoredStep event_step(const Settings& settings, double probability, Step now, u32 word);
/// From which closure on a job in a sector is idle: drawn in the part of the order above `open`, or
/// never. `order` says where, `keeps` whether.
u16 idle_from(const Settings& settings, u32 sector, u32 open, u32 order, u32 keeps);

}  // namespace throng::labor
