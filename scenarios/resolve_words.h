// The words of messages about values: what was written, what was expected, and what a misspelled
// key may mean.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "sim/parameter.h"
#include "sim/raw_value.h"

namespace throng {

std::string in_quotes(std::string_view text);
std::string joined(const std::vector<std::string>& list);
/// Of a long text the beginning: the place leads to the rest.
std::string excerpt(const std::string& text);
/// "the whole number 3"
std::string described(const RawValue& raw);

/// What a type is called, and how one of it is written.
struct TypeWords {
  std::string_view expected;
  std::string_view example;
};
TypeWords words_of(ValueType type);

/// Whether it is empty: such a text or list shows nobody how to write one.
bool is_blank(const Value& value);
/// "0.0 to 20.0 [1/day]", "at least 1"
std::string range_text(const Declaration& d);

/// Where in a whole schema a key stands, for who wrote it elsewhere.
class KeysInFull {
 public:
  explicit KeysInFull(const Fields& fields) : fields_(fields) {}
  /// The same key in another section, or what a section of that name has, or else what this table
  /// does know. Parameters go before sections: they can be written as they are named.
  std::string elsewhere(const std::string& key, const std::string& path,
                        const std::vector<std::string>& known);

 private:
  /// A key that a misspelled one may mean, and what stands for it in full: itself, or what the
  /// section of that name has.
  struct Candidate {
    std::string key;
    std::vector<std::string> names;
  };
  void collect(const Fields& fields, const std::string& prefix, std::vector<Candidate>& sections);

  const Fields& fields_;
  std::vector<Candidate> candidates_;  // once a key is unknown
  std::vector<std::string> keys_;      // of these
};

}  // namespace throng
