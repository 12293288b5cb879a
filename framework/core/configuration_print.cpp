#include <fmt/format.h>

#include <algorithm>

#include "framework/core/configuration_schema.h"

namespace lockstep {

std::string to_yaml(const Configuration& configuration) {
  Configuration copy = configuration;
  std::string text;
  std::string open;  // the group whose keys are being written: "training.optimizer."
  for (const ConfigurationField& field : configuration_fields(copy)) {
    const std::string_view key = field.key;
    while (!key.starts_with(open)) {
      const std::size_t parent = open.size() < 2 ? std::string::npos : open.rfind('.', open.size() - 2);
      open.resize(parent == std::string::npos ? 0 : parent + 1);
    }
    auto indent = static_cast<std::size_t>(std::count(open.begin(), open.end(), '.'));
    for (std::size_t dot = key.find('.', open.size()); dot != std::string_view::npos;
         dot = key.find('.', open.size())) {
      text += fmt::format("{:{}}{}:\n", "", 2 * indent++, key.substr(open.size(), dot - open.size()));
      open = key.substr(0, dot + 1);
    }
    text += fmt::format("{:{}}{}: {}\n", "", 2 * indent, key.substr(open.size()), value_as_yaml(field));
  }
  return text;
}

std::vector<ConfigurationDifference> differences(const Configuration& left, const Configuration& right) {
  Configuration left_copy = left;
  Configuration right_copy = right;
  const std::vector<ConfigurationField> left_fields = configuration_fields(left_copy);
  const std::vector<ConfigurationField> right_fields = configuration_fields(right_copy);
  std::vector<ConfigurationDifference> result;
  for (std::size_t i = 0; i < left_fields.size(); ++i) {
    std::string left_value = value_as_yaml(left_fields[i]);
    std::string right_value = value_as_yaml(right_fields[i]);
    if (left_value == right_value) continue;
    result.push_back(
        {std::string(left_fields[i].key), std::move(left_value), std::move(right_value), left_fields[i].changes_run});
  }
  return result;
}

}  // namespace lockstep
