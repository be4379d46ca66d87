#include "sim/mistakes.h"

#include <algorithm>
#include <set>
#include <utility>

namespace throng {
namespace {
std::vector<std::string> texts_of(const std::vector<Mistake>& mistakes) {
  std::vector<std::string> texts;
  texts.reserve(mistakes.size());
  for (const auto& mistake : mistakes) {
    texts.push_back(mistake.str());
  }
  return texts;
}
}  // namespace

ReadError::ReadError(std::vector<Mistake> mistakes)
    : InputError(texts_of(mistakes)), mistakes_(std::move(mistakes)) {}

void Mistakes::throw_if_any() const {
  if (list_.empty()) {
    return;
  }
  std::vector<Mistake> sorted;
  std::set<std::string> told;
  for (const auto& mistake : list_) {
    if (told.insert(mistake.str()).second) {
      sorted.push_back(mistake);
    }
  }
  std::stable_sort(sorted.begin(), sorted.end(), [](const Mistake& a, const Mistake& b) {
    return a.place.order() < b.place.order();
  });
  throw ReadError(std::move(sorted));
}

}  // namespace throng
