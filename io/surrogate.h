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
  std::string feature, label;  ///< empty where the form has none
  double value = 0;
  std::optional<double> error;  ///< standard error
  std::string note;             ///< source
};
inline constexpr std::string_view form_labels = "intercept,label,number,log1p";

/// How well questions with a label are predicted where they were left out of the fit, each lattice
/// point in its turn. "*": any label of the feature.
struct CertifiedRegion {
  std::string feature, label;
  double error = 0;  ///< root of the mean square, in share
  u64 questions = 0;
};

/// The file.
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

class SurrogateTable final : public DecisionProvider {
 public:
  explicit SurrogateTable(Surrogate surrogate);

  std::string_view name() const override { return "surrogate"; }
  /// Throws InputError where the table does not know one of the features, labels or has no number
  /// to multiply with: all of them at once. Must hold before anything is asked.
  void check(std::string_view decision, std::span<const Feature> features) const;
  /// Each with rung live.
  void answer(const Questions& questions, std::span<Answer> answers) override;

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
  Surrogate surrogate_;
};

}  // namespace throng
