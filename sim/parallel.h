// The one seam between the engine and its parallel back ends (OpenMP for loops, TBB for sorts).
#pragma once
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "sim/types.h"

namespace throng {

/// Release of the library behind parallel_sort.
std::string tbb_version();

/// Threads a parallel loop may use.
int thread_count();
void set_thread_count(int n);
/// Number of the calling thread in [0, thread_count()).
int thread_number();

/// Below this many items of work a loop runs serially: an empty parallel region costs up to 55 us.
inline constexpr u64 serial_below = 512;

namespace parallel {
using Body = void (*)(void* context, std::size_t i);
void run(std::size_t n, bool serial, Body body, void* context);
}  // namespace parallel

/// Calls f(i) for i in [0, n), each i once, on one thread each; `work` is the number of items
/// behind them all. An exception of f is rethrown here (the first by index).
template <class F>
void parallel_for(std::size_t n, u64 work, F&& f) {
  parallel::run(
      n, work < serial_below || n < 2,
      [](void* context, std::size_t i) { (*static_cast<std::remove_reference_t<F>*>(context))(i); },
      const_cast<void*>(static_cast<const void*>(&f)));
}

/// Sorts by key, then by value, on several threads when the list is long.
void parallel_sort(std::vector<std::pair<u64, u64>>& items);

}  // namespace throng
