// An alignment as the paper's figure 3, in SVG: source on top, target at the left, 0 black, 1 white. The drawing that
// `lockstep inspect --svg` makes has the same measures.
"use strict";

const FIGURE = {cell: 22, size: 13, gap: 6, font: "DejaVu Sans, Verdana, sans-serif", longest: 30};

const shade = (weight) => Math.round(255 * weight);

function escaped(text) {
  const names = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"};
  // Control characters are not allowed in XML at all.
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
      .replace(/[&<>"]/g, (mark) => names[mark]);
}

function shortened(word) {
  const characters = Array.from(word);
  return characters.length <= FIGURE.longest ? word : characters.slice(0, FIGURE.longest - 1).join("") + "…";
}

/** {source, target, weights: rows × columns from 0 to 1} as the text of an SVG file. */
function figureSvg(title, {source, target, weights}) {
  const {cell, size, gap, font} = FIGURE;
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `${size}px ${font}`;
  const widest = (words) => Math.ceil(Math.max(0, ...words.map((word) => pen.measureText(word).width)));
  const top = source.map(shortened), left = target.map(shortened);
  const x0 = widest(left) + 2 * gap, y0 = widest(top) + 2 * gap;
  const width = x0 + source.length * cell + gap, height = y0 + target.length * cell + gap;
  const parts = [`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}" font-family="${font}" font-size="${size}">`, `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`];
  top.forEach((word, j) => {
    const x = x0 + j * cell + cell / 2 + size * .35;
    parts.push(`<text transform="translate(${x} ${y0 - gap}) rotate(-90)">${escaped(word)}</text>`);
  });
  left.forEach((word, i) => {
    const y = y0 + i * cell + cell / 2 + size * .35;
    parts.push(`<text x="${x0 - gap}" y="${y}" text-anchor="end">${escaped(word)}</text>`);
  });
  parts.push(`<g shape-rendering="crispEdges"><rect x="${x0}" y="${y0}" width="${source.length * cell}" ` +
    `height="${target.length * cell}"/>`);
  weights.forEach((weight, place) => {
    const grey = shade(weight), i = Math.floor(place / source.length), j = place % source.length;
    if (grey === 0) return;
    parts.push(`<rect x="${x0 + j * cell}" y="${y0 + i * cell}" width="${cell}" height="${cell}" ` +
      `fill="rgb(${grey},${grey},${grey})"/>`);
  });
  parts.push(`</g><rect x="${x0 - .5}" y="${y0 - .5}" width="${source.length * cell + 1}" ` +
    `height="${target.length * cell + 1}" fill="none" stroke="#000"/></svg>`, "");
  return parts.join("\n");
}

/** The drawing as a PNG file, twice as fine as the screen's points. */
function figurePng(svg) {
  return new Promise((resolve, reject) => {
    const address = URL.createObjectURL(new Blob([svg], {type: "image/svg+xml"}));
    const image = new Image();
    image.onerror = () => reject(new Error("the drawing is too large for this browser"));
    image.onload = () => {
      const canvas = document.createElement("canvas");
      canvas.width = 2 * image.width;
      canvas.height = 2 * image.height;
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      URL.revokeObjectURL(address);
      canvas.toBlob((blob) => blob ? resolve(blob) : image.onerror(), "image/png");
    };
    image.src = address;
  });
}
