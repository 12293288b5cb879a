// The page: a list of sentences, and one of them with its matrix, at one target position.
"use strict";

const $ = (id) => document.getElementById(id);
const decimals = (value, digits) => value.toFixed(digits);
const signed = (value) => decimals(value, 3).replace("-", "\u2212");
const score = (sentence) => sentence.score === null ? "–" : signed(sentence.score);
/** Two digits and no zero in front, for cells: .07, .99, 1. */
const inCell = (weight) => weight >= .995 ? "1" : decimals(weight, 2).slice(1);
const counted = (count) => count.toLocaleString("en");

/** An element with text or children; texts are never read as markup. */
function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

/** A word in its own direction of writing. */
function bdi(text) {
  return make("bdi", text === END ? {className: "end"} : {}, text === "" ? "\u00a0" : text);
}

// ---- the list: only rows on screen exist ----

const ROW = 76, SPARE = 6;
let chosen = SENTENCES;   // what the search found, in order
let current = null;       // the sentence shown
let position = 0;         // the target word chosen

function drawList() {
  const list = $("list"), first = Math.max(0, Math.floor(list.scrollTop / ROW) - SPARE);
  const last = Math.min(chosen.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + SPARE);
  const focused = document.activeElement?.closest("#rows a")?.hash;
  $("rows").style.height = `${chosen.length * ROW}px`;
  $("rows").replaceChildren(...chosen.slice(first, last).map((sentence, at) => {
    const link = make("a", {href: `#${sentence.number}`},
      make("small", {}, make("span", {}, `${counted(sentence.number)}`),
        make("span", {}, `score ${score(sentence)} · ${sentence.columns} → ${sentence.rows}`)),
      make("bdi", {}, sentence.source || "\u00a0"), make("bdi", {}, sentence.target || "\u00a0"));
    if (sentence === current) link.setAttribute("aria-current", "true");
    const item = make("li", {}, link);
    item.style.top = `${(first + at) * ROW}px`;
    item.setAttribute("aria-setsize", chosen.length);
    item.setAttribute("aria-posinset", first + at + 1);
    return item;
  }));
  if (focused) $("rows").querySelector(`a[href="${focused}"]`)?.focus({preventScroll: true});
}

function showInList() {
  const list = $("list"), top = chosen.indexOf(current) * ROW;
  if (top >= 0 && top < list.scrollTop) list.scrollTop = top;
  if (top >= 0 && top + ROW > list.scrollTop + list.clientHeight) list.scrollTop = top + ROW - list.clientHeight;
  drawList();
}

function search() {
  chosen = choose($("search").value.trim(), $("sort").value);
  $("found").textContent = chosen.length === SENTENCES.length
    ? `${counted(SENTENCES.length)} sentences` : `${counted(chosen.length)} of ${counted(SENTENCES.length)} sentences`;
  $("list").scrollTop = 0;
  drawList();
}

// ---- one sentence ----

const MOST_WORDS = 200, MOST_CELLS = 64;  // drawn at once, around the chosen word
let parts = null;  // which words are drawn: {rows, columns} of the matrix, {source, target} of the texts

/** [begin, end) of at most `most` of `count` places that holds `place`, moving by whole halves. */
function around(place, count, most) {
  if (count <= most) return [0, count];
  const half = most / 2, begin = Math.max(0, Math.floor(place / half) * half - half / 2);
  return [Math.min(begin, count - most), Math.min(begin + most, count)];
}

const weightOf = (i, j) => decoded.matrix.weights[i * current.columns + j];

function strongest(i) {
  return Array.from({length: current.columns}, (_, j) => j).sort((a, b) => weightOf(i, b) - weightOf(i, a) || a - b);
}

