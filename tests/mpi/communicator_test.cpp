#include <climits>
#include <string>
#include <vector>

#include "framework/parallel/communicator.h"
#include "tests/mpi/world.h"
#include "tests/support/catch.h"

namespace lockstep {
namespace {

/// What the ranks say when `phase` fails on some of them.
template <typename Phase>
SharedError shared_error(Phase&& phase) {
  try {
    phase();
  } catch (const SharedError& error) {
    return error;
  }
  return {ExitCode::kDone, "nothing was thrown", -1};
}

/// While it lives, one MPI call may count so few elements, on all ranks.
class FewElements {
 public:
  explicit FewElements(std::size_t most) { world().set_most_elements(most); }
  ~FewElements() { world().set_most_elements(INT_MAX); }
  FewElements(const FewElements&) = delete;
  FewElements& operator=(const FewElements&) = delete;
};

/// What rank `rank` brings: of another length on each rank, and nothing on every third.
std::string text_of(int rank) {
  std::string text;
  for (int i = 0; i < rank % 3 * 5 + rank; ++i) text += static_cast<char>('a' + (rank * 7 + i) % 26);
  return text;
}

template <typename Value>
std::vector<Value> numbers_of(int rank) {
  const std::string text = text_of(rank);
  return {text.begin(), text.end()};
}

template <typename Value>
std::vector<Value> numbers_of_all() {
  std::vector<Value> all;
  for (int rank = 0; rank < world().size(); ++rank) {
    const std::vector<Value> own = numbers_of<Value>(rank);
    all.insert(all.end(), own.begin(), own.end());
  }
  return all;
}

}  // namespace

TEST_CASE("an error that all ranks meet alike is reported once, by rank 0, without naming it", "[mpi][parallel]") {
  const SharedError error =
      shared_error([] { world().agree([]() -> int { throw ConfigError("unknown key 'shrads'"); }); });
  CHECK(std::string(error.what()) == "unknown key 'shrads'");
  CHECK(error.exit_code() == ExitCode::kUsage);
  CHECK(error.reporter() == 0);
}

TEST_CASE("an error of one rank becomes everybody's and names the rank and its host", "[mpi][parallel]") {
  const Communicator& ranks = world();
  const int failing = ranks.size() - 1;
  const SharedError error = shared_error([&] {
    ranks.agree([&] {
      if (ranks.rank() == failing) throw DataError("corpus.h5 is truncated");
    });
  });
  CHECK(error.exit_code() == ExitCode::kData);
  CHECK(error.reporter() == failing);
  if (ranks.size() > 1) {
    const std::string place = "(rank " + std::to_string(failing) + " on host ";
    CHECK(std::string(error.what()).find(place) != std::string::npos);
  }
}

TEST_CASE("a phase that succeeds everywhere gives each rank its own result", "[mpi][parallel]") {
  const Communicator& ranks = world();
  CHECK(ranks.agree([&] { return ranks.rank() * 2; }) == ranks.rank() * 2);
}

TEST_CASE("ranks that differ are named with both values", "[mpi][parallel]") {
  const Communicator& ranks = world();
  CHECK_NOTHROW(require_same(ranks, "version", "0.1.0"));
  if (ranks.size() == 1) return;
  const bool other = ranks.rank() == ranks.size() - 1;
  const SharedError error = shared_error(
      [&] { require_same(ranks, "configuration", std::string("seed: 1\nshards: ") + (other ? "16" : "8") + "\n"); });
  const std::string message = error.what();
  CHECK(message.find("configuration") != std::string::npos);
  CHECK(message.find("\"shards: 8\"") != std::string::npos);
  CHECK(message.find("rank " + std::to_string(ranks.size() - 1)) != std::string::npos);
  CHECK(message.find("\"shards: 16\"") != std::string::npos);
  CHECK(message.find('\n') == std::string::npos);
}

TEST_CASE("texts and numbers of all ranks arrive in the order of ranks", "[mpi][parallel]") {
  const Communicator& ranks = world();
  const std::vector<std::string> texts = ranks.allgather(std::string(static_cast<std::size_t>(ranks.rank()), 'x'));
  const std::vector<double> own(static_cast<std::size_t>(ranks.rank()), ranks.rank());
  const std::vector<double> numbers = ranks.allgather(own);
  std::vector<double> expected;
  for (int rank = 0; rank < ranks.size(); ++rank) {
    CHECK(texts[static_cast<std::size_t>(rank)] == std::string(static_cast<std::size_t>(rank), 'x'));
    expected.insert(expected.end(), static_cast<std::size_t>(rank), rank);
  }
  CHECK(numbers == expected);
  CHECK(ranks.max(ranks.rank()) == ranks.size() - 1);
  CHECK(ranks.broadcast(ranks.rank() == 0 ? std::string("text") : std::string()) == "text");
}

TEST_CASE("what one MPI call can't count arrives as if it could", "[mpi][parallel]") {
  const Communicator& ranks = world();
  const std::size_t together = numbers_of_all<double>().size();
  // One call that is just enough, one element too few, pieces of several, and of one.
  for (const std::size_t most : {together, together - 1, std::size_t{3}, std::size_t{1}}) {
    if (most == 0 || most > together) continue;
    CAPTURE(most);
    const FewElements few(most);
    const std::vector<std::string> texts = ranks.allgather(text_of(ranks.rank()));
    for (int rank = 0; rank < ranks.size(); ++rank) CHECK(texts[static_cast<std::size_t>(rank)] == text_of(rank));
    CHECK(ranks.allgather(numbers_of<double>(ranks.rank())) == numbers_of_all<double>());
    std::vector<float> gathered(ranks.rank() == 0 ? together : 0);
    ranks.gather(numbers_of<float>(ranks.rank()), gathered);
    if (ranks.rank() == 0) CHECK(gathered == numbers_of_all<float>());
  }
}

TEST_CASE("rank 0's text and numbers, and an error's line, arrive in pieces too", "[mpi][parallel]") {
  const Communicator& ranks = world();
  const FewElements few(4);
  const bool first = ranks.rank() == 0;
  CHECK(ranks.broadcast(first ? std::string("a text of several pieces") : std::string("another's")) ==
        "a text of several pieces");
  const std::vector<float> expected = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  std::vector<float> values = first ? expected : std::vector<float>(expected.size());
  ranks.broadcast(values);
  CHECK(values == expected);
  const SharedError error = shared_error([] { world().agree([]() -> int { throw DataError("corpus.h5 is cut"); }); });
  CHECK(std::string(error.what()) == "corpus.h5 is cut");
}

}  // namespace lockstep
