#include "sim/pages.h"

#include <algorithm>
#include <cstdint>
#include <new>

#include <sys/mman.h>

#include "sim/parallel.h"

namespace throng {
namespace {

constexpr std::size_t large = std::size_t{2} << 20;

std::byte* next_large(std::byte* p) {
  return p + (large - reinterpret_cast<std::uintptr_t>(p) % large) % large;
}

}  // namespace

void prefer_large_pages(void* begin, std::size_t bytes) {
  std::byte* const from = next_large(static_cast<std::byte*>(begin));
  std::byte* const end = static_cast<std::byte*>(begin) + bytes;
  if (from < end && static_cast<std::size_t>(end - from) >= large) {
    madvise(from, static_cast<std::size_t>(end - from) / large * large, MADV_HUGEPAGE);
  }
}

Pages::Pages(std::size_t bytes) : bytes_(std::max<std::size_t>(64, bytes)) {
  // The system aligns to small pages: more is taken, and what sticks out is given back.
  const std::size_t more = bytes_ >= large ? bytes_ + large : bytes_;
  void* p = mmap(nullptr, more, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                 -1, 0);
  if (p == MAP_FAILED) {
    throw std::bad_alloc();
  }
  data_ = static_cast<std::byte*>(p);
  if (more != bytes_) {
    std::byte* const aligned = next_large(data_);
    if (aligned != data_) {
      munmap(data_, static_cast<std::size_t>(aligned - data_));
    }
    constexpr std::size_t small = 4096;
    std::byte* const used = aligned + (bytes_ + small - 1) / small * small;
    std::byte* const end = data_ + (more + small - 1) / small * small;
    if (used < end) {
      munmap(used, static_cast<std::size_t>(end - used));
    }
    data_ = aligned;
    prefer_large_pages(data_, bytes_);
  }
}

Pages::~Pages() { munmap(data_, bytes_); }

void Pages::populate(std::size_t bytes) const {
  constexpr std::size_t piece = 2 * large;
  parallel_for((bytes + piece - 1) / piece, bytes, [&](std::size_t k) {
    // Where the system does not know how, the loop waits as it would have.
    madvise(data_ + k * piece, std::min(piece, bytes - k * piece), MADV_POPULATE_WRITE);
  });
}

}  // namespace throng
