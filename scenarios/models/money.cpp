#include "scenarios/models/money.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "behaviors/labor/money.h"
#include "behaviors/labor/money_parameters.h"
#include "behaviors/person/columns.h"
#include "scenarios/models/money_tables.h"
#include "sim/words.h"

namespace throng {
namespace {

namespace parameters = labor::money_parameters;
using labor::income_bands;

/// Shares before each account and after the last, in units of 2^-20; what sectors leave is bought
/// outside.
std::vector<u32> shares_upto(const std::vector<double>& of_sector) {
  std::vector<u32> upto = {0};
  double sum = 0;
  for (const double share : of_sector) {
    sum += share;
    upto.push_back(
        std::min(labor::whole_index, static_cast<u32>(std::llround(sum * labor::whole_index))));
  }
  upto.insert(upto.end(), {upto.back(), upto.back(), labor::whole_index});
  return upto;
}

/// People with work by sector and income band, over all ranks.
std::vector<i64> count_workers(const Communicator& world, Population& population, u32 sectors) {
  std::vector<i64> count(std::size_t{sectors} * income_bands, 0);
  Kind& person = population.kind(person::kind);
  const auto sector = person.values(person::sector), band = person.values(person::income_band);
  for (Row r = 0; r < person.rows(); ++r) {
    if (sector[r] != person::no_sector) {
      ++count[std::size_t{sector[r]} * income_bands + band[r]];
    }
  }
  world.sum(std::span<i64>(count));
  return count;
}

}  // namespace

std::unique_ptr<MoneyAssembly> MoneyAssembly::of(const Setup& setup, const Calendar& calendar,
                                                 const person::Geography& geography, u32 bands) {
  if (!setup.values.get(parameters::enabled)) {
    return nullptr;
  }
  return std::unique_ptr<MoneyAssembly>(new MoneyAssembly(setup, calendar, geography, bands));
}

MoneyAssembly::MoneyAssembly(const Setup& setup, const Calendar& calendar,
                             const person::Geography& geography, u32 bands)
    : boroughs_(geography.boroughs),
      sectors_(geography.sectors),
      people_of_borough_(geography.people_of_borough),
      band_factor_(setup.values.get(parameters::band_factor)),
      settings_(std::make_shared<labor::MoneySettings>(
          labor::money_settings_from(setup.values, calendar, setup.steps))) {
  labor::MoneySettings& s = *settings_;
  s.sectors = static_cast<u32>(sectors_.size());
  s.boroughs = static_cast<u32>(boroughs_.size());
  s.cells_of_borough = bands;
  const u32 markets = s.sectors * (s.boroughs + 1);
  if (const FilePath* table = setup.values.find(parameters::pay_table)) {
    mean_pay_ = read_pay_table(table->text, geography);
  } else {
    mean_pay_.assign(markets, setup.values.get(parameters::mean_pay));
  }
  if (const FilePath* table = setup.values.find(parameters::tax_table)) {
    s.withholding = labor::Withholding(read_tax_table(table->text));
  }
  const FilePath* consumption = setup.values.find(parameters::consumption_table);
  s.spending.upto =
      shares_upto(consumption != nullptr ? read_consumption_table(consumption->text, geography)
                                         : std::vector<double>(s.sectors, 0.0));
  for (u32 m = 0; m < markets; ++m) {
    const bool in_city = m % (s.boroughs + 1) < s.boroughs;
    s.payer.push_back(in_city ? m / (s.boroughs + 1) : labor::world_of(s.sectors));
  }
}

void MoneyAssembly::populate(const Communicator& world, Population& population) {
  labor::MoneySettings& s = *settings_;
  const auto count = count_workers(world, population, s.sectors);
  s.pay.clear();
  for (u32 m = 0; m < mean_pay_.size(); ++m) {
    const i64* workers = &count[std::size_t{m / (s.boroughs + 1)} * income_bands];
    double people = 0, weight = 0;
    for (u32 band = 0; band < income_bands; ++band) {
      people += static_cast<double>(workers[band]);
      weight += static_cast<double>(workers[band]) * band_factor_[band];
    }
    // Where nobody of a sector works, whoever comes is paid by the factor alone.
    const double scale = people > 0 ? people / weight : 1.0;
    for (u32 band = 0; band < income_bands; ++band) {
      const double pay = std::floor(mean_pay_[m] * band_factor_[band] * scale + 0.5);
      s.pay.push_back(static_cast<u16>(std::min<double>(pay, std::numeric_limits<u16>::max())));
    }
  }
  labor::populate(population, s);
}

void MoneyAssembly::add_to(Simulation& simulation) {
  labor::add_money_to(simulation, settings_);
  auto series = std::make_unique<MoneySeries>(settings_, boroughs_, sectors_, people_of_borough_);
  series_ = series.get();
  simulation.add_recorder(std::move(series));
}

std::vector<Figure> MoneyAssembly::figures() const {
  const auto s = series_->summary();
  const auto usd = [](const char* name, i64 of) {
    return Figure{.name = name, .value = static_cast<double>(of) / 100};
  };
  return {usd("wages_usd", s.wages),       usd("taxes_usd", s.taxes),
          usd("benefits_usd", s.benefits), usd("stimulus_usd", s.stimulus),
          usd("spending_usd", s.spending), {.name = "mean_assets_usd", .value = s.mean_assets}};
}

std::string MoneyAssembly::summary(const Outcome& m) const {
  const auto millions = [&](const char* name) {
    return grouped(static_cast<i64>(std::llround(m.value(name) / 1e6)));
  };
  return formatted(
      "money, million USD   wages %s, taxes %s, benefits %s, single payments %s, spending %s\n",
      millions("wages_usd").c_str(), millions("taxes_usd").c_str(),
      millions("benefits_usd").c_str(), millions("stimulus_usd").c_str(),
      millions("spending_usd").c_str());
}

void declare_money(Schema& schema) { labor::declare_money(schema); }

}  // namespace throng
