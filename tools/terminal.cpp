#include "tools/terminal.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <variant>

#include <nlohmann/json.hpp>
#include <sys/ioctl.h>
#include <unistd.h>

#include "io/run_directory.h"
#include "sim/words.h"

namespace throng {
namespace {

/// NaN where there is none at the beginning, so that nothing is said per agent.
double agents_of(const Run& run) {
  return run.agents() == 0 ? std::nan("") : static_cast<double>(run.agents());
}

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : 80;
}

}  // namespace

double StatusLine::elapsed_s() const {
  return std::max(1e-9, std::chrono::duration<double>(clock::now() - began_).count());
}

bool StatusLine::due(bool last) const {
  const double since = std::chrono::duration<double>(clock::now() - last_).count();
  return enabled_ && (last || since >= (terminal_ ? 0.1 : 10.0));
}

void StatusLine::show(const std::string& line) {
  last_ = clock::now();
  shown_ = true;
  if (terminal_) {
    // A line that wraps could not be renewed.
    std::fprintf(stderr, "\r\033[K%s", first_characters(line, terminal_width() - 1).c_str());
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
  std::fflush(stderr);
}

void StatusLine::end() {
  if (terminal_ && shown_) {
    std::fputc('\n', stderr);
  }
  shown_ = false;
}

void Progress::show(const Run& run) {
  const bool last = run.done();
  if (!line_.due(last)) {
    return;
  }
  const Step step = run.simulation().now();
  const double elapsed = line_.elapsed_s();
  const double left = elapsed / step * (run.steps() - step);
  const bool days = run.model().calendar() != nullptr;
  std::string line = (days ? run.when(step) + "  day " : "step ") + std::to_string(step) + "/" +
                     std::to_string(run.steps()) + run.model().progress();
  line += "  " + number_or_dash("%.1f", elapsed * 1e9 / agents_of(run) / step) + " ns/agent-" +
          (days ? "day" : "step");
  line += last ? formatted("  %.1f s", elapsed) : formatted("  %.0f s left", left);
  line_.show(line);
}

namespace {

std::string drawn(const Run& run, const Curve& curve) {
  constexpr std::size_t columns = 72, rows = 8;
  const std::size_t steps = curve.values.size();
  const std::size_t per = std::max<std::size_t>(1, (steps + columns - 1) / columns);
  std::vector<double> bars;
  for (std::size_t d = 0; d < steps; d += per) {
    const std::size_t end = std::min(steps, d + per);
    double sum = 0;
    for (std::size_t k = d; k < end; ++k) {
      sum += static_cast<double>(curve.values[k]);
    }
    bars.push_back(sum / static_cast<double>(end - d));
  }
  const double top = *std::max_element(bars.begin(), bars.end());
  if (top <= 0) {
    return "";
  }
  static constexpr const char* parts[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::string text = curve.title + ", at most " +
                     grouped(*std::max_element(curve.values.begin(), curve.values.end())) +
                     (run.model().calendar() != nullptr ? " a day\n" : "\n");
  for (std::size_t row = rows; row-- > 0;) {
    std::string line = "  ";
    for (const double b : bars) {
      const double eighths = b / top * rows * 8 - static_cast<double>(row) * 8;
      line += parts[static_cast<std::size_t>(
          std::clamp(eighths + (row == 0 && b > 0 ? 0.999 : 0.0), 0.0, 8.0))];
    }
    text += line + "\n";
  }
  const std::string first = run.when(0), last = run.when(run.simulation().now());
  const std::size_t both = first.size() + last.size();
  return text + "  " + first + std::string(bars.size() > both ? bars.size() - both : 1, ' ') +
         last + "\n";
}

}  // namespace

std::string curve(const Run& run) {
  std::string text;
  for (const Curve& c : run.model().curves()) {
    text += drawn(run, c);
  }
  return text;
}

Outcome median(const std::vector<Outcome>& outcomes) {
  Outcome m = outcomes.front();
  for (std::size_t k = 0; k < m.figures.size(); ++k) {
    std::vector<double> values;
    for (const Outcome& o : outcomes) {
      if (!std::isnan(o.figures[k].value)) {
        values.push_back(o.figures[k].value);
      }
    }
    std::sort(values.begin(), values.end());
    const std::size_t n = values.size();
    m.figures[k].value = n == 0 ? std::nan("") : (values[(n - 1) / 2] + values[n / 2]) / 2;
    if (outcomes.size() > 1) {
      m.figures[k].text.clear();
    }
  }
  return m;
}

namespace {

nlohmann::ordered_json json_of(const Outcome& o, bool several) {
  nlohmann::ordered_json j;
  for (const Figure& f : o.figures) {
    if (!f.in_json || (f.type == Figure::Type::text && several)) {
      continue;
    }
    if (f.type == Figure::Type::text) {
      j[f.name] = nullptr;
      if (!f.text.empty()) {
        j[f.name] = f.text;
      }
    } else if (f.type == Figure::Type::count && !several && !std::isnan(f.value)) {
      j[f.name] = static_cast<i64>(f.value);
    } else {
      j[f.name] = f.value;  // of several seeds the median of counts may lie between two
    }
  }
  return j;
}

}  // namespace

std::string summary(const Run& run, const RunFigures& f, const std::vector<Outcome>& outcomes,
                    const std::string& content_hash) {
  const Model& model = run.model();
  const auto [one, many] = model.words();
  const double agents = agents_of(run);
  const Step steps = run.simulation().now();
  std::string t = curve(run);
  if (outcomes.size() > 1 && !t.empty()) {
    t = formatted("seed %llu: ", static_cast<unsigned long long>(outcomes.back().seed)) + t;
  }
  if (outcomes.size() > 1) {
    t += formatted("medians over %zu seeds, from %llu on\n", outcomes.size(),
                   static_cast<unsigned long long>(outcomes.front().seed));
    t += model.spread(outcomes);
  }
  t += formatted("%-20s %s\n", many.c_str(), grouped(run.agents()).c_str());
  t += model.summary(median(outcomes));
  t += formatted(
      "time                 built %.2f s, loop %.2f s, output %.2f s, all %.2f s on %d ranks x %d "
      "threads\n",
      f.build_s, f.loop_s, f.output_s, f.wall_s, f.ranks, f.threads);
  const double per_step =
      f.loop_s * 1e9 / agents / std::max<Step>(1, steps) / static_cast<double>(outcomes.size());
  t += "speed                " + number_or_dash("%.2f ns", per_step) + " per agent-" +
       (model.calendar() != nullptr ? "day\n" : "step\n");
  t += "memory               " +
       number_or_dash("%.1f bytes", static_cast<double>(f.peak_bytes) / agents) + " per " + one +
       formatted(" (%.0f MB at most)\n", static_cast<double>(f.peak_bytes) * 1e-6);
  t += "time by behavior\n";
  for (const Timing& b : run.simulation().timing()) {
    if (b.seconds >= 0.001) {
      t += formatted("  %-12s %-24s %8.3f s\n", b.substep.c_str(), b.behavior.c_str(), b.seconds);
    }
  }
  t += "content hash         " + content_hash + "\n";
  return t;
}

namespace {
std::string in_a_line(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}
}  // namespace

std::string completed_line(const std::string& scenario) {
  return in_a_line({{"scenario", scenario}, {"status", name_of(RunStatus::completed)}});
}

std::string stopped_line(const std::string& scenario, const std::string& by, Step step) {
  return in_a_line({{"scenario", scenario},
                    {"status", name_of(RunStatus::stopped)},
                    {"stopped_by", by},
                    {"step", u64{step}}});
}

std::string json_line(const std::string& scenario, const Run& run, const RunFigures& f,
                      const std::vector<Outcome>& outcomes, const std::string& content_hash) {
  const bool several = outcomes.size() > 1;
  nlohmann::ordered_json j;
  j["scenario"] = scenario;
  j["seed"] = outcomes.front().seed;
  j["agents"] = run.agents();
  j["steps"] = run.simulation().now();
  j["ranks"] = f.ranks;
  j["threads"] = f.threads;
  j["content_hash"] = content_hash;
  for (const Figure& figure : outcomes.front().figures) {
    ensures(!j.contains(figure.name), "a figure of a model has a name of its own in the JSON line");
  }
  j.update(json_of(median(outcomes), several));
  j["build_s"] = f.build_s;
  j["loop_s"] = f.loop_s;
  j["output_s"] = f.output_s;
  j["checkpoint_s"] = f.checkpoint_s;
  j["wall_s"] = f.wall_s;
  j["peak_rss_bytes"] = f.peak_bytes;
  if (several) {
    for (const Outcome& o : outcomes) {
      nlohmann::ordered_json one{{"seed", o.seed}, {"content_hash", o.content_hash}};
      one.update(json_of(o, false));
      j["replicates"].push_back(std::move(one));
    }
  }
  return in_a_line(j);
}

}  // namespace throng
