#include "framework/corpus/libraries.h"

namespace lockstep {

std::vector<Library> corpus_libraries() {
  return {{"sentencepiece", LOCKSTEP_SENTENCEPIECE_VERSION}};
}

}  // namespace lockstep