function show(sentence, at = 0) {
  current = sentence;
  position = Math.max(0, Math.min(at, sentence.rows - 1));
  parts = null;
  const matrix = matrixOf(sentence);
  document.title = `${sentence.number} · ${DATA.file}`;
  $("heading").textContent = `Sentence ${counted(sentence.number)}`;
  $("facts").textContent = `line ${counted(sentence.line)} of the text · score ${score(sentence)} · ` +
    `${counted(sentence.columns)} source and ${counted(sentence.rows)} target words`;
  for (const kind of ["png", "svg"]) {
    $(kind).download = `alignment-${sentence.number}.${kind}`;
    $(kind).hidden = !drawable();
  }
  if (location.hash !== `#${sentence.number}`) history.replaceState(null, "", `#${sentence.number}`);
  if (!matrix || sentence.rows === 0) showTextsAlone(matrix);
  else update();
  showInList();
}

const drawable = () => decoded.matrix && current.rows > 0 && current.rows * current.columns <= 250000;

function showTextsAlone(matrix) {
  const whole = (text) => make("li", {}, make("span", {dir: "auto"}, text));
  $("source").replaceChildren(whole(current.source));
  $("target").replaceChildren(whole(current.target));
  $("word").textContent = "";
  $("weights").replaceChildren();
  $("map").replaceChildren();
  $("numbers").hidden = true;
  $("note").textContent = matrix ? "There is no target word."
    : `Its matrix has ${counted(current.rows)} × ${counted(current.columns)} weights: too many for a page. ` +
      "They are whole in the alignments file.";
  $("live").textContent = $("note").textContent;
}

/** Draws what the position changed: all where another part of a long sentence comes into view. */
function update() {
  const best = strongest(position);
  const wanted = {
    rows: around(position, current.rows, MOST_CELLS), columns: around(best[0], current.columns, MOST_CELLS),
    source: around(best[0], current.columns, MOST_WORDS), target: around(position, current.rows, MOST_WORDS)};
  if (JSON.stringify(parts) !== JSON.stringify(wanted)) {
    const held = document.activeElement?.closest("#target") !== null;
    parts = wanted;
    drawTexts();
    drawMatrix();
    if (held) $("target").querySelector(`[data-i="${position}"]`)?.focus({preventScroll: true});
  }
  light();
  drawNumbers(best);
}

const cut = () => make("li", {}, make("span", {className: "end"}, "…"));

function words(id, list, [begin, end], makeWord) {
  const items = [];
  if (begin > 0) items.push(cut());
  for (let k = begin; k < end; ++k) items.push(make("li", {}, makeWord(list[k], k)));
  if (end < list.length) items.push(cut());
  $(id).replaceChildren(...items);
  // The words stand in the direction of the text, as a browser would find it for the text as a whole.
  $(id).dir = directionOf(id === "source" ? current.source : current.target);
}

function directionOf(text) {
  const letter = text.match(/\p{L}/u);
  return letter && /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/.test(letter[0]) ? "rtl" : "ltr";
}

function drawTexts() {
  const {source, target} = decoded.matrix;
  $("numbers").hidden = false;
  words("source", source, parts.source, (word, j) => {
    const element = make("span", {}, bdi(word));
    element.dataset.j = j;
    return element;
  });
  words("target", target, parts.target, (word, i) => {
    const element = make("button", {type: "button", tabIndex: -1}, bdi(word));
    element.dataset.i = i;
    return element;
  });
}

function drawMatrix() {
  const {source, target} = decoded.matrix, [i0, i1] = parts.rows, [j0, j1] = parts.columns;
  const whole = i1 - i0 === current.rows && j1 - j0 === current.columns;
  $("note").textContent = whole ? ""
    : `The matrix is large: target words ${i0 + 1} to ${i1} of ${counted(current.rows)} and source words ${j0 + 1} to ` +
      `${j1} of ${counted(current.columns)} are drawn. It follows the chosen word.`;
  const head = make("tr", {}, make("td", {}));
  for (let j = j0; j < j1; ++j) {
    const cell = make("th", {scope: "col", title: source[j]}, make("span", {}, bdi(source[j])));
    cell.dataset.j = j;
    head.append(cell);
  }
  const body = make("tbody");
  for (let i = i0; i < i1; ++i) {
    const row = make("tr", {}, make("th", {scope: "row", title: target[i]}, bdi(target[i])));
    row.dataset.i = i;
    for (let j = j0; j < j1; ++j) {
      const weight = weightOf(i, j), cell = make("td", {}, inCell(weight));
      cell.title = `${target[i]} ← ${source[j]}  ${decimals(weight, 4)}`;
      cell.style.setProperty("--grey", shade(weight));
      if (weight > .5) cell.className = "light";
      row.append(cell);
    }
    body.append(row);
  }
  const across = j1 - j0, table = make("table", {className: across > 40 ? "most" : across > 24 ? "many" : ""},
    make("caption", {className: "hidden"}, "Weights: a row for each target word, a column for each source word"),
    make("thead", {}, head), body);
  $("map").replaceChildren(table);
}

