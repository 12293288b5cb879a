// What the page holds of an alignments file: texts and scores of all sentences, the matrix of one when it is asked for.
"use strict";

const END = "</s>";
const STEPS = 10000;  // a weight is stored in whole ten-thousandths

const DATA = JSON.parse(document.getElementById("data").textContent);

/** One object a sentence: number from 1, line from 1, score (null: none), columns, rows, source, target. */
const SENTENCES = DATA.sentences.map(([line, score, columns, rows, source, target], k) =>
  ({number: k + 1, line: line + 1, score, columns, rows, source, target}));

const MATRICES = document.getElementById("matrices").textContent.slice(1).split("\n");

/** Numbers of seven bits a byte, the lowest first, the high bit set where more follow (LEB128). */
function* numbersOf(base64) {
  const bytes = atob(base64);
  let value = 0, factor = 1;
  for (let at = 0; at < bytes.length; ++at) {
    const byte = bytes.charCodeAt(at);
    value += (byte & 127) * factor;
    factor *= 128;
    if (byte < 128) {
      yield value;
      value = 0;
      factor = 1;
    }
  }
}

let decoded = null;

/**
 * {source, target: words; weights: Float32Array, rows × columns} of a sentence; null where the file left it out, being
 * too large for a page.
 */
function matrixOf(sentence) {
  if (decoded && decoded.sentence === sentence) return decoded.matrix;
  const line = MATRICES[sentence.number - 1];
  let matrix = null;
  if (line !== "-") {
    const numbers = numbersOf(line);
    const words = (count, vocabulary) => Array.from({length: count}, () => vocabulary[numbers.next().value]);
    const source = words(sentence.columns, DATA.vocabulary.source);
    const target = words(sentence.rows, DATA.vocabulary.target);
    const weights = Float32Array.from({length: sentence.rows * sentence.columns}, () => numbers.next().value / STEPS);
    matrix = {source, target, weights};
  }
  decoded = {sentence, matrix};
  return matrix;
}

/** Texts are compared without case and accents. */
const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
let searched = null;

/** Sentences whose source or target contains the text, in an order like "score-up". */
function choose(query, order) {
  if (query && !searched) searched = SENTENCES.map((sentence) => plain(`${sentence.source}\n${sentence.target}`));
  const wanted = plain(query);
  const chosen = SENTENCES.filter((sentence, k) => !query || searched[k].includes(wanted));
  const [key, direction] = order.split("-");
  if (key === "file") return chosen;
  const values = {score: (s) => s.score ?? -Infinity, source: (s) => s.columns, target: (s) => s.rows};
  const sign = direction === "up" ? 1 : -1, value = values[key];
  const compare = (a, b) => value(a) < value(b) ? -sign : value(a) > value(b) ? sign : a.number - b.number;
  return chosen.sort(compare);
}
