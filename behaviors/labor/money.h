// Money of people: what they earn, owe, get and spend, and the substeps in which it is booked.
#pragma once
#include <algorithm>
#include <memory>

#include "behaviors/labor/money_columns.h"
#include "behaviors/labor/money_settings.h"
#include "sim/simulation.h"

namespace throng::labor {

/// What moved between one person and the accounts. [cent]
struct Payments {
  i64 wages = 0, taxes = 0, benefits = 0, pension = 0, spending = 0;
  i64 owed = 0;  ///< due, and not paid yet
  i64 income() const { return wages - taxes + benefits + pension; }
  i64 change() const { return income() - spending; }
};

/// A person's columns that payments follow from.
struct Purse {
  Income income = Income::none;
  Step since = 0;
  u16 pay = 0;  ///< [USD/week]
  u8 band = 0;  ///< of income
  i64 assets = 0;
};
enum class Savings : u8 { untouched, spent_from };

/// A share in units of 2^-20 of an amount that is not below 0.
constexpr i64 part(u32 share, i64 of) {
  return static_cast<i64>(static_cast<u64>(of) * share >> 20);
}

/// For the days of a month before `to`, from the day on which the income began. Both sides of every
/// payment come from here.
inline Payments settled(const MoneySettings& s, const Purse& purse, const Month& month, Step to,
                        Savings savings) {
  // Without branches where everybody differs from the next, and in sight of the loops that call it
  // for everybody.
  const Step from = std::max(purse.since, month.first);
  const i64 days = std::max(i64{0}, i64{to} - i64{from});
  const i64 working = purse.income == Income::wages ? days : 0;
  const i64 pensioned = purse.income == Income::pension ? days : 0;
  Payments due;
  due.wages = purse.pay * 100 * working / 7;
  due.taxes = s.withholding.of_week(purse.pay) * working / 7;
  due.pension = static_cast<u32>(s.pension * pensioned) / month.days;
  if (purse.income == Income::claim) {
    const Benefits benefits = benefits_of(s.benefits, purse.pay, purse.since, from, to);
    due.benefits = benefits.paid;
    due.owed = benefits.owed;
  }
  const bool counts = savings == Savings::spent_from && purse.income != Income::gone;
  const i64 saved = counts ? std::max(i64{0}, purse.assets) : 0;
  due.spending =
      part(s.spending.propensity[purse.band], due.income() + part(s.spending.savings, saved));
  return due;
}

/// Adds the kind `account` to the population, and what people live on and are paid at the start.
void populate(Population& population, const MoneySettings& settings);

/// Adds the substeps of money, after those that change labor-force states: those whose state
/// changed are settled, everybody is on the last day of a month, single payments are made on their
/// dates. The settings live as long as the simulation.
void add_money_to(Simulation& simulation, std::shared_ptr<const MoneySettings> settings);

}  // namespace throng::labor
