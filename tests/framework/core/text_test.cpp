#include "framework/core/text.h"

#include <array>
#include <string>
#include <string_view>

#include "tests/support/catch.h"

namespace lockstep {

TEST_CASE("Edit distance counts inserted, removed, changed and swapped letters", "[core]") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("hidden", "hidden") == 0);
  CHECK(edit_distance("hiden", "hidden") == 1);
  CHECK(edit_distance("hiddden", "hidden") == 1);
  CHECK(edit_distance("hudden", "hidden") == 1);
  CHECK(edit_distance("shrads", "shards") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("abc", "") == 3);
}

TEST_CASE("A text in quotes stays on one line and short", "[core]") {
  CHECK(in_quotes("a b") == "'a b'");
  CHECK(in_quotes("a\nb\tc") == "'a\\nb\\x09c'");
  CHECK(in_quotes(std::string(1000, 'a')) == "'" + std::string(60, 'a') + "…'");
  // The cut falls before the two-byte character that would straddle it.
  CHECK(in_quotes(std::string(59, 'a') + "éé") == "'" + std::string(59, 'a') + "…'");
}

TEST_CASE("Alternatives read as an English list", "[core]") {
  const std::array<std::string_view, 3> names = {"tanh", "gru", "lstm"};
  CHECK(alternatives(std::span(names).first(1)) == "tanh");
  CHECK(alternatives(std::span(names).first(2)) == "tanh or gru");
  CHECK(alternatives(names) == "tanh, gru or lstm");
}

}  // namespace lockstep
