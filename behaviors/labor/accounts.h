// The accounts of firms, government, bank and the rest of the world: the other side of what people
// are paid and spend.
#pragma once
#include "behaviors/labor/money_columns.h"
#include "behaviors/labor/money_settings.h"
#include "sim/simulation.h"

namespace throng::labor {

/// What one account gets of all that was spent; over all accounts exactly all of it. [cent]
i64 share_of_spending(const SpendingRules& rules, i64 spent, u32 account);

/// a / b of two months that may differ in length, in units of 2^-20; 2^20 where there is no b.
u32 index_of(i64 now, u32 days_now, i64 usual, u32 days_usual);

class Accounts final : public Behavior {
 public:
  /// `name`: each substep in which people are paid has one. `closes`: whether months end in it.
  Accounts(const MoneySettings& settings, std::string_view name, bool closes)
      : settings_(settings), name_(name), closes_(closes) {}
  std::string_view name() const override { return name_; }
  std::string_view doc() const override {
    return "Accounts book the other side of what people were paid and spent; at the end of a month "
           "they compare what they received with the first one.";
  }
  std::string_view kind() const override { return account_kind; }
  void bind(Binder& b) override;
  void act(const Act& a) const override;

 private:
  void close_month(const ActRow& me, const Month& month, i64 received) const;
  const MoneySettings& settings_;
  std::string_view name_;
  bool closes_;
  ReadsSum payments_, receipts_;
  Writes<i64> balance_, paid_, received_, before_, usual_;
  Writes<u32> index_;
};

}  // namespace throng::labor
