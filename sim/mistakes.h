// Mistakes of the user, collected while an input is read and reported at once in the order of the
// input. Each names the check that found it, so that tests can ask whether every check was tried.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "sim/error.h"
#include "sim/raw_value.h"

namespace throng {

struct Mistake {
  SourcePlace place;
  std::string check;  ///< identifier of the check that found it
  std::string text;   ///< problem (why it is one). what to do

  /// "nyc.toml:23:1: problem (why it is one). what to do"
  std::string str() const { return place.str() + ": " + text; }
};

/// The mistakes of one input: an InputError whose entries know their checks and places.
class ReadError : public InputError {
 public:
  explicit ReadError(std::vector<Mistake> mistakes);
  const std::vector<Mistake>& mistakes() const { return mistakes_; }

 private:
  std::vector<Mistake> mistakes_;
};

class Mistakes {
 public:
  void add(SourcePlace place, std::string check, std::string text) {
    list_.push_back({std::move(place), std::move(check), std::move(text)});
  }
  bool empty() const { return list_.empty(); }
  std::size_t size() const { return list_.size(); }
  const std::vector<Mistake>& list() const { return list_; }

  /// Throws ReadError with every mistake once, ordered by place.
  void throw_if_any() const;

 private:
  std::vector<Mistake> list_;
};

}  // namespace throng
