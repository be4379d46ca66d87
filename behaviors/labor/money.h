// Money of people: what they earn, owe, get and spend, and the substeps in which it is booked.
#pragma once
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

/// For the days of a month before `to`, from the day on which the income began. Both sides of every
/// payment come from here.
Payments settled(const MoneySettings& settings, const Purse& purse, const Month& month, Step to,
                 Savings savings);

/// Adds the kind `account` to the population.
void add_accounts(Population& population, const MoneySettings& settings);

/// Adds the substeps of money, after those that change labor-force states: those whose state
/// changed are settled, everybody is on the last day of a month, single payments are made on their
/// dates. The settings live as long as the simulation.
void add_money_to(Simulation& simulation, std::shared_ptr<const MoneySettings> settings);

}  // namespace throng::labor
