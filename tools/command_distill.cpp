// A readable table fitted to the answers that a run has recorded: `throng distill`.
#include <cstdio>
#include <filesystem>
#include <set>

#include "io/asking_json.h"
#include "io/hash.h"
#include "io/publish.h"
#include "io/run_directory.h"
#include "io/surrogate_fit.h"
#include "sim/words.h"
#include "tools/commands.h"
#include "tools/run_files.h"

namespace throng {
namespace {

namespace fs = std::filesystem;

/// The file that a ledger stands in.
std::string file_of(const std::string& ledger) {
  std::error_code ignored;
  return fs::is_directory(ledger, ignored) ? (fs::path(ledger) / "results.h5").string() : ledger;
}

std::string models_of(const Ledger& ledger) {
  std::set<std::string> names;
  for (std::size_t q = 0; q < ledger.questions(); ++q) {
    names.insert(read_canonical(ledger.canonical(q), "ledger").first.model);
  }
  std::string all;
  for (const std::string& name : names) {
    all.append(all.empty() ? "" : ", ").append(name);
  }
  return all;
}

std::string decision_of(const Ledger& ledger, const std::string& named) {
  return named.empty() ? std::string(ledger.decision_of(ledger.asked().front().subject)) : named;
}

void describe(const DistillArguments& a, const std::string& file, const Ledger& ledger,
              const FitData& data, SurrogateReport& report) {
  u64 answers = 0;
  for (const FitPoint& point : data.points) {
    answers += point.answers;
  }
  const std::string model = models_of(ledger), made = ledger.created();
  report.surrogate.about = {
      {"decision", decision_of(ledger, a.decision)},
      {"title", "distilled from " + model},
      {"stands_for", "the answers of " + model + " to the questions of one run"},
      {"source",
       "ledger " + fs::path(file).filename().string() + ", SHA-256 " + sha256_of_file(file)},
      {"run_of", made.empty() ? "not told" : made},
      {"questions", std::to_string(data.points.size()) + " distinct, " + std::to_string(answers) +
                        " answers; " + std::to_string(data.unanswered) + " without one, " +
                        std::to_string(data.audits) + " of audits left out"},
      {"lattice_points", std::to_string(report.lattice_points)},
      {"ridge", formatted("%.3g", report.ridge)},
      {"cv_rmse", formatted("%.4f of share, cross-validated", report.cv_rmse)},
      {"cv_log_loss", formatted("%.4f, cross-validated; %.4f of the mean answer",
                                report.cv_log_loss, report.mean_log_loss)}};
  if (!report.settled) {
    report.surrogate.about.emplace_back(
        "not_settled", "the fit still moved after 100 steps: its coefficients are no estimates");
  }
}

void print(const SurrogateReport& report) {
  std::printf("%s", SurrogateTable(report.surrogate).provenance().c_str());
  std::printf("\n%-44s %10s %10s %8s\n", "coefficient", "value", "error", "n");
  for (const Coefficient& c : report.surrogate.coefficients) {
    std::printf("%-44s %10.4f %10.4f %8llu%s\n", name_of(c).c_str(), c.value, c.error.value_or(0),
                static_cast<unsigned long long>(c.questions),
                c.note.empty() ? "" : ("  " + c.note).c_str());
  }
  std::printf("\n%-44s %10s %21s\n", "left out with its lattice point", "error", "certified");
  for (const CertifiedRegion& r : report.surrogate.regions) {
    std::printf("%-44s %10.4f %21s\n", (r.feature + "=" + r.label).c_str(), r.error,
                r.error <= report.surrogate.largest_error ? "yes" : "no");
  }
  if (report.surrogate.regions.empty()) {
    std::printf("nothing is certified: all questions are of one lattice point\n");
  }
}

}  // namespace

int distill_command(const DistillArguments& a) {
  const std::string file = file_of(a.ledger);
  try {
    if (is_same_place(a.file, file)) {
      throw CannotCreate(a.file +
                         ": is the ledger that is read (it would be lost). Name another file.");
    }
    refuse_to_write_at(a.file);
  } catch (const CannotCreate& error) {
    throw AgreedError(exit_cannot_create, error.what());
  }
  const Ledger ledger = Ledger::open(a.ledger);
  const FitData data = fit_data(ledger, a.decision, file);
  SurrogateReport report =
      fit_surrogate(data, {.folds = 10, .largest_error = a.largest_error}, file);
  describe(a, file, ledger, data, report);
  replace_file(a.file, surrogate_text(report.surrogate));
  print(report);
  return exit_done;
}

}  // namespace throng
