// A readable table that answers instead of a model: share = logistic(sum of coefficients), one for
// each label or number that a question mentions. A CSV file that says what it was fitted to, how
// well, and where it is certified.
#pragma once
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/decision.h"
#include "sim/types.h"

namespace throng {

/// What is added to the sum.
struct Coefficient {
  enum class Form : u8 {
    intercept,
    label,   ///< where the feature has the label; "*": whatever label it has
    number,  ///< times the number that the label stands for
    log1p,   ///< times ln(1 + number)
  };
  Form form = Form::intercept;
  std::string feature{}, label{};  ///< empty where the form has none
  double value = 0;
  std::optional<double> error{};  ///< standard error
  u64 questions = 0;              ///< of those fitted to, how many it is about; 0: not told
  std::string note{};             ///< source
};
/// "intercept", "age=18-29", "cases", "ln(1+cases)".
std::string name_of(const Coefficient& coefficient);
inline constexpr std::string_view form_labels = "intercept,label,number,log1p";

/// How well questions with a label are predicted where they were left out of the fit, each lattice
/// point in its turn. "*": any label of the feature.
struct CertifiedRegion {
  std::string feature, label;
  double error = 0;  ///< root of the mean square, in share
  u64 questions = 0;
};

/// The file: strict CSV (RFC 4180) with the columns part,feature,label,form,value,error,n,note.
///
///   about         feature: what is told; note: the text
///   coefficient   feature, label, form, value, error (standard error, or empty), n, note
///   region        feature, label, value: its error; n: questions
///   inverse       feature, label: names of two coefficients; value: their entry, each pair once
///   limit         feature: error or leverage; value
struct Surrogate {
  /// "decision", "title", "stands_for", "source", ... in order. Some are needed: see
  /// read_surrogate().
  std::vector<std::pair<std::string, std::string>> about;
  std::vector<Coefficient> coefficients;
  std::vector<CertifiedRegion> regions;
  /// Inverse of the information matrix of the fit, [coefficient x coefficient], for a question of
  /// mean weight; empty: nothing is certified.
  std::vector<double> inverse;
  double largest_error = 0;     ///< of a region that is certified, in share
  double largest_leverage = 0;  ///< of a question that is certified: that of no question fitted

  std::string_view text(std::string_view what) const;  ///< of `about`; empty where it is not there
};

/// Strict; `about` has decision, title, stands_for and source. Throws InputError (all mistakes with
/// their line), IoError.
Surrogate read_surrogate(const std::filesystem::path& path);
Surrogate parse_surrogate(std::string text, const std::string& named);
/// What read_surrogate() reads back as the same.
std::string surrogate_text(const Surrogate& surrogate);

class CodedSurrogate;

class SurrogateTable final : public DecisionProvider {
 public:
  explicit SurrogateTable(Surrogate surrogate);

  std::string_view name() const override { return "surrogate"; }
  /// Throws InputError where the table is of another decision, does not know one of the features or
  /// labels, needs one that is not there, or has no number to multiply with: all of them at once.
  /// Must hold before anything is asked.
  void check(std::string_view decision, std::span<const Feature> features) const;
  /// Each with rung live.
  void answer(const Questions& questions, std::span<Answer> answers) override;

  /// ln(p / (1 - p)): the sum of the coefficients.
  double log_odds(std::span<const Feature> features, std::span<const u16> values) const;
  /// The same of many questions, by codes.
  CodedSurrogate coded(std::span<const Feature> features) const;
  /// In units of 2^-20.
  u32 share(std::span<const Feature> features, std::span<const u16> values) const;
  /// Whether the table was shown to predict questions like this one: every label lies in a region
  /// whose error is small enough, and the leverage is that of questions it was fitted to.
  bool certified(std::span<const Feature> features, std::span<const u16> values) const;
  double leverage(std::span<const Feature> features, std::span<const u16> values) const;

  const Surrogate& surrogate() const { return surrogate_; }
  /// Title, what it stands for, source and fit in a few lines, to be printed and recorded.
  std::string provenance() const;

 private:
  friend class CodedSurrogate;
  double term(const Coefficient& coefficient, std::span<const Feature> features,
              std::span<const u16> values) const;
  double factor(const Coefficient& coefficient, const Feature& feature, u16 value) const;
  bool is_certified(const Feature& feature, u16 value) const;
  bool names(const std::string& feature, const std::string& label) const;
  Surrogate surrogate_;
};

/// A table whose words were looked up once, for questions of the same features: the same bits.
class CodedSurrogate {
 public:
  double log_odds(std::span<const u16> values) const;
  u32 share(std::span<const u16> values) const;
  bool certified(std::span<const u16> values) const;

 private:
  friend class SurrogateTable;
  struct Term {
    std::size_t feature = 0;
    double value = 0;
    std::vector<double> factor;  ///< [label]; empty: always 1
    double of(std::span<const u16> values) const {
      return factor.empty() ? 1 : factor[values[feature]];
    }
  };
  std::vector<Term> terms_;
  std::vector<std::vector<u8>> certified_;  ///< [feature][label]
  std::vector<double> inverse_;
  double largest_leverage_ = 0;
};

}  // namespace throng
