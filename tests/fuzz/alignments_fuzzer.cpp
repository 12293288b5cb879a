// An alignments file, read as inspect does: its sentences, drawn for a terminal and as a drawing.
#include <algorithm>

#include "framework/inspection/alignments_file.h"
#include "framework/inspection/alignments_page.h"
#include "framework/inspection/figure.h"
#include "framework/inspection/heat_map.h"
#include "tests/fuzz/hostile_file.h"

using namespace lockstep;

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  return fuzzing::mutate_file(data, size, most, seed);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzzing::HostileFile file(kAlignmentsFormat);
  static const fuzzing::Folder folder;
  file.set(fuzzing::text_of(data, size));
  fuzzing::works_or_refuses([] {
    const AlignmentsReader alignments(file.path());
    for (std::size_t k = 0; k < alignments.size(); ++k) {
      fuzzing::works_or_refuses([&] {
        const AlignedSentence sentence = alignments.read(k);
        const std::size_t longest = std::max(sentence.source.size(), sentence.target.size());
        if (sentence.source.empty() || sentence.target.empty() || longest > kLargestDrawnSide) return;
        static_cast<void>(heat_map(sentence, 80, TerminalColor::k256));
        static_cast<void>(alignment_svg(sentence));
      });
    }
    write_alignments_page(alignments, "alignments", folder / "page.html");
  });
  return 0;
}
