#include "tools/terminal.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <variant>

#include <nlohmann/json.hpp>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sim/words.h"

namespace throng {
namespace {

std::string format(const char* pattern, auto... values) {
  char text[512];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : 80;
}

/// The first characters of UTF-8 text, never half a character.
std::string shortened(const std::string& text, std::size_t characters) {
  std::size_t at = 0;
  for (std::size_t n = 0; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
    if (begins && n++ == characters) {
      break;
    }
  }
  return text.substr(0, at);
}

/// A number, or "-" where there is none.
std::string number(const char* pattern, double value) {
  return std::isnan(value) ? "-" : format(pattern, value);
}

std::string short_count(i64 n) {
  const double v = static_cast<double>(n);
  return n >= 10'000'000  ? format("%.1fM", v * 1e-6)
         : n >= 1'000'000 ? format("%.2fM", v * 1e-6)
         : n >= 10'000    ? format("%.0fk", v * 1e-3)
                          : std::to_string(n);
}

}  // namespace

std::string grouped(i64 n) {
  const std::string digits = std::to_string(n);
  const std::size_t sign = n < 0 ? 1 : 0;
  std::string text;
  for (std::size_t at = 0; at < digits.size(); ++at) {
    if (at > sign && (digits.size() - at) % 3 == 0) {
      text += ',';
    }
    text += digits[at];
  }
  return text;
}

void Progress::show(const Run& run) {
  if (!enabled_) {
    return;
  }
  const auto now = clock::now();
  const double since = std::chrono::duration<double>(now - last_).count();
  const bool last = run.done();
  if (!last && since < (terminal_ ? 0.1 : 10.0)) {
    return;
  }
  last_ = now;
  shown_ = true;
  const Step step = run.simulation().now();
  const double elapsed = std::max(1e-9, std::chrono::duration<double>(now - began_).count());
  const double left = elapsed / step * (run.steps() - step);
  std::string line = run.calendar().date_of(step).str() + "  day " + std::to_string(step) + "/" +
                     std::to_string(run.steps());
  const auto counts = run.series().stage_counts();
  const auto& stages = run.settings().history->stages();
  for (std::size_t s = 0; s < counts.size(); ++s) {
    line +=
        "  " + shortened(stages[s].name, stages.size() > 5 ? 4 : 11) + " " + short_count(counts[s]);
  }
  line += format("  %.1f ns/agent-day", elapsed * 1e9 / static_cast<double>(run.people()) / step);
  line += last ? format("  %.1f s", elapsed) : format("  %.0f s left", left);
  if (terminal_) {
    // A line that wraps could not be renewed.
    std::fprintf(stderr, "\r\033[K%s", shortened(line, terminal_width() - 1).c_str());
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
  std::fflush(stderr);
}

Progress::~Progress() {
  if (terminal_ && shown_) {
    std::fputc('\n', stderr);
  }
}

std::string curve(const Run& run) {
  Results r;
  run.series().write(r);
  const auto find = [&](const std::string& name) {
    std::vector<i64> daily;
    for (const Series& s : r.series) {
      if (s.name == name) {
        const auto& v = std::get<std::vector<i64>>(s.values);
        const std::size_t days = run.simulation().now() + 1, width = v.size() / days;
        for (std::size_t d = 0; d < days; ++d) {
          i64 sum = 0;
          for (std::size_t k = 0; k < width; ++k) {
            sum += v[d * width + k];
          }
          daily.push_back(sum);
        }
      }
    }
    return daily;
  };
  const auto draw = [&](const std::string& title, const std::vector<i64>& daily) {
    constexpr std::size_t columns = 72, rows = 8;
    const std::size_t per = std::max<std::size_t>(1, (daily.size() + columns - 1) / columns);
    std::vector<double> bars;
    for (std::size_t d = 0; d < daily.size(); d += per) {
      const std::size_t end = std::min(daily.size(), d + per);
      double sum = 0;
      for (std::size_t k = d; k < end; ++k) {
        sum += static_cast<double>(daily[k]);
      }
      bars.push_back(sum / static_cast<double>(end - d));
    }
    const double top = *std::max_element(bars.begin(), bars.end());
    if (top <= 0) {
      return std::string();
    }
    static constexpr const char* parts[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    std::string text =
        title + ", at most " + grouped(*std::max_element(daily.begin(), daily.end())) + " a day\n";
    for (std::size_t row = rows; row-- > 0;) {
      std::string line = "  ";
      for (const double b : bars) {
        const double eighths = b / top * rows * 8 - static_cast<double>(row) * 8;
        line += parts[static_cast<std::size_t>(
            std::clamp(eighths + (row == 0 && b > 0 ? 0.999 : 0.0), 0.0, 8.0))];
      }
      text += line + "\n";
    }
    const std::string first = run.calendar().date_of(0).str(),
                      last = run.calendar().date_of(run.simulation().now()).str();
    text += "  " + first + std::string(bars.size() > 20 ? bars.size() - 20 : 1, ' ') + last + "\n";
    return text;
  };
  return draw("Infections", find("infections")) + draw("Deaths", find("deaths"));
}

Outcome median(const std::vector<Outcome>& outcomes) {
  const auto middle = [&](auto member) {
    auto values = std::vector{outcomes.front().*member};
    for (std::size_t k = 1; k < outcomes.size(); ++k) {
      values.push_back(outcomes[k].*member);
    }
    std::sort(values.begin(), values.end());
    return values[(values.size() - 1) / 2];
  };
  Outcome m = outcomes.front();
  m.attack_rate = middle(&Outcome::attack_rate);
  m.infections = middle(&Outcome::infections);
  m.deaths = middle(&Outcome::deaths);
  return m;
}

namespace {

/// The spread over seeds; nothing where there is one.
std::string spread(const std::vector<Outcome>& outcomes) {
  if (outcomes.size() < 2) {
    return "";
  }
  const auto by_rate = [](const Outcome& a, const Outcome& b) {
    return a.attack_rate < b.attack_rate;
  };
  const auto by_deaths = [](const Outcome& a, const Outcome& b) { return a.deaths < b.deaths; };
  const auto [low, high] = std::minmax_element(outcomes.begin(), outcomes.end(), by_rate);
  const auto [few, many] = std::minmax_element(outcomes.begin(), outcomes.end(), by_deaths);
  const Outcome m = median(outcomes);
  std::string t = format("over %zu seeds, from %llu on\n", outcomes.size(),
                         static_cast<unsigned long long>(outcomes.front().seed));
  t += format("  attack rate        median %.1f %%, from %.1f to %.1f\n", 100 * m.attack_rate,
              100 * low->attack_rate, 100 * high->attack_rate);
  t += format("  deaths             median %s, from %s to %s\n", grouped(m.deaths).c_str(),
              grouped(few->deaths).c_str(), grouped(many->deaths).c_str());
  return t + format("the last of them, seed %llu\n",
                    static_cast<unsigned long long>(outcomes.back().seed));
}

}  // namespace

std::string summary(const Run& run, const RunFigures& f, const std::vector<Outcome>& outcomes) {
  const auto s = run.series().summary();
  const auto people = static_cast<double>(run.people());
  const Step steps = run.simulation().now();
  std::string t = curve(run) + spread(outcomes);
  t += format("people               %s\n", grouped(run.people()).c_str());
  t += format("infections           %s  (attack rate %.1f %%)\n", grouped(s.infections).c_str(),
              100 * s.attack_rate());
  if (s.peak_step) {
    t += format("peak                 %s infections on %s\n", grouped(s.peak_infections).c_str(),
                run.calendar().date_of(*s.peak_step).str().c_str());
  }
  t += format("deaths               %s\n", grouped(s.deaths).c_str());
  t += format("hospital beds        at most %s in use\n", grouped(s.peak_beds).c_str());
  t += format("reported cases       %s\n", grouped(s.reported).c_str());
  const auto& history = *run.settings().history;
  std::vector<double> bands(run.settings().bands, 1.0 / run.settings().bands);
  if (const auto* ng = run.next_generation()) {
    std::fill(bands.begin(), bands.end(), 0.0);
    const auto& c = ng->counts();
    for (u32 type = 0; type < c.types; ++type) {
      bands[c.band_of(type)] += static_cast<double>(c.people[type]) / people;
    }
    t += format("R0                   %.2f  (beta %.5f per contact-day at weight 1)\n",
                ng->leading(run.beta()).r0, run.beta());
    t += "household attack     " + number("%.3f", ng->household_attack_rate(run.beta())) +
         " of household contacts of a case\n";
  }
  const auto table = history.summary(bands);
  t += "generation time      " + number("%.2f days", run.series().mean_generation_time()) +
       format(" here; %.2f (sd %.2f) by the table\n", table.generation_mean, table.generation_sd);
  if (history.infects_before_symptoms()) {
    t += "before symptoms      " + number("%.0f %%", 100 * run.series().presymptomatic_share()) +
         format(" of infections by those who get any; %.0f %% by the table\n",
                100 * table.presymptomatic_share);
  }
  t += format(
      "time                 built %.2f s, loop %.2f s, output %.2f s, all %.2f s on %d ranks x %d "
      "threads\n",
      f.build_s, f.loop_s, f.output_s, f.wall_s, f.ranks, f.threads);
  t += format(
      "speed                %.2f ns per agent-day\n",
      f.loop_s * 1e9 / people / std::max<Step>(1, steps) / static_cast<double>(outcomes.size()));
  t += format("memory               %.1f bytes per person (%.0f MB at most)\n",
              static_cast<double>(f.peak_bytes) / people, static_cast<double>(f.peak_bytes) * 1e-6);
  t += "time by behavior\n";
  for (const Timing& b : run.simulation().timing()) {
    if (b.seconds >= 0.001) {
      t += format("  %-12s %-24s %8.3f s\n", b.substep.c_str(), b.behavior.c_str(), b.seconds);
    }
  }
  t += "content hash         " + hash_text(run.simulation().content_hash()) + "\n";
  return t;
}

std::string json_line(const std::string& scenario, const Run& run, const RunFigures& f,
                      const std::vector<Outcome>& outcomes, const std::string& content_hash) {
  const Outcome middle = median(outcomes);
  const auto s = run.series().summary();
  nlohmann::ordered_json j;
  j["scenario"] = scenario;
  j["seed"] = outcomes.front().seed;
  j["agents"] = run.people();
  j["steps"] = run.simulation().now();
  j["ranks"] = f.ranks;
  j["threads"] = f.threads;
  j["content_hash"] = content_hash;
  j["attack_rate"] = middle.attack_rate;
  j["infections"] = middle.infections;
  j["deaths"] = middle.deaths;
  j["reported_cases"] = s.reported;
  j["peak_infections"] = s.peak_infections;
  j["peak_date"] = nullptr;
  if (s.peak_step) {
    j["peak_date"] = run.calendar().date_of(*s.peak_step).str();
  }
  j["beta"] = run.beta();
  j["generation_time_days"] = run.series().mean_generation_time();
  j["presymptomatic_share"] = run.series().presymptomatic_share();
  if (run.next_generation() != nullptr) {
    j["r0"] = run.next_generation()->leading(run.beta()).r0;
    j["household_attack_rate"] = run.next_generation()->household_attack_rate(run.beta());
  }
  j["build_s"] = f.build_s;
  j["loop_s"] = f.loop_s;
  j["output_s"] = f.output_s;
  j["wall_s"] = f.wall_s;
  j["peak_rss_bytes"] = f.peak_bytes;
  if (outcomes.size() > 1) {
    for (const Outcome& o : outcomes) {
      j["replicates"].push_back({{"seed", o.seed},
                                 {"content_hash", o.content_hash},
                                 {"attack_rate", o.attack_rate},
                                 {"infections", o.infections},
                                 {"deaths", o.deaths}});
    }
  }
  return j.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace throng
