// Rows are born in act: decide changes nothing but decisions.
// expect: DecideRow.* has no member named .bear|no member named .bear. in
#include "tests/misuse/law.h"

namespace throng {

#ifdef THRONG_MISUSE
void Lawful::decide(const Decide& d) const {
  d.for_each(all(), [&](const DecideRow& me) { me.bear(bears_); });
}
#else
void Lawful::act(const Act& a) const {
  a.for_each(all(), [&](const ActRow& me) { me.bear(bears_).set(gives_, 1); });
}
#endif

}  // namespace throng
