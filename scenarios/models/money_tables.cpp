#include "scenarios/models/money_tables.h"

#include <algorithm>
#include <cmath>

#include "io/csv_file.h"
#include "sim/words.h"

namespace throng {
namespace {

constexpr std::string_view outside = "outside";

/// Position of a word in a list; a mistake where it is not there.
std::size_t position(const CsvTable& table, std::size_t row, std::string_view column,
                     const std::vector<std::string>& known, Mistakes& mistakes) {
  const std::string& word = table.texts(column)[row];
  const auto at = std::find(known.begin(), known.end(), word);
  if (at == known.end()) {
    mistakes.add(table.place_of(row, column), "money_unknown",
                 "column '" + std::string(column) + "' has '" + word +
                     "' (the population has no such " + std::string(column) + ")." +
                     did_you_mean(word, known, " Correct it."));
  }
  return static_cast<std::size_t>(at - known.begin());
}

void refuse_again(const CsvTable& table, std::size_t row, std::string_view column,
                  const std::string& what, Mistakes& mistakes) {
  mistakes.add(table.place_of(row, column), "money_twice",
               what + " stands twice (which row counts?). Remove one.");
}

}  // namespace

std::vector<double> read_pay_table(const std::filesystem::path& path,
                                   const person::Geography& geography) {
  const CsvColumn columns[] = {
      {.name = "sector", .type = CsvType::text, .unit = "label", .doc = "Code.", .required = true},
      {.name = "borough",
       .type = CsvType::text,
       .unit = "label",
       .doc = "Of the work; 'outside' for work outside.",
       .required = true},
      {.name = "weekly_usd",
       .type = CsvType::number,
       .unit = "USD/week",
       .doc = "Mean pay.",
       .required = true,
       .min = 1,
       .max = 20'000}};
  Mistakes mistakes;
  const CsvTable table = read_csv(path, 1, columns, mistakes);
  mistakes.throw_if_any();
  std::vector<std::string> places = geography.boroughs;
  places.emplace_back(outside);
  std::vector<double> pay(geography.sectors.size() * places.size(), 0.0);
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::size_t known = mistakes.size();
    const std::size_t k = position(table, row, "sector", geography.sectors, mistakes),
                      b = position(table, row, "borough", places, mistakes);
    if (mistakes.size() != known) {
      continue;
    }
    double& cell = pay[k * places.size() + b];
    if (cell != 0) {
      refuse_again(table, row, "sector",
                   "pay of sector " + geography.sectors[k] + " in " + places[b], mistakes);
    }
    cell = table.numbers("weekly_usd")[row];
  }
  mistakes.throw_if_any();
  for (std::size_t c = 0; c < pay.size(); ++c) {
    if (pay[c] == 0) {
      mistakes.add(table.place(), "money_missing",
                   "pay of sector " + geography.sectors[c / places.size()] + " in " +
                       places[c % places.size()] +
                       " is missing (somebody may work there). Add a row.");
    }
  }
  mistakes.throw_if_any();
  return pay;
}

std::vector<labor::TaxSchedule> read_tax_table(const std::filesystem::path& path) {
  const CsvColumn columns[] = {
      {.name = "tax", .type = CsvType::text, .unit = "label", .doc = "Name.", .required = true},
      {.name = "above_usd",
       .type = CsvType::number,
       .unit = "USD",
       .doc = "A year's wages from which on the rate applies.",
       .required = true,
       .max = 1e9},
      {.name = "rate",
       .type = CsvType::number,
       .doc = "Of each dollar between this threshold and the next.",
       .required = true,
       .max = 1},
      {.name = "source",
       .type = CsvType::text,
       .unit = "text",
       .doc = "Source.",
       .required = true}};
  Mistakes mistakes;
  const CsvTable table = read_csv(path, 1, columns, mistakes);
  mistakes.throw_if_any();
  std::vector<labor::TaxSchedule> taxes;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::string& name = table.texts("tax")[row];
    const i64 above = std::llround(table.numbers("above_usd")[row] * 100);
    auto tax = std::find_if(taxes.begin(), taxes.end(),
                            [&](const labor::TaxSchedule& t) { return t.name == name; });
    if (tax == taxes.end()) {
      taxes.push_back({.name = name, .brackets = {}});
      tax = std::prev(taxes.end());
    }
    const bool first = tax->brackets.empty();
    if (first ? above != 0 : above <= tax->brackets.back().above) {
      mistakes.add(table.place_of(row, "above_usd"), "money_brackets",
                   first ? "the first bracket of '" + name +
                               "' does not begin at 0 (what lies below it?). Add one of rate 0."
                         : "a bracket of '" + name +
                               "' is not above the one before it (brackets ascend). Sort them.");
    }
    tax->brackets.push_back(
        {.above = above, .rate = std::llround(table.numbers("rate")[row] * 1e6)});
  }
  i64 highest = 0;
  for (const labor::TaxSchedule& tax : taxes) {
    highest += std::max_element(tax.brackets.begin(), tax.brackets.end(), [](auto& a, auto& b) {
                 return a.rate < b.rate;
               })->rate;
  }
  if (highest > 1'000'000) {
    mistakes.add(table.place(), "money_rates",
                 "the highest rates of all taxes add up to more than 1 (a dollar more would leave "
                 "less). Lower them.");
  }
  mistakes.throw_if_any();
  return taxes;
}

std::vector<double> read_consumption_table(const std::filesystem::path& path,
                                           const person::Geography& geography) {
  const CsvColumn columns[] = {
      {.name = "sector", .type = CsvType::text, .unit = "label", .doc = "Code.", .required = true},
      {.name = "share",
       .type = CsvType::number,
       .doc = "Share of all spending.",
       .required = true,
       .max = 1},
      {.name = "source",
       .type = CsvType::text,
       .unit = "text",
       .doc = "Source.",
       .required = true}};
  Mistakes mistakes;
  const CsvTable table = read_csv(path, 1, columns, mistakes);
  mistakes.throw_if_any();
  std::vector<double> shares(geography.sectors.size(), -1.0);
  double sum = 0;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::size_t k = position(table, row, "sector", geography.sectors, mistakes);
    if (k < shares.size()) {
      if (shares[k] >= 0) {
        refuse_again(table, row, "sector", "the share of sector " + geography.sectors[k], mistakes);
      }
      sum += shares[k] = table.numbers("share")[row];
    }
  }
  if (sum > 1 + 1e-5) {
    mistakes.add(table.place(), "money_shares",
                 "the shares add up to " + std::to_string(sum) +
                     " (all of spending is 1; what they leave is bought outside). Lower them.");
  }
  mistakes.throw_if_any();
  std::replace_if(
      shares.begin(), shares.end(), [](double s) { return s < 0; }, 0.0);
  return shares;
}

}  // namespace throng
