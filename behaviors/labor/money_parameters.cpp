#include "behaviors/labor/money_parameters.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "behaviors/labor/parameters.h"

namespace throng::labor {
namespace {
using namespace money_parameters;

constexpr std::string_view supplements = "money.benefits.supplement";
constexpr std::string_view single_payments = "money.stimulus";

i64 cents(double usd) { return std::llround(usd * 100); }
i64 millionths(double share) { return std::llround(share * 1e6); }
u32 in_units(double share) { return static_cast<u32>(std::llround(share * whole_index)); }

void check_pay(const Values& values, const CrossCheck::Complain& complain) {
  const bool table = values.find(pay_table) != nullptr, mean = values.find(mean_pay) != nullptr;
  if (!values.get(money_parameters::enabled)) {
    return;
  }
  if (!values.get(parameters::enabled)) {
    complain("money.enabled",
             "money.enabled is true but labor.enabled is not (nobody would have work that pays). "
             "Enable both, or none.");
  }
  if (table && mean) {
    complain("money.pay.mean",
             "money.pay.table and money.pay.mean are both given (each says what work pays). Remove "
             "one.");
  } else if (!table && !mean) {
    complain("money.enabled",
             "money.pay.table is missing, and so is money.pay.mean (one of them says what work "
             "pays). Give one.");
  }
}

void check_heard(const Values& values, const CrossCheck::Complain& complain) {
  if (values.get(money_parameters::enabled) && values.find(parameters::added_benefits) != nullptr) {
    complain("labor.works.added_benefits",
             "labor.works.added_benefits is given where money.enabled is true (people hear of what "
             "money.benefits.supplement pays). Remove it.");
  }
}

void check_benefits(const Values& values, const CrossCheck::Complain& complain) {
  if (values.get(benefit_least) > values.get(benefit_most)) {
    complain("money.benefits.least",
             "money.benefits.least is above money.benefits.most (no benefit could be both). "
             "Exchange them.");
  }
  const auto& all = values.records(supplements);
  std::size_t later = 0;
  for (std::size_t k = 0; k < all.size(); ++k) {
    const auto key = [&](const char* name) {
      return std::string(supplements) + "[" + std::to_string(k + 1) + "]." + name;
    };
    if (all[k].get(supplement_to) < all[k].get(supplement_from)) {
      complain(key("to"), "a supplement ends on " + all[k].get(supplement_to).str() +
                              " (before it begins, on " + all[k].get(supplement_from).str() +
                              "). Exchange the dates.");
    }
    const Date* paid = all[k].find(supplement_paid);
    later += paid != nullptr;
    if (paid != nullptr && *paid <= all[k].get(supplement_to)) {
      complain(key("paid"), "a supplement is paid on " + paid->str() +
                                " (not after its last day, " + all[k].get(supplement_to).str() +
                                "). Name a later date, or none.");
    }
    if (paid != nullptr && later == 2) {
      complain(key("paid"),
               "a second supplement is paid later (what is owed is kept as one sum). Pay one of "
               "them with the benefits.");
    }
  }
}

std::vector<BenefitEra> eras_of(const Values& values, const Calendar& calendar, Step steps) {
  std::vector<BenefitEra> eras;
  for (Step step = 0; step <= steps; ++step) {
    const Date date = calendar.date_of(step);
    BenefitEra era = {
        .from = step,
        .to = steps + 1,
        .most_days = std::llround(values.get(benefit_weeks).on(date) * 7),
        .without_pay = cents(values.get(benefit_without_pay).on(date)),
    };
    for (const Values& s : values.records(supplements)) {
      if (date >= s.get(supplement_from) && date <= s.get(supplement_to)) {
        (s.find(supplement_paid) != nullptr ? era.owed : era.supplement) +=
            cents(s.get(supplement_weekly));
      }
    }
    const auto rules = [](const BenefitEra& e) {
      return std::array{e.most_days, e.without_pay, e.supplement, e.owed};
    };
    if (eras.empty() || rules(eras.back()) != rules(era)) {
      if (!eras.empty()) {
        eras.back().to = step;
      }
      eras.push_back(era);
    }
  }
  return eras;
}

bool in_run(Date date, const Calendar& calendar, Step steps) {
  return date > calendar.start && date <= calendar.date_of(steps);
}

}  // namespace

void declare_money(Schema& schema) {
  Fields& fields = schema.fields();
  fields.section("money", "Earnings, taxes, benefits and spending, where people work.");
  fields.add(money_parameters::enabled).add(adult_from).add(endowment);
  fields.section("money.pay", "What work pays.").add(pay_table).add(mean_pay).add(band_factor);
  fields.section("money.taxes", "What is withheld from wages.").add(tax_table);
  fields.section("money.benefits", "What a claim for unemployment benefits pays.")
      .add(benefit_share)
      .add(benefit_least)
      .add(benefit_most)
      .add(benefit_weeks)
      .add(benefit_without_pay);
  Fields supplement;
  supplement.add(supplement_weekly).add(supplement_from).add(supplement_to).add(supplement_paid);
  fields.records(supplements, {.doc = "Paid on top of benefits between two dates."},
                 std::move(supplement));
  fields.section("money.pension", "What the old live on.").add(pension).add(pension_from);
  Fields single;
  single.add(stimulus_date)
      .add(stimulus_adult)
      .add(stimulus_child)
      .add(stimulus_above)
      .add(stimulus_rate)
      .add(stimulus_child_below);
  fields.records(single_payments, {.doc = "Single payments to everybody.", .unique = "date"},
                 std::move(single));
  fields.section("money.spending", "What people spend, and on what.")
      .add(propensity)
      .add(savings_share)
      .add(consumption_table)
      .add(moves_demand);
  schema.check({.name = "money.pay",
                .reads = {"money.enabled", "labor.enabled", "money.pay.table", "money.pay.mean"},
                .body = check_pay});
  schema.check({.name = "money.heard",
                .reads = {"money.enabled", "labor.works.added_benefits"},
                .body = check_heard});
  schema.check({.name = "money.benefits",
                .reads = {"money.benefits.least", "money.benefits.most", std::string(supplements)},
                .body = check_benefits});
}

MoneySettings money_settings_from(const Values& values, const Calendar& calendar, Step steps) {
  MoneySettings s;
  s.steps = steps;
  s.benefits = {.share = millionths(values.get(benefit_share)),
                .least = cents(values.get(benefit_least)),
                .most = cents(values.get(benefit_most)),
                .eras = eras_of(values, calendar, steps),
                .owed_paid_on = {}};
  for (const Values& one : values.records(supplements)) {
    const Date* paid = one.find(supplement_paid);
    if (paid != nullptr && in_run(*paid, calendar, steps)) {
      s.benefits.owed_paid_on = calendar.step_of(*paid);
    }
  }
  if (!s.benefits.owed_paid_on) {
    for (BenefitEra& era : s.benefits.eras) {
      era.owed = 0;  // a debt that this run does not see paid
    }
  }
  s.adult_from = static_cast<u8>(values.get(adult_from));
  for (const Values& one : values.records(single_payments)) {
    if (in_run(one.get(stimulus_date), calendar, steps)) {
      s.stimulus.push_back({.on = calendar.step_of(one.get(stimulus_date)),
                            .adult = cents(one.get(stimulus_adult)),
                            .child = cents(one.get(stimulus_child)),
                            .above = cents(one.get(stimulus_above)),
                            .rate = millionths(one.get(stimulus_rate)),
                            .adult_from = s.adult_from,
                            .child_below = static_cast<u8>(one.get(stimulus_child_below))});
    }
  }
  s.pension = cents(values.get(pension));
  s.pension_from = static_cast<u8>(values.get(pension_from));
  for (u32 band = 0; band < income_bands; ++band) {
    s.endowment[band] = cents(values.get(endowment)[band]);
    s.spending.propensity[band] = in_units(values.get(propensity)[band]);
  }
  s.spending.savings = in_units(values.get(savings_share));
  s.moves_demand = in_units(values.get(moves_demand));
  s.months = months_of(calendar, steps);
  for (u32 m = 0; m < s.months.size(); ++m) {
    s.month_of.resize(std::min<std::size_t>(s.months[m].end, steps + std::size_t{1}), m);
  }
  return s;
}

}  // namespace throng::labor
