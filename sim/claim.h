// Claims: rows ask for one of the free places of another row, and the smallest keys win. Winner and
// target both know before `decide`, so each changes only itself in `act`.
#pragma once
#include <functional>
#include <memory>
#include <string_view>

#include "sim/message.h"

namespace throng {

/// What a winner is told: who granted.
struct Granted {
  AgentId by;
  auto operator<=>(const Granted&) const = default;
};

/// The claims on the free places of one kind: a state column of it says how many each row has.
class ClaimBox final : public MailboxBase {
 public:
  using Seats = std::function<u64(Row)>;
  /// `seats(row)`: free places of a row of `to`.
  ClaimBox(std::string_view name, const Kind& to, int ranks, Seats seats)
      : asked_(name, to, {}), seats_(std::move(seats)), ranks_(ranks) {
    asked_.open(ranks);
    asked_.admit_by([this](std::span<const Told<u64>> in, std::vector<Told<u64>>& out) {
      std::copy_if(in.begin(), in.end(), std::back_inserter(out),
                   [this](const Told<u64>& m) { return seats_(m.to) > 0; });
    });
  }
  /// Rows of one kind claim.
  void claimed_by(const Kind& kind) {
    ensures(won_ == nullptr || &won_->to() == &kind, "rows of one kind claim the same places");
    if (won_ == nullptr) {
      won_ = std::make_unique<Mailbox<Granted>>(name(), kind, std::vector<const Groups*>{});
      won_->open(ranks_);
    }
  }
  Mailbox<u64>& asked() { return asked_; }
  Mailbox<Granted>& won() { return *won_; }
  const Kind& by() const { return won_->to(); }
  const Kind& to() const override { return asked_.to(); }

  void deliver(const Communicator& world, u64 shuffle_key) override {
    asked_.deliver(world, shuffle_key);
    asked_.keep_first(seats_);
    const bool everywhere = to().replicated();
    if (everywhere) {
      // Each rank held its own best; the best of all are among them.
      asked_.share(world);
      asked_.keep_first(seats_);
    }
    const Partition& claimants = won_->to().partition();
    parallel_for(to().slices().count(), asked_.told(), [&](std::size_t s) {
      for (const Told<u64>& m : asked_.told(static_cast<u32>(s))) {
        if (!everywhere || claimants.is_mine(m.from)) {
          const AgentId by = to().partition().id_of(m.to);
          won_->tell(thread_number(), by, m.from, {by});
        }
      }
    });
    won_->deliver(world, shuffle_key);
  }
  void watch(Tracer* tracer) override {
    asked_.watch(tracer);
    won_->watch(tracer);
  }
  void consume() override {
    asked_.consume();
    won_->consume();
  }
  u64 queued_hash() override { return asked_.queued_hash(); }
  void drop_queued() override { asked_.drop_queued(); }
  u64 sent() const override { return asked_.sent(); }
  u64 crossed() const override { return asked_.crossed() + won_->crossed(); }
  u64 admitted() const override { return won_->admitted(); }
  u64 lost() const override { return asked_.lost(); }
  std::string_view name() const override { return asked_.name(); }

 private:
  Mailbox<u64> asked_;
  std::unique_ptr<Mailbox<Granted>> won_;
  Seats seats_;
  int ranks_;
};

}  // namespace throng
