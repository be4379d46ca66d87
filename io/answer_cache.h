// Answers on disk that runs and their branches share: SQLite, a key for the very same question
// only. Holds questions and what came of them, and nothing of who asked, where or how.
//
//   questions  key, model, question (canonical JSON)
//   replies    key, ok, attempts (JSON), seal (SHA-256 of key, question and attempts)
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "io/asking.h"

namespace throng {

/// Several processes may have one open at a time, on a disk of the machine they run on (not one of
/// a network, which write-ahead logs do not work on). Any thread may call.
class AnswerCache final : public KnownAnswers {
 public:
  /// Made where nothing is. Throws InputError where the file is something else, or of a newer
  /// program; IoError where it is damaged or cannot be opened.
  explicit AnswerCache(std::string path);
  ~AnswerCache() override;
  AnswerCache(const AnswerCache&) = delete;
  AnswerCache& operator=(const AnswerCache&) = delete;

  /// Answers that were ok, as they came first. Throws IoError where what stands there is damaged.
  std::optional<Reply> find(const std::string& key) override;
  /// Durable when it returns. What is not ok is kept for the record and never found again; of
  /// answers to one question the first stays. Throws IoError.
  void put(const std::string& canonical, const Reply& reply) override;

  /// A cache of its own with all that is in this one, also while others write to it. Nothing stands
  /// at `path` yet. Throws IoError.
  void copy_to(const std::string& path) const;

  struct Counts {
    u64 questions = 0, ok = 0, failed = 0;
  };
  Counts counts() const;
  /// Of a file from anywhere, which is not changed, nor is one beside it: what is only in its log
  /// yet is not looked at. Throws as opening does, and where one of its seals does not fit.
  static Counts examine(const std::string& path);
  const std::string& path() const { return path_; }

 private:
  struct Connection;
  std::string path_;
  mutable std::mutex one_at_a_time_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace throng
