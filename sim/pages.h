// Memory from the system, on large pages where it is long: rows are looked up all over columns of
// many megabytes, and with small pages the processor spends more time finding a page than reading
// it.
#pragma once
#include <cstddef>
#include <vector>

namespace throng {

/// Asks for large pages between the addresses; the ends that fill no whole one stay on small pages.
/// To be called before the memory is first written. Where the system has none, nothing changes.
void prefer_large_pages(void* begin, std::size_t bytes);

/// `n` zeros.
template <class T>
std::vector<T> zeros_on_large_pages(std::size_t n) {
  std::vector<T> values;
  values.reserve(n);
  prefer_large_pages(values.data(), n * sizeof(T));
  values.resize(n);
  return values;
}

/// Zero bytes that never move: address space until touched, aligned to large pages where these are
/// used.
class Pages {
 public:
  explicit Pages(std::size_t bytes);
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  ~Pages();
  std::byte* data() const { return data_; }
  /// Has the system give the memory of the first ones now, so that no step waits for it: a page
  /// that is first written in the loop costs more than the row it is written for.
  void populate(std::size_t bytes) const;

 private:
  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace throng
