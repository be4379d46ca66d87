// Tables of money beside a population of two boroughs and two sectors: the parts "pay", "taxes" and
// "consumption".
#include "scenarios/models/money_tables.h"

#include "sim/error.h"
#include "tests/fuzz/fuzz.h"

using namespace throng;

namespace {

person::Geography small_city() {
  person::Geography g;
  g.boroughs = {"Bronx", "Queens"};
  g.sectors = {"44-45", "52"};
  return g;
}

void check(const labor::TaxSchedule& tax) {
  ensures(!tax.brackets.empty() && tax.brackets.front().above == 0, "brackets begin at 0");
  for (std::size_t k = 1; k < tax.brackets.size(); ++k) {
    ensures(tax.brackets[k - 1].above < tax.brackets[k].above, "brackets ascend");
  }
  i64 before = 0;
  for (i64 cents = 0; cents <= 100'000'000'000; cents += 10'000'000'000) {
    const i64 owed = labor::tax_of_year(tax, cents);
    ensures(before <= owed && owed <= cents, "a tax takes no more than there is, nor less of more");
    before = owed;
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Folder folder;
  static const person::Geography city = small_city();
  const fuzz::Parts parts(data, size);
  for (const char* const name : {"pay", "taxes", "consumption"}) {
    folder.write(name, parts[name]);
  }
  fuzz::takes([&] {
    const auto pay = read_pay_table(folder / "pay", city);
    ensures(pay.size() == 6, "work is in a borough or outside");
    for (const double weekly : pay) {
      ensures(weekly >= 1 && weekly <= 20'000, "pay is within its range");
    }
  });
  fuzz::takes([&] {
    for (const labor::TaxSchedule& tax : read_tax_table(folder / "taxes")) {
      check(tax);
    }
  });
  fuzz::takes([&] {
    double sum = 0;
    for (const double share : read_consumption_table(folder / "consumption", city)) {
      ensures(share >= 0 && share <= 1, "a share is within its range");
      sum += share;
    }
    ensures(sum <= 1.001, "shares are parts of one whole");
  });
  return 0;
}
