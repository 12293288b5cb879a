#include "launch/aligned_output.h"

#include <fmt/format.h>

#include "framework/core/log.h"
#include "launch/compute_options.h"

namespace lockstep {
namespace {

std::vector<std::string> with_end(std::vector<std::string> texts) {
  texts.emplace_back(kEndOfSentenceText);
  return texts;
}

AlignmentsInfo alignments_info(const AlignOptions& options) {
  return {"forced",
          {options.checkpoint},
          fmt::format("given pairs {} and {}, {}, score mean log p(y|x) a token{}", options.source, options.target,
                      options.subwords ? "tokens as the model has them" : "pieces merged to words",
                      compute_note(options.compute))};
}

}  // namespace

SentenceLinks links_of(const AlignedPair& pair, const AlignOptions& options) {
  const Alignment& emitted = pair.forced.alignment;
  const Alignment words = merge_words(options.step == AlignStep::kNext ? one_step_later(emitted) : emitted,
                                      pair.source.words, pair.target.words);
  return options.method == LinkMethod::kThreshold ? links_by_threshold(words, options.threshold)
                                                  : links_by_arg_max(words, options.end);
}

AlignedOutput::AlignedOutput(const AlignOptions& options) : options_(options), links_(options.links) {
  if (!options.alignments.empty())
    alignments_ = std::make_unique<AlignmentsWriter>(options.alignments, alignments_info(options));
}

void AlignedOutput::warn_of_cuts(const AlignedPair& pair) const {
  const auto warn = [&](const std::string& file, const AlignedSide& side) {
    if (side.tokens_cut == 0) return;
    log_warning("{}:{}: its last {} of {} tokens were left out; --max-tokens takes longer lines", file, pairs_ + 1,
                side.tokens_cut, side.tokens_cut + side.tokens.size());
  };
  warn(options_.source, pair.source);
  warn(options_.target, pair.target);
}

void AlignedOutput::add(const PairLines& lines, const std::vector<AlignedPair>& forward,
                        const std::vector<AlignedPair>& reverse) {
  for (std::size_t k = 0; k < forward.size(); ++k, ++pairs_) {
    const AlignedPair& pair = forward[k];
    warn_of_cuts(pair);
    SentenceLinks links = links_of(pair, options_);
    if (!reverse.empty()) links = intersect(links, links_of(reverse[k], options_));
    links_.line(format_links(links));
    if (!alignments_) continue;
    const bool subwords = options_.subwords;
    alignments_->add(
        {pairs_, pair.forced.score, lines.source[k], lines.target[k],
         with_end(subwords ? pair.source.tokens : pair.source.words.words),
         with_end(subwords ? pair.target.tokens : pair.target.words.words),
         subwords ? pair.forced.alignment : merge_words(pair.forced.alignment, pair.source.words, pair.target.words)});
  }
  links_.flush();
}

void AlignedOutput::commit() {
  links_.commit();
  if (alignments_) alignments_->commit();
}

}  // namespace lockstep
