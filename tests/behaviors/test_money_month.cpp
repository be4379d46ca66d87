// What many people are paid at the end of a month, against one person at a time.
#include <cstdio>
#include <vector>

#include <catch2/catch.hpp>

#include "behaviors/labor/month_end.h"
#include "tests/behaviors/money_fixture.h"

namespace throng::labor {
namespace {

constexpr Step steps = 200;

struct Columns {
  std::vector<u8> income, band;
  std::vector<StoredStep> since;
  std::vector<u16> pay;
  std::vector<i64> assets;
};

/// Purses of every sort; of any month, since incomes may begin before it, in it and after it.
Columns some_purses(std::size_t n, u64 seed) {
  Columns all;
  for (std::size_t k = 0; k < n; ++k) {
    const u64 x = mix(seed * 1'000'003 + k), y = mix(x + 1), z = mix(x + 2);
    all.income.push_back(static_cast<u8>(x % 5));
    all.band.push_back(static_cast<u8>(x / 5 % income_bands));
    all.since.push_back(static_cast<StoredStep>(y % (steps + 20)));
    all.pay.push_back(static_cast<u16>(y / 1000 % 8 == 0   ? 0
                                       : y / 1000 % 8 == 1 ? 65'535
                                                           : y >> 32 & 0x0FFF));
    const i64 sign = z % 3 == 0 ? -1 : 1;
    all.assets.push_back(z % 7 == 0 ? 0 : sign * static_cast<i64>(z >> (20 + z % 30)));
  }
  return all;
}

}  // namespace

TEST_CASE("people settled together are paid to the cent as one by one", "[money]") {
  const MoneySettings settings = fixture::settings(steps);
  std::size_t compared = 0, different = 0, owing = 0, paid_partly = 0;

  for (const Month& month : settings.months) {
    for (const std::size_t n : {std::size_t{1}, std::size_t{37}, MonthsPay::most}) {
      for (u64 seed = 1; seed <= 20; ++seed) {
        const Columns all = some_purses(n, seed * 100 + month.first);
        MonthsPay together;
        together.settle(settings, month, {all.income, all.since, all.pay, all.band, all.assets});
        std::vector<i64> for_later(n, 0);
        for (const auto& [purse, amount] : together.owed()) {
          for_later[purse] = amount;
        }
        for (std::size_t k = 0; k < n; ++k) {
          const Payments one = settled(settings,
                                       {.income = static_cast<Income>(all.income[k]),
                                        .since = all.since[k],
                                        .pay = all.pay[k],
                                        .band = all.band[k],
                                        .assets = all.assets[k]},
                                       month, month.end, Savings::spent_from);
          different += one.wages != together.wages[k] || one.taxes != together.taxes[k] ||
                       one.benefits != together.benefits[k] || one.pension != together.pension[k] ||
                       one.spending != together.spending[k] || one.change() != together.change[k] ||
                       one.owed != for_later[k];
          ++compared;
          owing += one.owed > 0;
          paid_partly += one.wages > 0 && all.since[k] > month.first;
        }
      }
    }
  }

  std::printf("settled together: n %zu, %zu owed something, %zu paid for a part of a month\n",
              compared, owing, paid_partly);
  CHECK(different == 0);
  CHECK(owing > 100);
  CHECK(paid_partly > 100);
}

}  // namespace throng::labor
