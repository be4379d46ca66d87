// Places are claimed in observe and granted before act.
// expect: Act.* has no member named .claim
#include "tests/misuse/law.h"

namespace throng {

void Lawful::act(const Act& a) const {
#ifdef THRONG_MISUSE
  a.for_each(all(), [&](const ActRow& me) { a.claim(me, 0, claims_, 1); });
#else
  a.for_each_won(
      claims_, [&](const ActRow& me, auto granted) { me.count(tally_, granted.front().value.by); });
#endif
}

}  // namespace throng
