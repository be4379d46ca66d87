// A feature of a column of small whole numbers: value v has label "v", up to the last.
#pragma once
#include <string>
#include <string_view>
#include <utility>

#include "sim/archetype.h"

namespace throng::test {

inline RowFeature labelled(std::string name, std::string_view column, u32 labels) {
  RowFeature f;
  f.feature.name = std::move(name);
  f.column = column;
  for (u32 v = 0; v < labels; ++v) {
    f.feature.labels.push_back(std::to_string(v));
    f.feature.numbers.push_back(v);
    f.label_of.push_back(static_cast<u16>(v));
  }
  f.otherwise = static_cast<u16>(labels - 1);
  return f;
}

}  // namespace throng::test
