#include "behaviors/labor/month_end.h"

#include <algorithm>

#include "behaviors/person/columns.h"

namespace throng::labor {
namespace {

constexpr u32 most_accounts = 256 + other_accounts;  // sectors are u8

}  // namespace

// ---- what is due --------------------------------------------------------------------------------

void MonthsPay::settle(const MoneySettings& s, const Month& month, const Purses& purses) {
  const std::size_t n = purses.size();
  expects(n <= most, "so many are settled at a time");
  constexpr u32 longest = 31;
  std::array<u32, longest + 1> pension_of{};  // [day]
  for (u32 day = 0; day <= month.end - month.first; ++day) {
    pension_of[day] = static_cast<u32>(s.pension * day) / month.days;
  }
  const u32 first = month.first, end = month.end;
  constexpr u32 on_wages = static_cast<u32>(Income::wages),
                on_claim = static_cast<u32>(Income::claim),
                on_pension = static_cast<u32>(Income::pension),
                gone = static_cast<u32>(Income::gone);
  // Loops of one kind of arithmetic each, without branches, become SIMD; so do those that look
  // nothing up. A week's pay in cents times the days of a month is below 2^32.
  std::array<u32, most> on, working, pensioned, week_tax, rate;
  u32 claims = 0;
  for (std::size_t k = 0; k < n; ++k) {
    const u32 from = std::max<u32>(purses.since[k], first);
    const u32 days = std::max(from, end) - from;
    on[k] = purses.income[k];
    working[k] = on[k] == on_wages ? days : 0;
    pensioned[k] = on[k] == on_pension ? days : 0;
    claims += on[k] == on_claim;
  }
  const auto of_weeks = s.withholding.of_weeks();
  const auto propensity = s.spending.propensity;
  for (std::size_t k = 0; k < n; ++k) {
    week_tax[k] = of_weeks[purses.pay[k]];
    pension[k] = pension_of[pensioned[k]];
    rate[k] = propensity[purses.band[k]];
  }
  for (std::size_t k = 0; k < n; ++k) {
    wages[k] = purses.pay[k] * u32{100} * working[k] / 7;
    taxes[k] = week_tax[k] * working[k] / 7;
    benefits[k] = 0;
  }
  owing_ = 0;
  for (u32 k = 0; claims > 0; ++k) {
    if (on[k] == on_claim) {
      --claims;
      const Step filed = purses.since[k];
      const Benefits due =
          benefits_of(s.benefits, purses.pay[k], filed, std::max(filed, month.first), month.end);
      benefits[k] = due.paid;
      if (due.owed != 0) {
        owed_[owing_++] = {k, due.owed};
      }
    }
  }
  const u32 of_savings = s.spending.savings;
  for (std::size_t k = 0; k < n; ++k) {
    const i64 has = purses.assets[k];
    const i64 saved = (has > 0) & (on[k] != gone) ? has : 0;
    const i64 in = i64{wages[k]} - i64{taxes[k]} + benefits[k] + i64{pension[k]};
    spending[k] = part(rate[k], in + part(of_savings, saved));
    change[k] = in - spending[k];
  }
}

// ---- booking it ---------------------------------------------------------------------------------

void MonthEnd::bind(Binder& b) {
  income_ = b.reads(income);
  since_ = b.reads(income_since);
  pay_ = b.writes(weekly_pay);
  band_ = b.reads(person::income_band);
  assets_ = b.writes(assets);
  owed_ = b.writes(owed);
  market_ = b.reads(market);
  cell_ = b.reads(person::cell);
  payments_ = b.adds_later(payments, account_kind);
  receipts_ = b.adds_later(receipts, account_kind);
  transfers_ = b.tallies(transfers, transfer_kinds * settings_.boroughs);
  for (u32 c = 0; c < borough_.size(); ++c) {
    borough_[c] = static_cast<u8>(c / settings_.cells_of_borough);
  }
  payer_ = settings_.payer;
  payer_.push_back(world_of(settings_.sectors));
  pay_in_ = settings_.pay;
  pay_in_.insert(pay_in_.end(), income_bands, u16{0});
}

void MonthEnd::act(const Act& a) const {
  if (!settings_.ends_month(a.now())) {
    return;
  }
  const Month& month = settings_.month_at(a.now());
  a.for_each_block(all(), [&](const Block<ActRow>& people) {
    MonthsPay due;
    due.settle(settings_, month,
               {people[income_], people[since_], people[pay_], people[band_], people[assets_]});
    std::array<i64, MonthsPay::most> after;
    const auto before = people[assets_];
    for (std::size_t k = 0; k < people.size(); ++k) {
      after[k] = before[k] + due.change[k];
    }
    people.set(assets_, std::span(after.data(), people.size()));
    for (const auto& [purse, amount] : due.owed()) {
      const ActRow me = people.row(purse);
      me.set(owed_, static_cast<u32>(me[owed_] + amount));
    }
    book_wages(people, due);
    book_others(people, due);
    renew_pay(people);
  });
}

void MonthEnd::book_wages(const Block<ActRow>& people, const MonthsPay& paid) const {
  const auto in = people[market_];
  const auto no_payer = static_cast<u32>(payer_.size() - 1);
  std::array<i64, most_accounts> wages_of;  // [account]
  std::fill_n(wages_of.begin(), settings_.accounts(), 0);
  for (std::size_t k = 0; k < people.size(); ++k) {
    wages_of[payer_[std::min<u32>(in[k], no_payer)]] += paid.wages[k];
  }
  for (u32 account = 0; account < settings_.accounts(); ++account) {
    people.count(payments_, account, wages_of[account]);
  }
}

void MonthEnd::book_others(const Block<ActRow>& people, const MonthsPay& paid) const {
  const auto cells = people[cell_];
  u8 least = cells[0], most = cells[0];
  for (const u8 cell : cells) {
    least = std::min(least, cell);
    most = std::max(most, cell);
  }
  const u32 government = government_of(settings_.sectors);
  const auto book = [&](u32 borough, Transfer kind, i64 amount) {
    people.count(transfers_, static_cast<u32>(kind) * settings_.boroughs + borough, amount);
  };
  const auto count_from = [&](std::size_t from, std::size_t end, u32 borough) {
    i64 wages = 0, taxes = 0, benefits = 0, pension = 0, spending = 0;
    for (std::size_t k = from; k < end; ++k) {
      wages += paid.wages[k];
      taxes += paid.taxes[k];
      benefits += paid.benefits[k];
      pension += paid.pension[k];
      spending += paid.spending[k];
    }
    people.count(payments_, government, benefits + pension);
    people.count(receipts_, government, taxes);
    people.count(receipts_, bank_of(settings_.sectors), spending);
    book(borough, Transfer::wages, wages);
    book(borough, Transfer::taxes, taxes);
    book(borough, Transfer::benefits, benefits);
    book(borough, Transfer::pensions, pension);
    book(borough, Transfer::spending, spending);
  };
  if (borough_[least] == borough_[most]) {  // neighbors mostly share a borough
    count_from(0, people.size(), borough_[least]);
    return;
  }
  for (std::size_t k = 0; k < people.size(); ++k) {
    count_from(k, k + 1, borough_[cells[k]]);
  }
}

void MonthEnd::renew_pay(const Block<ActRow>& people) const {
  const auto on = people[income_], band = people[band_];
  const auto pay = people[pay_], in = people[market_];
  const auto no_market_row = static_cast<u32>(payer_.size() - 1);
  const auto here = [&](std::size_t k) {
    return pay_in_[std::min<u32>(in[k], no_market_row) * income_bands + band[k]];
  };
  // Who went to another market without a day between is paid as there from now on.
  const auto moved = [&](std::size_t k) {
    return on[k] == static_cast<u8>(Income::wages) && in[k] != no_market && here(k) != pay[k];
  };
  u32 any = 0;
  for (std::size_t k = 0; k < people.size(); ++k) {
    any += static_cast<u32>(on[k] == static_cast<u8>(Income::wages)) &
           static_cast<u32>(here(k) != pay[k]);
  }
  for (std::size_t k = 0; any > 0 && k < people.size(); ++k) {
    if (moved(k)) {
      people.row(k).set(pay_, here(k));
    }
  }
}

}  // namespace throng::labor
