// A recorded run's ledger as answers: the same question at the same epoch has the same attempts,
// failures included. Nothing is ever added.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "io/asking.h"
#include "io/ledger.h"

namespace throng {

class Cassette final : public KnownAnswers {
 public:
  explicit Cassette(Ledger ledger);

  /// The epoch that questions are of from now on: a question that was asked at several has what
  /// came of it then or, where it was not asked then, at the last epoch before or else the first.
  /// Without a word of the epoch: at the last.
  void at(Step epoch) { epoch_ = epoch; }
  std::optional<Reply> find(const std::string& key) override;
  /// Of a strict replay nothing comes over the network: throws ContractError.
  void put(const std::string& canonical, const Reply& reply) override;

  /// Of a question that was not recorded: which of those that were is nearest, which fields differ,
  /// and the first words that do. Ends with a period; a few lines at most.
  std::string nearest(const std::string& canonical) const;
  const Ledger& ledger() const { return ledger_; }

 private:
  Ledger ledger_;
  /// [question]: by epoch its rows in ledger_.attempts().
  std::vector<std::map<Step, std::vector<u32>>> tried_;
  std::optional<Step> epoch_;
};

}  // namespace throng
