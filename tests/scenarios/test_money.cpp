// Money as a scenario says it: shipped tables, their mistakes, and a town in which people are paid.
#include <algorithm>
#include <fstream>
#include <numeric>

#include <catch2/catch.hpp>

#include "behaviors/labor/columns.h"
#include "behaviors/labor/money_columns.h"
#include "behaviors/person/columns.h"
#include "scenarios/assemble.h"
#include "scenarios/city/city.h"
#include "scenarios/models/epidemic.h"
#include "scenarios/models/money_tables.h"
#include "scenarios/run.h"
#include "tests/io/scratch.h"

using namespace throng;

namespace {

const std::string tables = std::string(THRONG_SOURCE_DIR) + "/scenarios/nyc/tables/";

person::Geography two_sectors() {
  person::Geography g;
  g.sectors = {"44-45", "52"};
  g.boroughs = {"Bronx"};
  return g;
}

void write(const std::string& path, const char* text) { std::ofstream(path) << text; }

template <class F>
std::string refusal(F&& f) {
  try {
    f();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

ScenarioFile town(const std::vector<std::string>& set = {}, const char* money = "true") {
  std::vector<std::string> all = {
      "population.town.people=3000", "run.steps=121", std::string("money.enabled=") + money,
      "money.stimulus=[{date = 2020-03-10, adult = 1200.0, child = 500.0}]"};
  all.insert(all.end(), set.begin(), set.end());
  return read_scenario(
      full_schema(), std::string(THRONG_SOURCE_DIR) + "/scenarios/labor/labor.toml", {.set = all});
}

const Series& series(const Results& results, const std::string& name) {
  const auto found = std::find_if(results.series.begin(), results.series.end(),
                                  [&](const Series& s) { return s.name == name; });
  REQUIRE(found != results.series.end());
  return *found;
}

i64 sum_of(const Series& s) {
  const auto& values = std::get<std::vector<i64>>(s.values);
  return std::accumulate(values.begin(), values.end(), i64{0});
}

}  // namespace

TEST_CASE("New York's tables of money are read, and a week of 1,500 dollars owes 438.05",
          "[money]") {
  const City city(read_city_tables(tables), 0.01, 1);
  const person::Geography g = geography_of(city);

  const auto pay = read_pay_table(tables + "wages.csv", g);
  const labor::Withholding withheld(read_tax_table(tables + "taxes.csv"));
  const auto shares = read_consumption_table(tables + "consumption.csv", g);

  CHECK(pay.size() == g.sectors.size() * (g.boroughs.size() + 1));
  CHECK(*std::min_element(pay.begin(), pay.end()) >= 200);
  // The same by hand as in the tests of taxes.
  CHECK(withheld.of_week(1'500) == 438'05);
  CHECK(std::accumulate(shares.begin(), shares.end(), 0.0) == Approx(1).margin(1e-5));
}

TEST_CASE("mistakes in tables of money have their place and what to do", "[money]") {
  const Scratch folder;
  write(folder / "pay.csv",
        "sector,borough,weekly_usd\n44-45,Bronx,600\n44-45,Bronks,700\n52,Bronx,900\n"
        "52,Bronx,901\n");
  write(folder / "less.csv", "sector,borough,weekly_usd\n44-45,Bronx,600\n44-45,outside,700\n");
  write(folder / "taxes.csv", "tax,above_usd,rate,source\na,5,0.1,x\nb,0,0.6,x\nb,0,0.5,x\n");
  write(folder / "rates.csv", "tax,above_usd,rate,source\na,0,0.7,x\nb,0,0.6,x\n");
  write(folder / "shares.csv", "sector,share,source\n44-45,0.7,x\n52,0.4,x\n");

  const std::string pay = refusal([&] { read_pay_table(folder / "pay.csv", two_sectors()); });
  INFO(pay);
  CHECK(pay.find("pay.csv:3:7: column 'borough' has 'Bronks' (the population has no such borough). "
                 "Did you mean 'Bronx'?") != std::string::npos);
  CHECK(pay.find("pay.csv:5:1: pay of sector 52 in Bronx stands twice") != std::string::npos);
  const std::string less = refusal([&] { read_pay_table(folder / "less.csv", two_sectors()); });
  CHECK(less.find("pay of sector 52 in Bronx is missing") != std::string::npos);
  const std::string taxes = refusal([&] { read_tax_table(folder / "taxes.csv"); });
  CHECK(taxes.find("taxes.csv:2:3: the first bracket of 'a' does not begin at 0") !=
        std::string::npos);
  CHECK(taxes.find("taxes.csv:4:3: a bracket of 'b' is not above the one before it") !=
        std::string::npos);
  CHECK(refusal([&] { read_tax_table(folder / "rates.csv"); }).find("add up to more than 1") !=
        std::string::npos);
  CHECK(refusal([&] {
          read_consumption_table(folder / "shares.csv", two_sectors());
        }).find("the shares add up to 1.1") != std::string::npos);
}

TEST_CASE("what a scenario says wrongly about money is refused", "[money]") {
  const auto why = [](const std::vector<std::string>& set) { return refusal([&] { town(set); }); };
  CHECK(why({}).find("money.pay.table is missing, and so is money.pay.mean") != std::string::npos);
  CHECK(why({"money.pay.mean=900", "labor.enabled=false"}).find("labor.enabled is not") !=
        std::string::npos);
  CHECK(why({"money.pay.mean=900", "money.benefits.least=600"})
            .find("money.benefits.least is above money.benefits.most") != std::string::npos);
  CHECK(why({"money.pay.mean=900",
             "money.benefits.supplement=[{weekly = 600.0, from = 2020-03-30, to = 2020-03-01}]"})
            .find("before it begins, on 2020-03-30") != std::string::npos);
  CHECK(why({"money.pay.mean=900",
             "money.benefits.supplement=[{weekly = 600.0, from = 2020-03-01, to = 2020-03-30, "
             "paid = 2020-03-30}]"})
            .find("not after its last day") != std::string::npos);
  CHECK(why({"money.pay.mean=900", "labor.works.added_benefits=600.0"})
            .find("people hear of what money.benefits.supplement pays") != std::string::npos);
}

TEST_CASE("people hear of the supplements that are paid, not of those paid later", "[money]") {
  const std::string with_money =
      "money.benefits.supplement=[{weekly = 600.0, from = 2020-01-20, to = 2020-02-09}, {weekly = "
      "300.0, from = 2020-02-10, to = 2020-03-01, paid = 2020-03-10}]";
  const std::string without =
      "labor.works.added_benefits=[{value = 0.0}, {from = 2020-01-20, value = 600.0}, {from = "
      "2020-02-10, value = 0.0}]";
  const std::vector<std::string> rule = {"labor.works.provider=rule", "labor.works.intercept=1.0",
                                         "labor.works.benefits=-2.0", "money.pay.mean=900"};
  const auto unwilling = [&](std::vector<std::string> set, const char* money = "true") {
    set.insert(set.end(), rule.begin(), rule.end());
    const ScenarioFile scenario = town(set, money);
    Run run(Communicator(), scenario, {});
    std::vector<i64> days;
    for (int day = 0; day < 70; ++day) {
      run.step();
      const auto status = run.simulation().population().kind(person::kind).values(labor::status);
      days.push_back(std::count(status.begin(), status.end(), label(labor::Status::not_searching)));
    }
    return days;
  };

  const auto heard = unwilling({with_money});

  CHECK(heard == unwilling({without}, "false"));
  CHECK(heard != unwilling({"money.benefits.supplement=[]"}));
}

TEST_CASE("a town is paid what its scenario says, and accounts hold the rest", "[money]") {
  const ScenarioFile scenario =
      town({"money.pay.mean=900",
            "money.benefits.supplement=[{weekly = 600.0, from = 2020-03-01, to = 2020-03-31}]"});
  Run run(Communicator(), scenario, {.check_order = true});
  Kind& person = run.simulation().population().kind(person::kind);
  run.step();
  // Pay differs by income band, and its mean over people with work at the start is the scenario's,
  // but for the rounding to whole dollars.
  const auto pay = person.values(labor::weekly_pay);
  const auto sector = person.values(person::sector);
  double sum = 0, people = 0;
  for (Row r = 0; r < person.rows(); ++r) {
    if (sector[r] != person::no_sector) {
      sum += pay[r];
      ++people;
    }
  }
  CHECK(sum / people == Approx(900).margin(0.5));
  CHECK(*std::max_element(pay.begin(), pay.end()) > 1'500);

  while (!run.done()) {
    run.step();
  }

  const Results results = run.results(scenario);
  const i64 wages = sum_of(series(results, "money_wages"));
  // The pay of 121 days, for about as many people as work; some lose it.
  CHECK(wages / 100 / 900 * 7 / 121 <= static_cast<i64>(people));
  CHECK(wages / 100 / 900 * 7 / 121 >= static_cast<i64>(people * 0.5));
  CHECK(sum_of(series(results, "money_paid_by_sector")) <= wages);
  CHECK(sum_of(series(results, "money_benefits")) > 0);
  CHECK(sum_of(series(results, "money_taxes")) == 0);  // there is no table of taxes
  const auto age = person.values(person::age);
  const auto adults = std::count_if(age.begin(), age.end(), [](u8 a) { return a >= 18; });
  const auto children = std::count_if(age.begin(), age.end(), [](u8 a) { return a < 17; });
  const i64 stimulus = sum_of(series(results, "money_stimulus"));
  CHECK(stimulus <= (adults * 1'200 + children * 500) * 100);
  CHECK(stimulus >= (adults * 1'200 + children * 500) * 70);
  const auto money = person.values(labor::assets);
  const auto& balance = std::get<std::vector<i64>>(series(results, "money_balance").values);
  const std::size_t accounts = run.simulation().population().kind(labor::account_kind).rows();
  const i64 of_people = std::accumulate(money.begin(), money.end(), i64{0});
  CHECK(std::accumulate(balance.end() - static_cast<std::ptrdiff_t>(accounts), balance.end(),
                        of_people) == 0);
  CHECK(run.simulation().full_hash() == run.simulation().content_hash());
}
