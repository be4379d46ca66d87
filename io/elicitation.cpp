#include "io/elicitation.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <nlohmann/json.hpp>

#include "io/asking_json.h"
#include "io/hash.h"
#include "io/plain_table.h"
#include "io/prompt_checks.h"
#include "io/safe_text.h"
#include "sim/error.h"
#include "sim/math.h"
#include "sim/words.h"

namespace throng {
namespace {

constexpr double steepest = 20, furthest = 20;
constexpr std::size_t most_points = 1'000;

Rung rung_of(Reply::From from) {
  return is_paid(from) ? Rung::live : from == Reply::From::cache ? Rung::cache : Rung::cassette;
}

bool counted_of_100(const Reply& reply) {
  return reply.ok() && reply.attempts.back().count >= 0 && reply.attempts.back().count <= 100;
}

// Why a reply is no share, in a few words.
std::string failure_of(const Reply& reply) {
  if (reply.attempts.empty()) {
    return "not asked";
  }
  const Attempt& last = reply.attempts.back();
  if (reply.ok()) {
    return "invalid: " + std::to_string(last.count) + " of 100";
  }
  return std::string(word_of(outcome_labels, static_cast<std::size_t>(last.outcome))) +
         (last.why.empty() ? "" : ": ") + first_characters(last.why, 600);
}

}  // namespace

double log_odds_of_count(double count) { return math::log((count + 0.5) / (100.5 - count)); }

double count_of_log_odds(double log_odds) {
  return std::clamp(101.0 / (1.0 + math::exp(-log_odds)) - 0.5, 0.0, 100.0);
}

double mean_share(i64 count, i64 count_reversed) {
  if (count == count_reversed) {
    return static_cast<double>(count) / 100.0;
  }
  const double mean = (log_odds_of_count(static_cast<double>(count)) +
                       log_odds_of_count(static_cast<double>(count_reversed))) /
                      2.0;
  return count_of_log_odds(mean) / 100.0;
}

u32 quantized_share(double share) {
  ensures(share >= 0 && share <= 1, "a share is in 0 to 1");
  return static_cast<u32>(std::floor(share * whole_share + 0.5));
}

Answer elicited(const Elicitation& elicitation, std::span<const Reply* const> replies) {
  ensures(replies.size() == elicitation.orders(), "a reply to each order of the options");
  Rung rung = Rung::live;
  for (std::size_t order = 0; order < replies.size(); ++order) {
    if (!counted_of_100(*replies[order])) {
      return {0, Rung::none,
              failure_of(*replies[order]) + (order == 1 ? " (options reversed)" : "")};
    }
    rung = std::max(rung, rung_of(replies[order]->from));
  }
  const i64 first = replies.front()->attempts.back().count;
  const i64 last = replies.back()->attempts.back().count;
  return {quantized_share(elicitation.calibration(mean_share(first, last))), rung};
}

double Calibration::operator()(double share) const {
  if (logistic_) {
    return count_of_log_odds(logistic_->intercept +
                             logistic_->slope * log_odds_of_count(100.0 * share)) /
           100.0;
  }
  if (points_.empty()) {
    return share;
  }
  const auto above = std::lower_bound(points_.begin() + 1, points_.end() - 1, share,
                                      [](const auto& point, double x) { return point.first < x; });
  const auto& [x1, y1] = *above;
  const auto& [x0, y0] = *(above - 1);
  return std::clamp(y0 * ((x1 - share) / (x1 - x0)) + y1 * ((share - x0) / (x1 - x0)), y0, y1);
}

void Calibration::check(std::string_view model, std::string_view template_hash,
                        bool both_orders) const {
  if (is_identity()) {
    return;
  }
  std::vector<std::string> mistakes;
  const auto refuse = [&](const std::string& what, const std::string& fitted,
                          const std::string& asked) {
    mistakes.push_back(place_.str() + ": the calibration map '" + id_ + "' was fitted for " + what +
                       " " + fitted + " (this decision has " + asked +
                       "). Name the map that was fitted for it, or none.");
  };
  if (model_ != model) {
    refuse("model", model_, std::string(model));
  }
  if (template_ != template_hash) {
    refuse("template", template_, std::string(template_hash));
  }
  if (both_orders_ != both_orders) {
    refuse("answers with both_orders =", both_orders_ ? "true" : "false",
           both_orders ? "true" : "false");
  }
  if (!mistakes.empty()) {
    throw InputError(mistakes);
  }
}

std::string Calibration::identity_hash() { return sha256(R"({"map":"identity"})"); }

class CalibrationReader {
 public:
  CalibrationReader(std::string_view toml, std::shared_ptr<const Source> source)
      : keys_(toml, std::move(source), "a calibration map", mistakes_) {}