/** Marks the chosen target word and lights up source words as strongly as it attends to them. */
function light() {
  for (const element of document.querySelectorAll("#target button, #map tbody tr")) {
    const here = Number(element.dataset.i) === position;
    if (element.tagName === "BUTTON") element.tabIndex = here ? 0 : -1;
    if (here) element.setAttribute("aria-current", "true");
    else element.removeAttribute("aria-current");
  }
  for (const element of document.querySelectorAll("#source span[data-j], #map thead th")) {
    const weight = weightOf(position, Number(element.dataset.j)), lit = element.querySelector("span") ?? element;
    lit.style.setProperty("--weight", weight);
    lit.classList.toggle("lit", weight >= .005);
    lit.classList.toggle("strong", weight > .62);
  }
}

const SHOWN = 5;

function drawNumbers(best) {
  const {source, target} = decoded.matrix;
  $("word").replaceChildren(bdi(target[position]),
    make("small", {}, `target word ${position + 1} of ${counted(current.rows)}`));
  const shown = best.slice(0, SHOWN).filter((j) => weightOf(position, j) > 0);
  const row = (label, weight, kind) => {
    const bar = make("i");
    bar.style.width = `${100 * weight}%`;
    return make("li", {className: kind}, label, make("span", {}, decimals(weight, 4)), make("span", {}, bar));
  };
  const rows = shown.map((j) => row(bdi(source[j]), weightOf(position, j), ""));
  const others = best.slice(shown.length).reduce((sum, j) => sum + weightOf(position, j), 0);
  if (others >= .5 / STEPS) rows.push(row(make("bdi", {}, "all others"), others, "rest"));
  if (shown.length === 0) rows.push(make("li", {className: "rest"}, make("span", {}, "all weights are 0")));
  $("weights").replaceChildren(...rows);
  $("live").textContent = `${target[position]}, target word ${position + 1} of ${current.rows}: ` +
    (shown.map((j) => `${source[j]} ${decimals(weightOf(position, j), 2)}`).join(", ") || "all weights are 0");
}

// ---- what the user does ----

function step(to, scroll = true) {
  if (!decoded.matrix || current.rows === 0) return;
  const held = document.activeElement?.closest("#target");
  position = Math.max(0, Math.min(to, current.rows - 1));
  update();
  const word = $("target").querySelector(`[data-i="${position}"]`);
  if (held) word?.focus({preventScroll: true});
  if (scroll) reveal();
}

/** Scrolls the matrix so that the chosen row and its strongest cell stand clear of the words at its edges. */
function reveal() {
  const map = $("map"), row = map.querySelector("tr[aria-current]"), j = strongest(position)[0] - parts.columns[0];
  const head = map.querySelector("thead").offsetHeight, cell = row.cells[j + 1], side = row.cells[0].offsetWidth;
  const held = (at, begin, end, margin, room) => Math.min(begin - margin, Math.max(at, end - room));
  map.scrollTop = held(map.scrollTop, row.offsetTop, row.offsetTop + row.offsetHeight, head, map.clientHeight);
  map.scrollLeft = held(map.scrollLeft, cell.offsetLeft, cell.offsetLeft + cell.offsetWidth, side, map.clientWidth);
  // Where the page scrolls as a whole, on small screens, it stays where the reader put it.
  if (getComputedStyle($("sentence")).overflowY === "auto") $("matrix").scrollIntoView({block: "nearest"});
}

