#pragma once

#include <string>
#include <vector>

#include "framework/evaluation/metric.h"

namespace lockstep {

/// The example of sacreBLEU's README.
inline const References kReadmeReferences = {
    {"The dog bit the man.", "It was not unexpected.", "The man bit him first."},
    {"The dog had bit the man.", "No one was surprised.", "The man had bitten the dog."}};
inline const std::vector<std::string> kReadmeHypotheses = {"The dog bit the man.", "It wasn't surprising.",
                                                           "The man had just bitten him."};

inline double corpus_score(const Metric& metric, const std::vector<std::string>& hypotheses,
                           const References& references) {
  return metric.score(count_sentences(metric, hypotheses, references).sum()).value;
}

}  // namespace lockstep
