#include <fmt/format.h>

#include <map>
#include <string>

#include "framework/inspection/page_files.h"
#include "framework/inspection/run_history.h"
#include "framework/inspection/xml_text.h"
#include "framework/storage/whole_file.h"

namespace lockstep {
namespace {

/// A chart's numbers: a row for each x, a column for each series.
std::string table_of(const LineChart& chart) {
  std::string html = fmt::format("<table><caption>{}</caption>\n<thead><tr><th scope=\"col\">{}</th>",
                                 xml_text(chart.title), xml_text(chart.x_label));
  std::map<double, std::map<std::size_t, double>> rows;
  for (std::size_t s = 0; s < chart.series.size(); ++s) {
    html += fmt::format("<th scope=\"col\">{}</th>", xml_text(chart.series[s].name));
    for (std::size_t i = 0; i < chart.series[s].x.size(); ++i) rows[chart.series[s].x[i]][s] = chart.series[s].y[i];
  }
  html += "</tr></thead>\n<tbody>\n";
  for (const auto& [x, values] : rows) {
    html += fmt::format("<tr><th scope=\"row\">{:g}</th>", x);
    for (std::size_t s = 0; s < chart.series.size(); ++s) {
      const auto value = values.find(s);
      html += value == values.end() ? "<td></td>" : fmt::format("<td>{:.5g}</td>", value->second);
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table>\n";
}

}  // namespace

void write_curves_page(const std::vector<LineChart>& curves, const std::string& name,
                       const std::filesystem::path& page) {
  WholeFile file(page);
  PageParts parts;
  parts["name"] = [&name](WholeFile& to) { to.append(xml_text(name)); };
  parts["curves"] = [&curves](WholeFile& to) {
    for (const LineChart& chart : curves) {
      to.append(fmt::format("<figure>\n{}<details><summary>{} as a table</summary>\n{}</details>\n</figure>\n",
                            to_svg(chart), xml_text(chart.title), table_of(chart)));
    }
  };
  write_page("curves.html", parts, file);
  file.commit();
}

}  // namespace lockstep
