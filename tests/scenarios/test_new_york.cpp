// New York from its tables: the fit report's pass lines, invariants, independence of ranges and threads.
#include <chrono>
#include <iostream>

#include <catch2/catch.hpp>

#include "scenarios/city/city.h"
#include "scenarios/city/fit.h"
#include "sim/parallel.h"

using namespace throng;

namespace {


double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

TEST_CASE("print the fit report and the time to build New York", "[.report]") {
  for (const double scale : {1.0}) {
    auto start = std::chrono::steady_clock::now();
    const CityTables read = read_city_tables(THRONG_SOURCE_DIR "/scenarios/nyc/tables");
    std::cout << "tables read in " << seconds_since(start) << " s\n";
    start = std::chrono::steady_clock::now();
    const City city(read, scale, 1);
    std::cout << "scale " << scale << ": " << city.people() << " people, " << city.places()
              << " places, plan in " << seconds_since(start) << " s\n";
    start = std::chrono::steady_clock::now();
    const BuiltPopulation built(city);
    std::cout << "people and places in " << seconds_since(start) << " s on " << thread_count()
              << " threads\n";
    std::cout << check_fit(city).text();
  }
}