function turn(by) {
  const at = chosen.indexOf(current), next = chosen[at < 0 ? 0 : at + by];
  if (!next) return;
  show(next);
  $("sentence").scrollTop = 0;
}

async function download(event) {
  event.preventDefault();
  const kind = event.currentTarget.id, name = event.currentTarget.download;
  const svg = figureSvg(`${current.source} – ${current.target}`, decoded.matrix);
  const blob = kind === "svg" ? new Blob([svg], {type: "image/svg+xml"}) : await figurePng(svg);
  const link = make("a", {href: URL.createObjectURL(blob), download: name});
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function fromAddress() {
  const sentence = SENTENCES[Number(location.hash.slice(1)) - 1];
  if (sentence && sentence !== current) show(sentence);
}

const KEYS = {
  ArrowRight: () => step(position + 1), ArrowDown: () => step(position + 1),
  ArrowLeft: () => step(position - 1), ArrowUp: () => step(position - 1),
  Home: () => step(0), End: () => step(Infinity),
  j: () => turn(1), PageDown: () => turn(1), k: () => turn(-1), PageUp: () => turn(-1),
  "/": () => {
    $("search").focus();
    $("search").select();
  }, "?": () => $("help").showModal()};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || $("help").open || event.target.closest("select")) return;
  if (event.target === $("search")) {
    if (event.key === "Escape") {
      $("search").value = "";
      search();
      $("search").blur();
    } else if (event.key === "Enter" && chosen.length > 0) {
      $("search").blur();
      show(chosen[0]);
    }
  } else if (Object.hasOwn(KEYS, event.key) && current) {
    event.preventDefault();
    KEYS[event.key]();
  }
}

let pointer = "";

/** A pointer at rest chooses nothing when the page moves below it. */
function onPointer(event) {
  const place = `${event.clientX} ${event.clientY}`;
  if (place === pointer) return;
  pointer = place;
  const word = event.target.closest("#target [data-i], #map tr[data-i]");
  if (word && Number(word.dataset.i) !== position) step(Number(word.dataset.i), false);
}

function switchTheme() {
  const root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = (root.dataset.theme ?? (dark ? "dark" : "light")) === "dark" ? "light" : "dark";
  remember((store) => store.setItem("lockstep-theme", root.dataset.theme));
}

/** A browser may deny storage to pages from disk; the page does without. */
function remember(use) {
  try {
    return use(localStorage);
  } catch {
    return null;
  }
}

function start() {
  const theme = remember((store) => store.getItem("lockstep-theme"));
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  const scores = SENTENCES.map((sentence) => sentence.score).filter((value) => value !== null);
  const mean = scores.reduce((sum, value) => sum + value, 0) / scores.length;
  $("about").textContent = [DATA.file, DATA.kind, DATA.settings, DATA.checkpoints.join(", "),
    scores.length > 0 ? `mean score ${signed(mean)}` : ""].filter(Boolean).join(" · ");

  $("search").addEventListener("input", search);
  $("sort").addEventListener("change", search);
  $("list").addEventListener("scroll", drawList, {passive: true});
  $("previous").addEventListener("click", () => turn(-1));
  $("next").addEventListener("click", () => turn(1));
  $("png").addEventListener("click", download);
  $("svg").addEventListener("click", download);
  $("theme").addEventListener("click", switchTheme);
  $("help-open").addEventListener("click", () => $("help").showModal());
  $("sentence").addEventListener("pointermove", onPointer);
  $("sentence").addEventListener("click", (event) => {
    const word = event.target.closest("#target [data-i], #map tr[data-i]");
    if (word) step(Number(word.dataset.i), false);
  });
  $("target").addEventListener("focusin", (event) => {
    const i = Number(event.target.dataset.i);
    if (i !== position) step(i, false);
  });
  document.addEventListener("keydown", onKey);
  addEventListener("hashchange", fromAddress);
  addEventListener("resize", drawList);
  search();
  fromAddress();
  if (!current && SENTENCES.length > 0) show(SENTENCES[0]);
  if (SENTENCES.length === 0) $("heading").textContent = "No sentences";
}

start();
