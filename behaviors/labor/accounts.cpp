#include "behaviors/labor/accounts.h"

#include <algorithm>
#include <limits>

namespace throng::labor {
namespace {
__extension__ using i128 = __int128;
}  // namespace

i64 share_of_spending(const SpendingRules& rules, i64 spent, u32 account) {
  // Both ends rounded down alike, so that neighbors meet and nothing is lost between them.
  const auto upto = [&](u32 k) {
    return static_cast<i64>((i128{spent} * rules.upto[k]) / whole_index);
  };
  return upto(account + 1) - upto(account);
}

u32 index_of(i64 now, u32 days_now, i64 usual, u32 days_usual) {
  if (usual <= 0 || now < 0) {
    return whole_index;
  }
  const i128 ratio = i128{now} * days_usual * whole_index / (i128{usual} * days_now);
  return static_cast<u32>(std::min<i128>(ratio, std::numeric_limits<u32>::max()));
}

void Accounts::bind(Binder& b) {
  payments_ = b.sums(payments);
  receipts_ = b.sums(receipts);
  balance_ = b.writes(balance);
  paid_ = b.writes(paid_out);
  received_ = b.writes(taken_in);
  if (closes_) {
    before_ = b.writes(received_before);
    usual_ = b.writes(usual_month);
    index_ = b.writes(spending_index);
  }
}

void Accounts::act(const Act& a) const {
  const u32 bank = bank_of(settings_.sectors);
  const i64 spent = receipts_.at(bank);
  const bool closes = closes_ && settings_.ends_month(a.now());
  a.for_each(all(), [&](const ActRow& me) {
    const i64 pays = payments_.at(me.row());
    const i64 gets = (me.row() == bank ? 0 : receipts_.at(me.row())) +
                     share_of_spending(settings_.spending, spent, me.row());
    const i64 received = me[received_] + gets;
    me.set(balance_, me[balance_] + gets - pays);
    me.set(paid_, me[paid_] + pays);
    me.set(received_, received);
    if (closes) {
      close_month(me, settings_.month_at(a.now()), received);
    }
  });
}

void Accounts::close_month(const ActRow& me, const Month& month, i64 received) const {
  const i64 in_month = received - me[before_];
  me.set(before_, received);
  const auto first_whole = std::find_if(settings_.months.begin(), settings_.months.end(),
                                        [](const Month& m) { return m.whole; });
  if (first_whole == settings_.months.end() || month.first < first_whole->first) {
    return;
  }
  const bool first = month.first == first_whole->first;
  const i64 usual = first ? in_month : me[usual_];
  me.set(usual_, usual);
  me.set(index_, index_of(in_month, month.days, usual, first_whole->days));
}

}  // namespace throng::labor
