#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep {

/// What the time of an update goes into.
enum class Work { kGemm, kElementwise, kCommunication, kInput, kOptimizer };
inline constexpr std::array<Work, 5> kAllWork = {Work::kGemm, Work::kElementwise, Work::kCommunication, Work::kInput,
                                                 Work::kOptimizer};

/// "gemm", "element-wise", "communication", "input", "optimizer".
[[nodiscard]] std::string_view name_of(Work work);

/// Measures one thread of one rank: seconds by kind of work and, when asked for, an event for each span. A thread that
/// works beside has a Profile of its own. Where no Profile is, a span costs a branch.
class Profile {
 public:
  /// Of a product m, k, n; zeros where there is nothing to say.
  using Sizes = std::array<std::uint32_t, 3>;
  /// Seconds from some beginning.
  using Clock = std::function<double()>;

  struct Event {
    const char* name = "";
    Work work = Work::kElementwise;
    Sizes sizes = {};
    double begin = 0;  ///< seconds since restart()
    double duration = 0;
  };
  struct Tally {
    std::uint64_t count = 0;
    double seconds = 0;
  };
  /// By sizes and name of a span.
  using Tallies = std::map<std::pair<Sizes, std::string_view>, Tally>;
  class Span;

  /// `thread` only tells the threads of a rank apart. Without `clock`: one that nobody sets.
  explicit Profile(int thread = 0, Clock clock = {});
  Profile(const Profile&) = delete;
  Profile& operator=(const Profile&) = delete;

  /// Forgets what was measured; events count from now. No span is open.
  void restart();
  /// From now on keeps the first `capacity` events; 0: none. Nothing is allocated while they are kept.
  void keep_events(std::size_t capacity);

  /// Time in spans of this kind, without the spans inside them: of all kinds together no second counts twice.
  [[nodiscard]] double seconds(Work work) const { return seconds_[static_cast<std::size_t>(work)]; }
  /// Of the spans that have sizes.
  [[nodiscard]] const Tallies& tallies() const { return tallies_; }
  /// In the order in which they ended.
  [[nodiscard]] const std::vector<Event>& events() const { return events_; }
  /// Events beyond the capacity.
  [[nodiscard]] std::uint64_t lost_events() const { return lost_events_; }
  [[nodiscard]] int thread() const { return thread_; }

 private:
  void enter(Span& span);
  void leave(const Span& span);
  double charge_until_now();

  int thread_;
  Clock clock_;
  double zero_ = 0;
  double charged_ = 0;  ///< until when time has been given to a kind of work
  Span* innermost_ = nullptr;
  std::array<double, kAllWork.size()> seconds_ = {};
  Tallies tallies_;
  std::vector<Event> events_;
  std::size_t capacity_ = 0;
  std::uint64_t lost_events_ = 0;
};

/// While it lives, its thread is at `work`. Spans of a thread nest.
class Profile::Span {
 public:
  /// `profile` may be null. `name` must outlive the profile.
  Span(Profile* profile, Work work, const char* name, Sizes sizes = {})
      : profile_(profile), work_(work), name_(name), sizes_(sizes) {
    if (profile_ != nullptr) profile_->enter(*this);
  }
  ~Span() {
    if (profile_ != nullptr) profile_->leave(*this);
  }
  Span(const Span&) = delete;
  Span& operator=(const Span&) = delete;

 private:
  friend class Profile;
  Profile* profile_;
  Work work_;
  const char* name_;
  Sizes sizes_;
  double begin_ = 0;
  Span* outer_ = nullptr;
};

}  // namespace lockstep
