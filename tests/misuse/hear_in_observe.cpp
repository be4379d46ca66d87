// What was told is acted on in act.
// expect: no member named .for_each_told
#include "tests/misuse/law.h"

namespace throng {

void Lawful::act(const Act& a) const {
#ifdef THRONG_MISUSE
}
void Lawful::observe(const Observe& o) const {
  o.for_each_told(hears_, "test.hear", [&](const SeenRow&, auto, const Words&) {});
#else
  a.for_each_told(hears_, "test.hear", [&](const ActRow& me, auto told, const Words&) {
    me.count(tally_, 0, told[0].from);
  });
}
void Lawful::observe(const Observe&) const {
#endif
}

}  // namespace throng
