// The last day of a month, on which everybody is paid and spends: many people at a time.
#pragma once
#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "behaviors/labor/money.h"
#include "behaviors/person/columns.h"

namespace throng::labor {

/// The purses of some people, by column.
struct Purses {
  std::span<const u8> income;
  std::span<const StoredStep> since;
  std::span<const u16> pay;  ///< [USD/week]
  std::span<const u8> band;  ///< of income
  std::span<const i64> assets;
  std::size_t size() const { return income.size(); }
};

/// What moves between them and the accounts for a whole month. [cent]
class MonthsPay {
 public:
  static constexpr std::size_t most = Block<ActRow>::most;
  /// settled() of every purse to the end of the month, savings spent from; at most `most` purses.
  void settle(const MoneySettings& settings, const Month& month, const Purses& purses);

  std::array<u32, most> wages, taxes, pension;
  std::array<i64, most> benefits, spending, change;
  /// Who has something due that is not paid yet, and how much.
  struct Owed {
    u32 purse;
    i64 amount;
  };
  std::span<const Owed> owed() const { return {owed_.data(), owing_}; }

 private:
  std::array<Owed, most> owed_;
  std::size_t owing_ = 0;
};

class MonthEnd final : public Behavior {
 public:
  explicit MonthEnd(const MoneySettings& settings) : settings_(settings) {}
  std::string_view name() const override { return "labor.month"; }
  std::string_view doc() const override {
    return "On the last day of a month wages, benefits and pensions are paid, taxes are withheld, "
           "and a part of income and savings is spent.";
  }
  std::string_view kind() const override { return person::kind; }
  void bind(Binder& b) override;
  void act(const Act& a) const override;

 private:
  /// On both sides: by who pays them, and everything by borough.
  void book_wages(const Block<ActRow>& people, const MonthsPay& paid) const;
  void book_others(const Block<ActRow>& people, const MonthsPay& paid) const;
  void renew_pay(const Block<ActRow>& people) const;

  const MoneySettings& settings_;
  Reads<u8> income_, band_, cell_;
  Reads<StoredStep> since_;
  Reads<u16> market_;
  Writes<u16> pay_;
  Writes<i64> assets_;
  Writes<u32> owed_;
  AddsLater payments_, receipts_;
  Tallies transfers_;
  std::array<u8, 256> borough_ = {};  // [cell]
  std::vector<u32> payer_;            // [market]; the last: of no market
  std::vector<u16> pay_in_;           // [market x income band]; the last: of no market
};

}  // namespace throng::labor
