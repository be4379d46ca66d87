// What a run has spent on answers, kept in its folder as it is spent: a run that is killed and goes
// on knows of calls that came after its last checkpoint, and several seeds share one budget.
#pragma once
#include <string>

#include "io/asking.h"
#include "sim/types.h"

namespace throng {

/// A file of lines "calls tokens cost", cost in millionths. One process writes it.
class Spending {
 public:
  struct Sum {
    i64 calls = 0, tokens = 0, cost = 0;
  };
  explicit Spending(std::string path) : path_(std::move(path)) {}

  /// Of all lines; nothing where no file is. Throws IoError where it is damaged.
  Sum sum() const;
  /// Outlives the process when it returns. Throws IoError.
  void add(const Sum& spent) const;
  /// Of the attempts that were sent.
  static Sum of(const Reply& reply);

 private:
  std::string path_;
};

}  // namespace throng
