// Recorded answers for those who ask: alone, or before anybody is asked anew.
#pragma once
#include <map>
#include <vector>

#include "io/asking.h"

namespace throng {

class Cassette;

/// Strict: a question that is not in the cassette is not answered, and its `why` shows the nearest
/// that is. Makes no call.
class ReplayAsker final : public Asker {
 public:
  ReplayAsker(ModelSettings settings, Cassette& cassette)
      : settings_(std::move(settings)), cassette_(cassette) {}
  void at(Step epoch) override;
  u64 begin(std::vector<ModelQuestion> questions, double deadline_s) override;
  std::vector<Reply> finish(u64 batch) override;

 private:
  ModelSettings settings_;
  Cassette& cassette_;
  u64 next_ = 0;
  std::map<u64, std::vector<Reply>> begun_;
};

/// Answers of the cassette where there are any; what is not in it or failed then is asked of
/// another.
class RefreshAsker final : public Asker {
 public:
  RefreshAsker(ModelSettings settings, Cassette& cassette, Asker& live)
      : settings_(std::move(settings)), cassette_(cassette), live_(live) {}
  void at(Step epoch) override;
  u64 begin(std::vector<ModelQuestion> questions, double deadline_s) override;
  std::vector<Reply> finish(u64 batch) override;

 private:
  struct Batch {
    std::vector<Reply> replies;      ///< those of the cassette in place
    std::vector<std::size_t> asked;  ///< positions of the others
    u64 number = 0;                  ///< of the other asker, where it was asked
  };
  ModelSettings settings_;
  Cassette& cassette_;
  Asker& live_;
  u64 next_ = 0;
  std::map<u64, Batch> begun_;
};

}  // namespace throng
