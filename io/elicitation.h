// From what a model answers to a share: counts of a hundred, asked in both orders of the options,
// put straight by a calibration map. Never what a model says in words.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/asking.h"
#include "sim/decision.h"
#include "sim/raw_value.h"

namespace throng {

/// A count of 100 on the scale of log-odds: ln((c + 1/2) / (100 - c + 1/2)). The halves are the
/// continuity correction that keeps 0 and 100 finite. Haldane (1956), Annals of Human Genetics 20,
/// 309-311.
double log_odds_of_count(double count);
/// The inverse, within 0 to 100.
double count_of_log_odds(double log_odds);

/// Share of 1 that two orders say together: the mean of their log-odds; equal counts are kept
/// exactly.
double mean_share(i64 count, i64 count_reversed);

/// To units of 2^-20, nearest; the one time that a share is rounded.
u32 quantized_share(double share);

/// What is done to a model's shares so that they are those of people: fitted for one model, one
/// template and one way of asking. Never falls where the share rises.
class Calibration {
 public:
  /// The identity: not fitted.
  Calibration() = default;
  /// TOML: id, model, template (hash), both_orders, source, and either intercept and slope of
  /// log-odds or points [[share, share], ...] to draw lines through. Throws ReadError with all
  /// mistakes at once.
  static Calibration read(std::string_view toml, std::shared_ptr<const Source> source);
  static Calibration read_file(const std::filesystem::path& path);

  /// Throws InputError where it was fitted for another model, template or way of asking.
  void check(std::string_view model, std::string_view template_hash, bool both_orders) const;
  /// Of a share of 1, in 0 to 1.
  double operator()(double share) const;

  bool is_identity() const { return !logistic_ && points_.empty(); }
  const std::string& id() const { return id_; }  ///< "identity" where it is
  /// SHA-256 of all that it does and is for.
  const std::string& hash() const { return hash_; }
  const std::string& source() const { return source_; }  ///< what it was fitted to

 private:
  friend class CalibrationReader;
  struct Logistic {
    double intercept = 0, slope = 1;
  };
  std::string id_ = "identity", hash_ = identity_hash(), model_, template_, source_;
  bool both_orders_ = true;
  std::optional<Logistic> logistic_;
  std::vector<std::pair<double, double>> points_;
  SourcePlace place_;
  static std::string identity_hash();
};

/// How a share is asked for.
struct Elicitation {
  /// Each question is asked a second time with its options reversed.
  bool both_orders = true;
  Calibration calibration = {};
  std::size_t orders() const { return both_orders ? 2 : 1; }
};

/// The share from the replies to one question, one for each order of the options. It fails where
/// one of them failed: half of an answer is another measurement.
Answer elicited(const Elicitation& elicitation, std::span<const Reply* const> replies);

}  // namespace throng
