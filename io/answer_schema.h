// What an answer has to look like: a JSON Schema, and the strict reading of a text under it.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "sim/types.h"

namespace throng {

/// An answer as it was read: a number, or why there is none.
struct AnswerReading {
  i64 count = -1;   ///< 0 to 100; -1: none
  std::string why;  ///< in words that can be told to who answered; empty where there is a number
};

/// Read once, used by any thread.
class AnswerSchema {
 public:
  /// `text`: JSON Schema of an object, one of whose required properties is of type integer: the
  /// answer's number. It refers to nothing outside itself. Throws InputError.
  explicit AnswerSchema(const std::string& text);
  AnswerSchema(const AnswerSchema&) = delete;
  AnswerSchema& operator=(const AnswerSchema&) = delete;
  ~AnswerSchema();

  /// Name of the property that is the answer's number.
  const std::string& field() const;
  /// Strictly: the whole text is one JSON object, each key once and named in the schema, no deeper
  /// than 8 levels and no longer than 16 KiB, the number whole and from 0 to 100 whatever the
  /// schema allows. Nothing is searched for in prose.
  AnswerReading read(std::string_view content) const;

 private:
  struct Compiled;
  std::unique_ptr<const Compiled> compiled_;
};

}  // namespace throng
