// A growing list of texts as two arrays: their bytes, and where each ends. What a checkpoint can
// carry of texts.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "sim/restart.h"
#include "sim/types.h"

namespace throng {

class Texts {
 public:
  std::size_t size() const { return ends_.size(); }
  std::string_view operator[](std::size_t k) const {
    const u64 from = k == 0 ? 0 : ends_[k - 1];
    return std::string_view(reinterpret_cast<const char*>(bytes_.data()), bytes_.size())
        .substr(from, ends_[k] - from);
  }
  void add(std::string_view text) {
    bytes_.insert(bytes_.end(), text.begin(), text.end());
    ends_.push_back(bytes_.size());
  }
  std::vector<std::string> all() const {
    std::vector<std::string> texts;
    texts.reserve(size());
    for (std::size_t k = 0; k < size(); ++k) {
      texts.emplace_back((*this)[k]);
    }
    return texts;
  }
  void keep(Keeper& keeper, const std::string& name) {
    keeper.grows(name + "/bytes", bytes_);
    keeper.grows(name + "/ends", ends_);
  }

 private:
  std::vector<u8> bytes_;
  std::vector<u64> ends_;
};

}  // namespace throng
