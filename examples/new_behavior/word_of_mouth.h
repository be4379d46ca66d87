// Word of mouth: who falls ill tells four neighbors; who has heard passes it on for a week and, if
// willing, keeps away from others meanwhile. After Funk et al. 2009, PNAS 106:6872; values made up.
#pragma once
#include "behaviors/epidemic/columns.h"
#include "behaviors/person/columns.h"
#include "sim/parameter.h"
#include "sim/simulation.h"

namespace word_of_mouth {
using namespace throng;
inline constexpr State<u8> aware{
    .name = "word.aware", .unit = "label", .doc = "Heard?", .indexed = true, .labels = "no,yes"};
inline constexpr State<StoredStep> fades_at{
    .name = "word.fades_at", .unit = "step", .doc = "Old news.", .initial = never, .timer = true};
inline constexpr Observation<u8> news{.name = "word.news", .doc = "Word of somebody ill."};
inline constexpr Parameter<double> willing{.name = "word.willing",
                                           .doc = "Share of those who hear who then stay away.",
                                           .source = "assumption",
                                           .initial = 0.5,
                                           .min = 0.0,
                                           .max = 1.0};
constexpr u32 passes_on = threshold(0.1);  // a day
constexpr Step days = 7;                   // that word is remembered

class WordOfMouth final : public Behavior {
 public:
  WordOfMouth(double share_willing, u8 ill) : willing_(threshold(share_willing)), ill_(ill) {}
  std::string_view name() const override { return "word.of_mouth"; }
  std::string_view doc() const override { return "Word of illness spreads; some stay away."; }
  std::string_view kind() const override { return person::kind; }
  void bind(Binder& b) override {
    stage_ = b.reads(epidemic::stage);
    home_ = b.reads(person::neighborhood);
    aware_ = b.writes(aware);
    fades_at_ = b.writes(fades_at);
    away_until_ = b.writes(epidemic::isolating_until);
    b.lists(aware_, u8{1});
    b.follows(fades_at_);
    neighbors_ = b.network(person::community_network);
    tells_news_ = b.tells(news, person::kind);
    hears_news_ = b.hears(news, [this](const SeenRow& me, AgentId, u8) { return me[aware_] == 0; });
    says_ = b.draws("word.says");
    hears_ = b.draws("word.hears");
  }
  void observe(const Observe& o) const override {
    const auto tell = [&](const SeenRow& me, u32 whom) {
      o.tell(me, Member{neighbors_, me[home_], whom, Choose::weighted}, tells_news_, u8{1});
    };
    o.for_each(entered(stage_, ill_), says_, [&](const SeenRow& me, const Words& x) {
      std::for_each(x.word.begin(), x.word.end(), [&](u32 whom) { tell(me, whom); });
    });
    o.for_each(having(aware_, 1), says_, [&](const SeenRow& me, const Words& x) {
      if (x[0] < passes_on) {
        tell(me, x[1]);
      }
    });
  }
  void act(const Act& a) const override {
    const auto until = static_cast<StoredStep>(std::min(a.now() + days, last_step));
    a.for_each(due(fades_at_), [&](const ActRow& me) { me.set(aware_, u8{0}); });
    a.for_each_told(hears_news_, hears_, [&](const ActRow& me, auto, const Words& x) {
      me.set(aware_, u8{1});
      me.set(fades_at_, until);
      me.set(away_until_, x[0] < willing_ ? std::max(me[away_until_], until) : me[away_until_]);
    });
  }

 private:
  Reads<u8> stage_;
  Reads<u16> home_;
  Writes<u8> aware_;
  Writes<StoredStep> fades_at_, away_until_;
  Tells<u8> tells_news_;
  Hears<u8> hears_news_;
  Draw says_, hears_;
  u32 willing_, neighbors_ = 0;
  u8 ill_;
};
}  // namespace word_of_mouth
