#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "framework/core/configuration.h"

namespace lockstep {

/// Gives the next sentence to learn from; false when there are no more. The text stays valid until the next call.
using SentenceSource = std::function<bool(std::string_view&)>;

/// Learns a sentencepiece model and returns it serialized: a function of the sentences and the settings alone.
/// Different words are held in memory while it learns, with some 24 bytes for each of their characters. A text too
/// small for `size` pieces gets fewer; one with more characters than `size` has room for is a ConfigError.
[[nodiscard]] std::string train_sentencepiece(const VocabularyConfiguration& settings, const SentenceSource& sentences);

}  // namespace lockstep