  Calibration read() {
    made_.place_ = keys_.place();
    made_.id_ = words("id", 100);
    made_.model_ = words("model", 200);
    made_.source_ = words("source", 1'000);
    made_.template_ = words("template", 64);
    const auto hexadecimal = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    };
    if (!made_.template_.empty() &&
        (made_.template_.size() != 64 ||
         !std::all_of(made_.template_.begin(), made_.template_.end(), hexadecimal))) {
      report(mistakes_, keys_.place_of("template"), check::map_text,
             {"template", "is no hash of a template (64 hexadecimal digits)"});
    }
    made_.both_orders_ = keys_.flag("both_orders").value_or(true);
    read_map();
    keys_.refuse_others();
    mistakes_.throw_if_any();
    made_.hash_ = sha256(canonical().dump());
    return std::move(made_);
  }

 private:
  std::string words(std::string_view key, std::size_t characters) {
    const std::string* text = keys_.text(key);
    const std::string problem =
        text == nullptr ? std::string() : flaw_of_text(*text, characters, Lines::one);
    if (!problem.empty()) {
      report(mistakes_, keys_.place_of(key), check::map_text, {key, problem});
    }
    return text == nullptr || !problem.empty() ? std::string() : *text;
  }

  void read_map() {
    const bool logistic = keys_.has("intercept") || keys_.has("slope");
    if (logistic == keys_.has("points")) {
      report(mistakes_, keys_.place_of("points"), check::map_kind,
             {logistic ? "both intercept and slope, and points"
                       : "neither intercept and slope, nor points"});
    }
    if (logistic) {
      read_logistic();
    }
    read_points();
  }

  void read_logistic() {
    made_.logistic_ = Calibration::Logistic{};
    if (const auto slope = keys_.number("slope")) {
      made_.logistic_->slope = *slope;
      if (!(*slope > 0) || *slope > steepest) {
        report(mistakes_, keys_.place_of("slope"), check::map_slope,
               {shown_number(*slope), plain_number(steepest)});
      }
    }
    if (const auto intercept = keys_.number("intercept")) {
      made_.logistic_->intercept = *intercept;
      if (std::abs(*intercept) > furthest) {
        const std::string most = plain_number(furthest);
        report(mistakes_, keys_.place_of("intercept"), check::map_intercept,
               {shown_number(*intercept), most, most});
      }
    }
  }

  static std::string shown_number(double number) { return nlohmann::json(number).dump(); }

  static std::optional<double> share_in(const RawValue& value) {
    const i64* whole = value.as<i64>();
    const double* number = value.as<double>();
    const double share = whole != nullptr    ? static_cast<double>(*whole)
                         : number != nullptr ? *number
                                             : -1;
    return share >= 0 && share <= 1 ? std::optional(share) : std::nullopt;
  }

  void wrong_points(const SourcePlace& place, const std::string& problem) {
    report(mistakes_, place, check::map_points, {problem, std::to_string(most_points)});
  }

  void read_points() {
    const bool there = keys_.has("points");
    const RawArray* list = keys_.list("points");
    if (!there || list == nullptr) {
      return;
    }
    if (list->size() < 2 || list->size() > most_points) {
      wrong_points(keys_.place_of("points"), "are " + std::to_string(list->size()));
      return;
    }
    for (const RawValue& item : *list) {
      const RawArray* pair = item.as<RawArray>();
      const bool is_pair = pair != nullptr && pair->size() == 2;
      const auto from = is_pair ? share_in((*pair)[0]) : std::nullopt;
      const auto to = is_pair ? share_in((*pair)[1]) : std::nullopt;
      if (!from || !to) {
        wrong_points(item.place, "have an entry that is no pair of shares from 0 to 1");
        return;
      }
      made_.points_.emplace_back(*from, *to);
    }
    check_order(*list);
  }

  void check_order(const RawArray& list) {
    const auto& points = made_.points_;
    for (std::size_t k = 0; k < points.size(); ++k) {
      const bool rises = k == 0 ? points[k].first == 0
                                : points[k].first > points[k - 1].first &&
                                      points[k].second >= points[k - 1].second;
      const bool ends = k + 1 < points.size() || points[k].first == 1;
      if (!rises || !ends) {
        report(mistakes_, list[k].place, check::map_order, {std::to_string(k + 1)});
      }
    }
  }

  nlohmann::json canonical() const {
    nlohmann::json all = {{"both_orders", made_.both_orders_},
                          {"id", made_.id_},
                          {"model", made_.model_},
                          {"source", made_.source_},
                          {"template", made_.template_}};
    if (made_.logistic_) {
      all["intercept"] = made_.logistic_->intercept;
      all["slope"] = made_.logistic_->slope;
    } else {
      all["points"] = made_.points_;
    }
    return all;
  }

  Mistakes mistakes_;
  PlainTable keys_;
  Calibration made_;
};

Calibration Calibration::read(std::string_view toml, std::shared_ptr<const Source> source) {
  return CalibrationReader(toml, std::move(source)).read();
}

Calibration Calibration::read_file(const std::filesystem::path& path) {
  const auto [text, source] = read_small_file(path.string());
  return read(text, source);
}

}  // namespace throng
