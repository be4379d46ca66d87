// Taxes, benefits and single payments as pure functions: worked examples, and slow twins.
#include <algorithm>
#include <numeric>

#include <catch2/catch.hpp>

#include "behaviors/labor/accounts.h"
#include "tests/behaviors/money_fixture.h"

namespace throng::labor {
namespace {

/// The same tax, dollar by dollar: each is taxed by the bracket it falls into. Thresholds and wages
/// are whole dollars. [cent]
i64 dollar_by_dollar(const TaxSchedule& s, i64 dollars) {
  i64 millionths = 0;
  for (i64 d = 0; d < dollars; ++d) {
    i64 rate = 0;
    for (const Bracket& b : s.brackets) {
      rate = 100 * d >= b.above ? b.rate : rate;
    }
    millionths += 100 * rate;
  }
  return millionths / 1'000'000;
}

i64 year_of(const std::string& name, i64 dollars) {
  for (const TaxSchedule& s : fixture::taxes_of_2020()) {
    if (s.name == name) {
      return tax_of_year(s, dollars * 100);
    }
  }
  FAIL("no tax of that name");
  return 0;
}

}  // namespace

TEST_CASE("a week of 1,500 dollars owes what the tables of 2020 say", "[money]") {
  // 52 x 1,500 = 78,000 a year.
  // Federal: 78,000 - 12,400 = 65,600. 10 % of 9,875 = 987.50; 12 % of 30,250 = 3,630.00; 22 % of
  // 65,600 - 40,125 = 25,475 is 5,604.50: together 10,222.00.
  CHECK(year_of("federal", 78'000) == 10'222'00);
  // State: 78,000 - 8,000 = 70,000. 4 % of 8,500 = 340.00; 4.5 % of 3,200 = 144.00; 5.25 % of 2,200
  // = 115.50; 5.9 % of 7,500 = 442.50; 6.09 % of 48,600 = 2,959.74: together 4,001.74.
  CHECK(year_of("state", 78'000) == 4'001'74);
  // City: of 70,000. 3.078 % of 12,000 = 369.36; 3.762 % of 13,000 = 489.06; 3.819 % of 25,000 =
  // 954.75; 3.876 % of 20,000 = 775.20: together 2,588.37.
  CHECK(year_of("city", 78'000) == 2'588'37);
  CHECK(year_of("social_security", 78'000) == 4'836'00);
  CHECK(year_of("medicare", 78'000) == 1'131'00);
  // Together 22,779.11 a year, 438.0598... a week.
  CHECK(Withholding(fixture::taxes_of_2020()).of_week(1'500) == 438'05);
  // Above 137,700 social security takes no more (8,537.40), above 200,000 Medicare takes 2.35 %.
  CHECK(year_of("social_security", 250'000) == 8'537'40);
  CHECK(year_of("medicare", 250'000) == 2'900'00 + 1'175'00);
}

TEST_CASE("a tax is what its brackets take dollar by dollar", "[money]") {
  for (const TaxSchedule& s : fixture::taxes_of_2020()) {
    for (const i64 dollars : {0, 1, 8'000, 12'400, 12'401, 22'275, 52'525, 52'526, 78'000, 137'701,
                              215'400, 300'000, 1'100'000}) {
      INFO(s.name << " of " << dollars);
      CHECK(tax_of_year(s, dollars * 100) == dollar_by_dollar(s, dollars));
    }
  }
}

TEST_CASE("a cent more is taxed by its own bracket and nothing else", "[money]") {
  for (const TaxSchedule& s : fixture::taxes_of_2020()) {
    i64 highest = 0;
    for (const Bracket& b : s.brackets) {
      highest = std::max(highest, b.rate);
      // At a threshold nothing jumps: a cent more is taxed by less than a cent, rounding aside.
      for (const i64 around : {b.above - 1, b.above, b.above + 1}) {
        if (around >= 0) {
          const i64 step = tax_of_year(s, around + 1) - tax_of_year(s, around);
          INFO(s.name << " at " << around);
          CHECK((step == 0 || step == 1));
        }
      }
    }
    for (i64 wages = 0; wages < 60'000'000; wages += 98'765) {
      const i64 more = tax_of_year(s, wages + 100'00) - tax_of_year(s, wages);
      CHECK(more >= 0);
      CHECK(more <= 100'00 * highest / 1'000'000 + 1);
    }
  }
}

TEST_CASE("whoever is paid a dollar more keeps some of it", "[money]") {
  const Withholding withheld(fixture::taxes_of_2020());
  i64 least = 100, most = 0;
  for (u32 pay = 0; pay < 65'535; ++pay) {
    const i64 more =
        withheld.of_week(static_cast<u16>(pay + 1)) - withheld.of_week(static_cast<u16>(pay));
    least = std::min(least, more);
    most = std::max(most, more);
  }
  CHECK(least >= 7);  // social security and Medicare from the first dollar on: 7.65 %
  CHECK(most <= 53);  // 37 + 8.82 + 3.876 + 2.35 %, and a cent of rounding
  CHECK(most >= 50);
}

TEST_CASE("spending reaches the accounts to the last cent", "[money]") {
  const MoneySettings s = fixture::settings(30);
  for (const i64 spent : {i64{0}, i64{1}, i64{2}, i64{99}, i64{123'456'789}, i64{1} << 55}) {
    i64 sum = 0;
    for (u32 a = 0; a < s.accounts(); ++a) {
      const i64 share = share_of_spending(s.spending, spent, a);
      const double exact =
          static_cast<double>(spent) * (s.spending.upto[a + 1] - s.spending.upto[a]) / whole_index;
      CHECK(std::abs(static_cast<double>(share) - exact) <= 1 + 1e-9 * exact);
      sum += share;
    }
    CHECK(sum == spent);
  }
  CHECK(share_of_spending(s.spending, 1'000'000, government_of(s.sectors)) == 0);
}

TEST_CASE("an index compares days, not months", "[money]") {
  CHECK(index_of(3100, 31, 2900, 29) == whole_index);
  CHECK(index_of(1550, 31, 2900, 29) == whole_index / 2);
  CHECK(index_of(0, 30, 2900, 29) == 0);
  CHECK(index_of(5, 30, 0, 29) == whole_index);  // where nothing was received there is no index
  CHECK(index_of(i64{1} << 62, 1, 1, 31) == 4294967295u);
}

TEST_CASE("months are those of the calendar", "[money]") {
  const auto months = months_of(Calendar{*Date::parse("2020-02-10")}, 60);
  // The rest of February (20 days of 29), March, and April until the 10th.
  REQUIRE(months.size() == 3);
  CHECK((months[0].first == 0 && months[0].end == 20 && months[0].days == 29 && !months[0].whole));
  CHECK((months[1].first == 20 && months[1].end == 51 && months[1].whole));
  CHECK((months[2].first == 51 && months[2].end == 81 && !months[2].whole));
}

// ---- benefits -----------------------------------------------------------------------------------

TEST_CASE("a benefit is half of the pay between two bounds", "[money]") {
  const BenefitRules rules = fixture::settings(330).benefits;
  CHECK(rules.of_week(800) == 400'00);
  CHECK(rules.of_week(1'008) == 504'00);
  CHECK(rules.of_week(3'000) == 504'00);
  CHECK(rules.of_week(208) == 104'00);
  CHECK(rules.of_week(100) == 104'00);
}

TEST_CASE("benefits run from the claim to their last day, with the supplement of the date",
          "[money]") {
  const BenefitRules rules = fixture::settings(330).benefits;
  // Days are counted from 2020-02-01: 27 March is day 55, 30 March day 58.
  CHECK(benefits_of(rules, 800, 10, 0, 10).paid == 0);       // not filed yet
  CHECK(benefits_of(rules, 800, 10, 0, 17).paid == 400'00);  // a week
  CHECK(benefits_of(rules, 800, 10, 17, 18).paid == 57'14);  // a day of it
  // 24 to 30 March: six days without and one with 600 a week.
  CHECK(benefits_of(rules, 800, 10, 52, 59).paid == 485'71);
  // Filed on day 0: 26 weeks end on day 182, 39 weeks on day 273; the longer claim is in force by
  // then, and the supplement has ended (day 177) and was owed until day 218.
  CHECK(benefits_of(rules, 800, 0, 266, 300).paid == 400'00);
  CHECK(benefits_of(rules, 800, 0, 273, 300).paid == 0);
  CHECK(benefits_of(rules, 800, 0, 177, 184).paid == 400'00);
  CHECK(benefits_of(rules, 800, 0, 177, 184).owed == 300'00);
  // Without earlier pay nothing, until there is help for those, too.
  CHECK(benefits_of(rules, 0, 10, 20, 27).paid == 0);
  CHECK(benefits_of(rules, 0, 10, 65, 72).paid == 782'00);
}

TEST_CASE("benefits are what they are day by day", "[money]") {
  const BenefitRules rules = fixture::settings(330).benefits;
  for (u32 k = 0; k < 3000; ++k) {
    const auto pay = static_cast<u16>(mix(k) % 4 == 0 ? 0 : mix(k) % 2500);
    const auto filed = static_cast<Step>(mix(k + 10'000) % 300);
    const auto from = static_cast<Step>(mix(k + 20'000) % 320);
    const auto to = static_cast<Step>(from + mix(k + 30'000) % 40);
    i64 paid = 0, due_later = 0;
    for (Step day = from; day < to; ++day) {
      const auto era = std::find_if(rules.eras.begin(), rules.eras.end(), [&](const BenefitEra& e) {
        return day >= e.from && day < e.to;
      });
      if (era == rules.eras.end() || day < filed || day - filed >= era->most_days) {
        continue;
      }
      const i64 weekly = pay == 0 ? era->without_pay : rules.of_week(pay);
      paid += weekly == 0 ? 0 : weekly + era->supplement;
      due_later += weekly == 0 ? 0 : era->owed;
    }
    const Benefits found = benefits_of(rules, pay, filed, from, to);
    CHECK(found.paid == paid / 7);
    CHECK(found.owed == due_later / 7);
  }
}

TEST_CASE("a single payment shrinks by five cents of every dollar above the threshold", "[money]") {
  const Stimulus s = fixture::settings(330).stimulus.front();
  CHECK(stimulus_of(s, 0, 0) == 1'200'00);
  CHECK(stimulus_of(s, 800, 2) == 2'200'00);
  // 52 x 1,500 = 78,000: 3,000 above, 150 less.
  CHECK(stimulus_of(s, 1'500, 0) == 1'050'00);
  CHECK(stimulus_of(s, 1'500, 2) == 2'050'00);
  CHECK(stimulus_of(s, 1'905, 0) == 0);  // 24,060 above: 1,203 less
}

}  // namespace throng::labor
