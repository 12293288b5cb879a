#include <fmt/format.h>

#include <cmath>

#include "framework/inspection/explanation.h"
#include "framework/inspection/page_files.h"

namespace lockstep {
namespace {

/// Six digits, and no number that JSON doesn't know.
std::string json_number(double number) {
  return std::isfinite(number) ? fmt::format("{:.6g}", number) : "null";
}

template <typename Values, typename Format>
std::string json_list(const Values& values, const Format& format) {
  std::string text = "[";
  for (const auto& value : values) text.append(text.size() > 1 ? "," : "").append(format(value));
  return text + "]";
}

std::string json_vector(const ShownVector& vector) {
  return fmt::format(R"({{"norm":{},"first":{}}})", json_number(vector.norm), json_list(vector.first, json_number));
}

std::string json_step(const ExplainedStep& step) {
  const auto likely = [](const std::pair<std::string, float>& word) {
    return fmt::format("[{},{}]", json_text(word.first), json_number(word.second));
  };
  return fmt::format(
      R"({{"previous":{},"energies":{},"alpha":{},"context":{},"state":{},"likely":{},"word":{},"probability":{}}})",
      json_vector(step.previous_state), json_list(step.energies, json_number), json_list(step.alpha, json_number),
      json_vector(step.context), json_vector(step.state), json_list(step.likely, likely), json_text(step.word),
      json_number(step.probability));
}

std::string json(const Explanation& explanation) {
  return fmt::format(
      R"({{"checkpoint":{},"sourceText":{},"targetText":{},"stateSize":{},"annotationSize":{},"source":{},)"
      R"("annotations":{},"steps":{}}})",
      json_text(explanation.checkpoint), json_text(explanation.source_text), json_text(explanation.target_text),
      explanation.state_size, explanation.annotation_size, json_list(explanation.source, json_text),
      json_list(explanation.annotations, json_vector), json_list(explanation.steps, json_step));
}

}  // namespace

void write_explanation_page(const Explanation& explanation, const std::filesystem::path& path) {
  WholeFile file(path);
  write_page("explanation.html", {{"explanation", [&](WholeFile& page) { page.append(json(explanation)); }}}, file);
  file.commit();
}

}  // namespace lockstep
