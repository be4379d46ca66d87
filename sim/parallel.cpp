#include "sim/parallel.h"

#include <algorithm>
#include <exception>
#include <limits>
#include <mutex>

#include <omp.h>
#include <tbb/parallel_sort.h>
#include <tbb/version.h>

namespace throng {

std::string tbb_version() { return TBB_runtime_version(); }

int thread_count() { return omp_get_max_threads(); }
void set_thread_count(int n) { omp_set_num_threads(n); }
void parallel_sort(std::vector<std::pair<u64, u64>>& items) {
  if (items.size() < 50'000 || thread_count() == 1) {
    std::sort(items.begin(), items.end());
  } else {
    tbb::parallel_sort(items.begin(), items.end());
  }
}

int thread_number() { return omp_get_thread_num(); }

namespace parallel {

void run(std::size_t n, bool serial, Body body, void* context) {
  if (serial || omp_get_max_threads() == 1) {
    for (std::size_t i = 0; i < n; ++i) {
      body(context, i);
    }
    return;
  }
  std::exception_ptr first;
  std::size_t first_at = std::numeric_limits<std::size_t>::max();
  std::mutex guard;
#pragma omp parallel for schedule(dynamic, 1)
  for (std::size_t i = 0; i < n; ++i) {
    try {
      body(context, i);
    } catch (...) {
      const std::lock_guard lock(guard);
      if (i < first_at) {
        first_at = i;
        first = std::current_exception();
      }
    }
  }
  if (first) {
    std::rethrow_exception(first);
  }
}

}  // namespace parallel
}  // namespace throng
