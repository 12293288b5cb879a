#include <nlohmann/json.hpp>

#include "framework/inspection/explanation.h"
#include "framework/inspection/page_files.h"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

Json vector_data(const ShownVector& vector) {
  return {{"norm", vector.norm}, {"first", vector.first}};
}

Json step_data(const ExplainedStep& step) {
  return {{"previous", vector_data(step.previous_state)},
          {"energies", step.energies},
          {"alpha", step.alpha},
          {"context", vector_data(step.context)},
          {"state", vector_data(step.state)},
          {"likely", step.likely},
          {"word", step.word},
          {"probability", step.probability}};
}

Json data_of(const Explanation& explanation) {
  Json data = {{"checkpoint", explanation.checkpoint},
               {"sourceText", explanation.source_text},
               {"targetText", explanation.target_text},
               {"stateSize", explanation.state_size},
               {"annotationSize", explanation.annotation_size},
               {"source", explanation.source},
               {"annotations", Json::array()},
               {"steps", Json::array()}};
  for (const ShownVector& annotation : explanation.annotations) data["annotations"].push_back(vector_data(annotation));
  for (const ExplainedStep& step : explanation.steps) data["steps"].push_back(step_data(step));
  return data;
}

}  // namespace

void write_explanation_page(const Explanation& explanation, const std::filesystem::path& path) {
  WholeFile file(path);
  const auto data = [&](WholeFile& page) { page.append(page_json(data_of(explanation))); };
  write_page("explanation.html", {{"explanation", data}}, file);
  file.commit();
}

}  // namespace lockstep
