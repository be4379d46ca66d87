// A behavior is constant during a run: what it remembers depends on the order of rows.
// expect: increment of member|cannot assign to|read-only
#include "tests/misuse/law.h"

namespace throng {

void Lawful::act(const Act& a) const {
#ifdef THRONG_MISUSE
  a.for_each(all(), [&](const ActRow& me) { me.count(tally_, 0, ++served_); });
#else
  a.for_each(all(), [&](const ActRow& me) { me.count(tally_, 0, served_); });
#endif
}

}  // namespace throng
