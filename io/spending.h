// What a run has spent on answers, kept in its folder as it is spent: a run that is killed and goes
// on knows of calls that came after its last checkpoint, and several seeds share one budget.
#pragma once
#include <set>
#include <string>

#include "io/asking.h"
#include "sim/types.h"

namespace throng {

/// A file of lines "calls tokens cost decision seed key", cost in millionths; several decisions of
/// a run, and seeds, share it. One process writes it.
class Spending {
 public:
  struct Sum {
    i64 calls = 0, tokens = 0, cost = 0;
  };
  /// What is read and added is of one decision, of a run of one seed.
  Spending(std::string path, std::string decision, u64 seed)
      : path_(std::move(path)), decision_(std::move(decision)), seed_(seed) {}

  /// Of all seeds; nothing where no file is. Throws IoError where it is damaged.
  Sum sum() const;
  /// Keys of questions that this seed has paid an answer of.
  std::set<std::string> answered() const;
  /// Outlives the process when it returns. `key`: of the question that was answered; empty where
  /// none was. Throws IoError.
  void add(const Sum& spent, const std::string& key) const;
  /// Of the attempts that were sent.
  static Sum of(const Reply& reply);

  /// Of a whole file, whoever spent it. Throws IoError where it is damaged or cannot be read.
  static Sum of_all(const std::string& path);

 private:
  std::string path_, decision_;
  u64 seed_;
};

}  // namespace throng
