#pragma once

#include <yaml-cpp/yaml.h>

#include <cstddef>
#include <functional>
#include <string>

namespace lockstep {

/// Longest YAML text that is read, in bytes: a few hundred times what a configuration takes.
inline constexpr std::size_t kLongestYaml = std::size_t{1} << 20;

/// The one document of a YAML text; an empty text is an empty document. `at` says where a mark is, for the ConfigError
/// that is thrown for a text that is no YAML, is too long, or holds more documents or aliases than a configuration.
[[nodiscard]] YAML::Node load_document(const std::string& text,
                                       const std::function<std::string(const YAML::Mark&)>& at);

}  // namespace lockstep
