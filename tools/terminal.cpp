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

namespace {
/// A median of counts, to the next whole one.
std::string rounded(double n) { return grouped(static_cast<i64>(std::llround(n))); }
}  // namespace

Outcome outcome_of(const Run& run, const std::string& content_hash) {
  const auto s = run.series().summary();
  Outcome o{.seed = run.seed(),
            .content_hash = content_hash,
            .attack_rate = s.attack_rate(),
            .infections = static_cast<double>(s.infections),
            .deaths = static_cast<double>(s.deaths),
            .reported = static_cast<double>(s.reported),
            .peak_infections = static_cast<double>(s.peak_infections),
            .peak_beds = static_cast<double>(s.peak_beds),
            .peak_date = {},
            .beta = run.beta(),
            .r0 = std::nan(""),
            .household_attack_rate = std::nan(""),
            .generation_time = run.series().mean_generation_time(),
            .presymptomatic_share = run.series().presymptomatic_share()};
  if (s.peak_step) {
    o.peak_date = run.calendar().date_of(*s.peak_step);
  }
  if (const auto* ng = run.next_generation()) {
    o.r0 = ng->leading(run.beta()).r0;
    o.household_attack_rate = ng->household_attack_rate(run.beta());
  }
  return o;
}

Outcome median(const std::vector<Outcome>& outcomes) {
  Outcome m = outcomes.front();
  for (const auto member : {&Outcome::attack_rate, &Outcome::infections, &Outcome::deaths,
                            &Outcome::reported, &Outcome::peak_infections, &Outcome::peak_beds,
                            &Outcome::beta, &Outcome::r0, &Outcome::household_attack_rate,
                            &Outcome::generation_time, &Outcome::presymptomatic_share}) {
    std::vector<double> values;
    for (const Outcome& o : outcomes) {
      if (!std::isnan(o.*member)) {
        values.push_back(o.*member);
      }
    }
    std::sort(values.begin(), values.end());
    const std::size_t n = values.size();
    m.*member = n == 0 ? std::nan("") : (values[(n - 1) / 2] + values[n / 2]) / 2;
  }
  if (outcomes.size() > 1) {
    m.peak_date.reset();
  }
  return m;
}

namespace {

/// How far the seeds spread; nothing where there is one.
std::string spread(const std::vector<Outcome>& outcomes) {
  if (outcomes.size() < 2) {
    return "";
  }
  const auto range = [&](double Outcome::*member) {
    const auto less = [&](const Outcome& a, const Outcome& b) { return a.*member < b.*member; };
    const auto [low, high] = std::minmax_element(outcomes.begin(), outcomes.end(), less);
    return std::pair((*low).*member, (*high).*member);
  };
  const auto [low, high] = range(&Outcome::attack_rate);
  const auto [few, many] = range(&Outcome::deaths);
  std::string t = format("medians over %zu seeds, from %llu on\n", outcomes.size(),
                         static_cast<unsigned long long>(outcomes.front().seed));
  t += format("  attack rate        from %.1f to %.1f %%\n", 100 * low, 100 * high);
  return t + format("  deaths             from %s to %s\n", rounded(few).c_str(),
                    rounded(many).c_str());
}

nlohmann::ordered_json json_of(const Outcome& o, bool several) {
  nlohmann::ordered_json j;
  // Of one run counts are whole numbers; of several a median may lie between two.
  const auto count = [&](const char* name, double n) {
    if (several) {
      j[name] = n;
    } else {
      j[name] = static_cast<i64>(n);
    }
  };
  j["attack_rate"] = o.attack_rate;
  count("infections", o.infections);
  count("deaths", o.deaths);
  count("reported_cases", o.reported);
  count("peak_infections", o.peak_infections);
  if (!several) {
    j["peak_date"] = nullptr;
    if (o.peak_date) {
      j["peak_date"] = o.peak_date->str();
    }
  }
  j["beta"] = o.beta;
  j["generation_time_days"] = o.generation_time;
  j["presymptomatic_share"] = o.presymptomatic_share;
  if (!std::isnan(o.r0)) {
    j["r0"] = o.r0;
    j["household_attack_rate"] = o.household_attack_rate;
  }
  return j;
}

}  // namespace

std::string summary(const Run& run, const RunFigures& f, const std::vector<Outcome>& outcomes,
                    const std::string& content_hash) {
  const Outcome m = median(outcomes);
  const auto people = static_cast<double>(run.people());
  const Step steps = run.simulation().now();
  std::string t = curve(run);
  if (outcomes.size() > 1 && !t.empty()) {
    t = format("seed %llu: ", static_cast<unsigned long long>(outcomes.back().seed)) + t;
  }
  t += spread(outcomes);
  t += format("people               %s\n", grouped(run.people()).c_str());
  t += format("infections           %s  (attack rate %.1f %%)\n", rounded(m.infections).c_str(),
              100 * m.attack_rate);
  if (m.peak_infections > 0) {
    t += format("peak                 %s infections on %s\n", rounded(m.peak_infections).c_str(),
                m.peak_date ? m.peak_date->str().c_str() : "the worst day of each");
  }
  t += format("deaths               %s\n", rounded(m.deaths).c_str());
  t += format("hospital beds        at most %s in use\n", rounded(m.peak_beds).c_str());
  t += format("reported cases       %s\n", rounded(m.reported).c_str());
  const auto& history = *run.settings().history;
  std::vector<double> bands(run.settings().bands, 1.0 / run.settings().bands);
  if (const auto* ng = run.next_generation()) {
    std::fill(bands.begin(), bands.end(), 0.0);
    const auto& c = ng->counts();
    for (u32 type = 0; type < c.types; ++type) {
      bands[c.band_of(type)] += static_cast<double>(c.people[type]) / people;
    }
    t += format("R0                   %.2f  (beta %.5f per contact-day at weight 1)\n", m.r0,
                m.beta);
    t += "household attack     " + number("%.3f", m.household_attack_rate) +
         " of household contacts of a case\n";
  }
  const auto table = history.summary(bands);
  t += "generation time      " + number("%.2f days", m.generation_time) +
       format(" here; %.2f (sd %.2f) by the table\n", table.generation_mean, table.generation_sd);
  if (history.infects_before_symptoms()) {
    t += "before symptoms      " + number("%.0f %%", 100 * m.presymptomatic_share) +
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
  t += "content hash         " + content_hash + "\n";
  return t;
}

std::string json_line(const std::string& scenario, const Run& run, const RunFigures& f,
                      const std::vector<Outcome>& outcomes, const std::string& content_hash) {
  const bool several = outcomes.size() > 1;
  nlohmann::ordered_json j;
  j["scenario"] = scenario;
  j["seed"] = outcomes.front().seed;
  j["agents"] = run.people();
  j["steps"] = run.simulation().now();
  j["ranks"] = f.ranks;
  j["threads"] = f.threads;
  j["content_hash"] = content_hash;
  j.update(json_of(median(outcomes), several));
  j["build_s"] = f.build_s;
  j["loop_s"] = f.loop_s;
  j["output_s"] = f.output_s;
  j["wall_s"] = f.wall_s;
  j["peak_rss_bytes"] = f.peak_bytes;
  if (several) {
    for (const Outcome& o : outcomes) {
      nlohmann::ordered_json one{{"seed", o.seed}, {"content_hash", o.content_hash}};
      one.update(json_of(o, false));
      j["replicates"].push_back(std::move(one));
    }
  }
  return j.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace throng
