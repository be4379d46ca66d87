// Rows die in act: in observe others still look at them.
// expect: ObserveRow.* has no member named .die|no member named .die. in
#include "tests/misuse/law.h"

namespace throng {

#ifdef THRONG_MISUSE
void Lawful::observe(const Observe& o) const {
  o.for_each(all(), [&](const ObserveRow& me) { me.die(dies_); });
}
#else
void Lawful::act(const Act& a) const {
  a.for_each(all(), [&](const ActRow& me) { me.die(dies_); });
}
#endif

}  // namespace throng
