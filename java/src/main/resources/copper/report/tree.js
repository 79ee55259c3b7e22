"use strict";
/* Draws a forest as bands: a node is as wide as all that stands below it. Names are only ever text. */
function drawForest(box, nodes, value, describe, say) {
  const SVG = "http://www.w3.org/2000/svg";
  const children = nodes.map(() => []);
  const roots = [];
  nodes.forEach((node, i) => (node.parent < 0 ? roots : children[node.parent]).push(i));
  const leaves = new Array(nodes.length).fill(0);
  const order = [];
  const stack = roots.slice().reverse();
  while (stack.length) {
    const i = stack.pop();
    order.push(i);
    for (const child of children[i].slice().reverse()) stack.push(child);
  }
  for (const i of order.slice().reverse()) {
    leaves[i] = children[i].length ? children[i].reduce((sum, c) => sum + leaves[c], 0) : 1;
  }
  const total = roots.reduce((sum, r) => sum + leaves[r], 0);
  const width = Math.max(200, box.clientWidth), band = 34, gap = 4;
  const from = new Array(nodes.length), depth = new Array(nodes.length);
  let at = 0;
  for (const root of roots) { from[root] = at; depth[root] = 0; at += leaves[root]; }
  let deepest = 0;
  for (const i of order) {
    let next = from[i];
    deepest = Math.max(deepest, depth[i]);
    for (const c of children[i]) { from[c] = next; depth[c] = depth[i] + 1; next += leaves[c]; }
  }
  const most = Math.max(1e-9, ...nodes.map((node) => value(node) ?? 0));
  const height = (deepest + 1) * (band + gap);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("height", height);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", "The tree of nodes");
  for (const i of order) {
    const x = from[i] / total * width, w = leaves[i] / total * width, amount = value(nodes[i]);
    const share = amount === undefined ? 0 : Math.sqrt(amount / most);
    const rect = document.createElementNS(SVG, "rect");
    rect.setAttribute("x", (x + Math.min(1, w / 8)).toFixed(2));
    rect.setAttribute("y", depth[i] * (band + gap));
    rect.setAttribute("width", Math.max(0.5, w - Math.min(2, w / 4)).toFixed(2));
    rect.setAttribute("height", band);
    rect.setAttribute("rx", w > 12 ? 4 : 0);
    rect.setAttribute("fill", amount === undefined ? "#e4e7eb" : shade(share));
    const title = document.createElementNS(SVG, "title");
    title.textContent = describe(nodes[i]);
    rect.append(title);
    rect.addEventListener("pointerenter", () => say(describe(nodes[i])));
    rect.addEventListener("click", () => say(describe(nodes[i])));
    svg.append(rect);
    const label = nodes[i].host || nodes[i].address;
    if (w > label.length * 6.6 + 12) {
      const text = document.createElementNS(SVG, "text");
      text.setAttribute("x", (x + w / 2).toFixed(2));
      text.setAttribute("y", depth[i] * (band + gap) + band / 2 + 4);
      text.setAttribute("text-anchor", "middle");
      text.setAttribute("fill", amount !== undefined && share > 0.55 ? "#fff" : "#1f2933");
      text.textContent = label;
      svg.append(text);
    }
  }
  box.replaceChildren(svg);
}

/* From the paper's colour to a dark blue, evenly to the eye. */
function shade(share) {
  const low = [222, 235, 247], high = [8, 69, 148];
  return `rgb(${low.map((c, i) => Math.round(c + (high[i] - c) * share)).join(",")})`;
}
