// Alignment links, "0-0 1?2", of a translation and of gold.
#include "framework/evaluation/links.h"
#include "tests/fuzz/fuzzing.h"

using namespace lockstep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = fuzzing::text_of(data, size);
  const std::string_view first = fuzzing::take_part(rest);
  fuzzing::works_or_refuses([&] {
    const SentenceLinks found = parse_links(first, "found", 1);
    fuzzing::require(parse_links(format_links(found), "printed", 1) == found);
    const SentenceLinks gold = parse_links(rest, "gold", 1);
    const LinkCounts counts = compare_links(found, gold);
    fuzzing::require(counts.found_in_sure <= counts.found_in_possible && counts.found_in_possible <= counts.found);
    fuzzing::require(counts.found_in_sure <= counts.sure);
    for (const double share : {counts.precision(), counts.recall(), counts.error_rate()}) {
      fuzzing::require(share >= 0 && share <= 1);
    }
  });
  return 0;
}
