"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const number = (value, digits) => (value === null ? "–" : value.toFixed(digits).replace("-", "−"));
const entries = (values) => values.map((value) => number(value, 3).padStart(7, "\u2007")).join(" ") + " …";
const describe = (name, vector, size) =>
  `|${name}| = ${number(vector.norm, 3)}, ${size} numbers: (${entries(vector.first)})`;

function element(tag, text, properties = {}) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  return Object.assign(made, properties);
}

function share(weight) {
  const cell = element("td", undefined, { className: "share" });
  const bar = element("span");
  bar.style.width = `${100 * weight}%`;
  cell.append(bar);
  return cell;
}

function drawAttention(step, i) {
  const attends = step.alpha.length > 0;
  byId("attention").hidden = !attends;
  byId("fixed").hidden = attends;
  byId("context").textContent = describe("c", step.context, data.annotationSize);
  if (!attends) return;
  const most = step.alpha.indexOf(Math.max(...step.alpha));
  byId("table").tBodies[0].replaceChildren(...step.alpha.map((alpha, j) => {
    const row = element("tr", undefined, { className: j === most ? "most" : "" });
    const first = data.annotations[j].first;
    row.append(element("td", j + 1), element("th", data.source[j], { scope: "row", dir: "auto" }),
      element("td", number(step.energies[j], 3), { className: "number" }),
      element("td", number(alpha, 4), { className: "number" }), share(alpha),
      element("td", entries(first), { className: "entries" }),
      element("td", entries(first.map((value) => alpha * value)), { className: "entries" }));
    return row;
  }));
  const sum = element("tr");
  sum.append(element("td"), element("th", `context c${subscript(i)}`, { scope: "row" }), element("td"),
    element("td", number(step.alpha.reduce((a, b) => a + b, 0), 4), { className: "number" }), element("td"),
    element("td", `|c| = ${number(step.context.norm, 3)}`), element("td", entries(step.context.first), { className: "entries" }));
  byId("table").tFoot.replaceChildren(sum);
}

const subscript = (i) => String(i).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]);

function drawWords(step) {
  const rows = step.likely.map(([word, probability]) => {
    const row = element("tr", undefined, { className: word === step.word ? "taken" : "" });
    row.append(element("th", word, { scope: "row", dir: "auto" }), element("td", number(probability, 4), { className: "number" }),
      share(probability));
    return row;
  });
  byId("likely").tBodies[0].replaceChildren(...rows);
  byId("taken").textContent = `Taken: ${step.word}, p = ${number(step.probability, 4)}.`;
}

let current = 0;

function show(i) {
  current = Math.min(Math.max(i, 0), data.steps.length - 1);
  const step = data.steps[current];
  for (const place of document.querySelectorAll(".before")) place.textContent = current;
  for (const place of document.querySelectorAll(".now")) place.textContent = current + 1;
  byId("previous").textContent = describe(`s${subscript(current)}`, step.previous, data.stateSize);
  byId("state").textContent = describe(`s${subscript(current + 1)}`, step.state, data.stateSize);
  drawAttention(step, current + 1);
  drawWords(step);
  [...byId("words").children].forEach((item, k) => {
    if (k === current) item.firstChild.setAttribute("aria-current", "step");
    else item.firstChild.removeAttribute("aria-current");
  });
  byId("position").textContent = `step ${current + 1} of ${data.steps.length}: ${step.word}`;
  byId("back").disabled = current === 0;
  byId("on").disabled = current === data.steps.length - 1;
  history.replaceState(null, "", `#${current + 1}`);
}

byId("about").textContent = `${data.checkpoint}: the numbers of one translation (Bahdanau, Cho and Bengio 2015, section 3.1).`;
byId("source").textContent = data.sourceText;
byId("words").append(...data.steps.map((step, i) => {
  const item = element("li");
  item.append(element("button", step.word, { type: "button", dir: "auto", onclick: () => show(i) }));
  return item;
}));
byId("back").onclick = () => show(current - 1);
byId("on").onclick = () => show(current + 1);
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "ArrowLeft") show(current - 1);
  else if (event.key === "ArrowRight") show(current + 1);
  else if (event.key === "Home") show(0);
  else if (event.key === "End") show(data.steps.length - 1);
  else return;
  event.preventDefault();
});
show((parseInt(location.hash.slice(1), 10) || 1) - 1);
