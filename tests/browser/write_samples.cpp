// Writes the alignments files that the browser test opens: write_samples FOLDER makes few.h5 and many.h5.

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/sample_alignments.h"

namespace lockstep {
namespace {

AlignedSentence pair(std::vector<std::string> source, std::vector<std::string> target, double score) {
  AlignedSentence sentence = diagonal(target.size() + 1, source.size() + 1);
  sentence.score = score;
  sentence.source_text = fmt::format("{}", fmt::join(source, " "));
  sentence.target_text = fmt::format("{}", fmt::join(target, " "));
  source.emplace_back(kEndOfSentenceText);
  target.emplace_back(kEndOfSentenceText);
  sentence.source = std::move(source);
  sentence.target = std::move(target);
  return sentence;
}

/// One of each kind that is likely to go wrong.
std::vector<AlignedSentence> few() {
  std::vector<AlignedSentence> sentences = {
      two_dogs(),
      pair({"</script><script>alert(1)</script>", "<b>&amp;\"'"}, {"<!--", "{{data}}", "]]>"}, -7.5),
      pair({"الكلب", "يلعب", "في", "الحديقة"}, {"The", "dog", "plays", "in", "the", "garden"}, -2),
      pair({"A", "man", "is", "walking", "on", "the", "beach"}, {"一个", "男人", "在", "海滩", "上", "散步"}, -3),
      pair({"Ze\u0301be\u0300re", "👩‍👩‍👧‍👦", "नमस्ते", "Donaudampfschifffahrtsgesellschaftskapitän"},
           {"zèbre", "famille", "bonjour", "capitaine"}, -4),
      diagonal(60, 60),
      diagonal(1, 1),
      diagonal(300, 500),
      diagonal(2001, 2001),
      AlignedSentence{},
      diagonal(4, 5),
      diagonal(30, 10'000),
  };
  AlignedSentence& nothing = sentences[9];
  nothing.source_text = "nothing came out";
  nothing.source = {"nothing", "came", "out", kEndOfSentenceText};
  nothing.alignment.columns = 4;
  for (float& weight : sentences[10].alignment.weights) weight = 0;
  sentences[10].target_text = "a row of zeros";
  for (std::size_t k = 0; k < sentences.size(); ++k) sentences[k].line = k;
  return sentences;
}

AlignedSentence one_of_many(std::size_t k) {
  AlignedSentence sentence = diagonal(5 + k * 7919 % 31, 4 + k * 104729 % 33);
  sentence.line = k;
  sentence.score = -static_cast<double>(k * 48271 % 10007) / 1000;
  sentence.source_text += fmt::format(" number{}", k + 1);
  return sentence;
}

void write_samples(const std::filesystem::path& folder) {
  write_alignments(folder / "few.h5", few());
  AlignmentsWriter many(folder / "many.h5", {"forced", {"best.h5"}, ""});
  for (std::size_t k = 0; k < 10'000; ++k) many.add(one_of_many(k));
  many.commit();
}

}  // namespace
}  // namespace lockstep

int main(int count, char** arguments) {
  try {
    if (count != 2) throw std::runtime_error("usage: write_samples FOLDER");
    lockstep::write_samples(arguments[1]);
  } catch (const std::exception& error) {
    fmt::print(stderr, "write_samples: {}\n", error.what());
    return 1;
  }
}
