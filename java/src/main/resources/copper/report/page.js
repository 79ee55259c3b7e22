(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const colours = { cache: "#2a9d8f", parent: "#4c78a8", storage: "#e76f51", missing: "#b8a9c9" };
  const palette = ["#4c78a8", "#e76f51", "#2a9d8f", "#8a6fb0", "#c59b27", "#5c6b73", "#d1495b", "#3d9be9"];
  const byId = (id) => document.getElementById(id);

  function make(tag, className, ...content) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...content.map((c) => (c instanceof Node ? c : String(c))));
    return element;
  }

  const whole = (n) => Math.round(n).toLocaleString("en-US");
  function short(n) {
    if (n >= 1e9) return (n / 1e9).toFixed(1) + " G";
    if (n >= 1e6) return (n / 1e6).toFixed(1) + " M";
    return n >= 1e4 ? (n / 1e3).toFixed(1) + " k" : whole(n);
  }
  function bytes(n) {
    const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let i = 0;
    while (n >= 1024 && i < units.length - 1) { n /= 1024; i++; }
    return (i === 0 || n >= 100 ? Math.round(n) : n.toFixed(1)) + " " + units[i];
  }
  function time(us) {
    if (us === undefined) return "–";
    if (us >= 1e6) return (us / 1e6).toPrecision(3) + " s";
    return us >= 1e3 ? (us / 1e3).toPrecision(3) + " ms" : us.toPrecision(3) + " µs";
  }
  const percent = (part, all) => (all > 0 ? (100 * part / all).toFixed(part === all ? 0 : 1) + " %" : "–");
  const count = (n, one, many) => whole(n) + " " + (n === 1 ? one : many);

  const t = data.totals;
  document.title = "Copper profile " + data.run;
  byId("run").textContent = data.run;
  const answered = t.hits + t.misses + t.negatives;
  const span = data.time.times.length * data.time.seconds;
  byId("subtitle").textContent = [
    count(t.nodes, "node", "nodes"), count(t.trees, "tree", "trees"),
    t.profiles < t.nodes ? count(t.nodes - t.profiles, "node", "nodes") + " left no profile" : "",
    t.early > 0 ? count(t.early, "node", "nodes") + " ended early: their last snapshot counts" : "",
    span > 0 ? (span >= 120 ? (span / 60).toFixed(0) + " minutes" : span.toFixed(0) + " seconds") : "",
  ].filter(Boolean).join(" · ");

  const saved = Math.max(0, answered - t.storageCalls);
  for (const [number, text, colour] of [
    [short(t.requests), "requests of programs", null],
    [percent(t.fromCache, answered), "answered by the node itself", colours.cache],
    [short(t.rpcs), "calls from node to node" + (t.rpcsFailed ? ", " + short(t.rpcsFailed) + " failed" : ""), colours.parent],
    [short(t.storageCalls), "calls of storage, which is " +
      (saved > 0 ? short(saved) + " fewer than answers to programs" : "no fewer than answers: few nodes asked for the same"), colours.storage],
    [bytes(t.heldBytes), "of data in the caches of all nodes at the end", null],
    [bytes(t.storageBytes), "of data read from storage" +
      (t.storageBytes > 0 && t.heldBytes > t.storageBytes ? ", " + (t.heldBytes / t.storageBytes).toFixed(1) + " times less" : ""), colours.storage],
    [bytes(t.nodeBytes), "passed from node to node", colours.parent],
    [short(t.ttlServes), "lookups of missing names answered from memory", colours.missing],
  ]) {
    const tile = make("div", "tile", make("b", "", number), make("span", "", text));
    if (colour) tile.style.borderTopColor = colour;
    byId("tiles").append(tile);
  }

  /* Charts follow the width of their card. */
  function chart(box, height, options, values) {
    const plot = new uPlot({ width: Math.max(240, box.clientWidth), height, ...options }, values, box);
    const observer = new ResizeObserver(() => {
      const width = Math.max(240, box.clientWidth);
      if (width !== plot.width) plot.setSize({ width, height });
    });
    observer.observe(box);
    return { end() { observer.disconnect(); plot.destroy(); } };
  }
  const grid = { stroke: "#eef1f4", width: 1 };
  const seconds = (self, ticks) => ticks.map((s) => (span > 600 ? (s / 60).toFixed(s % 60 ? 1 : 0) + " min" : s + " s"));
  const axes = (format) => [
    { stroke: "#616e7c", grid, ticks: grid, values: seconds, space: 60 },
    { stroke: "#616e7c", grid, ticks: grid, size: 62, values: (self, ticks) => ticks.map(format) },
  ];
  const timeLabel = { label: "Time", value: (self, v) => (v == null ? "–" : v.toFixed(0) + " s") };
  const none = (box, text) => box.append(make("p", "empty", text));

  /* Areas on top of each other; the legend tells each one's own value. */
  function areas(id, height, parts, format) {
    const box = byId(id);
    const times = data.time.times;
    if (times.length === 0) {
      none(box, "No node wrote down its counts in the course of time.");
      return;
    }
    const own = parts.map(([key]) => data.time[key] || times.map(() => 0));
    const heaped = own.map(() => []);
    times.forEach((_, i) => {
      let sum = 0;
      own.forEach((values, k) => { sum += values[i]; heaped[k].push(sum); });
    });
    const top = parts.map((_, k) => parts.length - 1 - k);
    chart(box, height, {
      scales: { x: { time: false }, y: { range: (self, low, high) => [0, Math.max(high * 1.08, 1e-3)] } },
      axes: axes(format),
      series: [timeLabel, ...top.map((k) => ({
        label: parts[k][1], stroke: parts[k][2], fill: parts[k][2] + "cc", width: 1,
        points: { show: times.length === 1 },
        value: (self, v, s, i) => (i == null ? "–" : format(own[k][i])),
      }))],
    }, [times, ...top.map((k) => heaped[k])]);
  }
  const rate = (n) => (n >= 100 || n === 0 ? short(n) : n.toFixed(n >= 10 ? 0 : 1));
  areas("answers", 260, [
    ["storage", "storage", colours.storage],
    ["parent", "the parent", colours.parent],
    ["cache", "the node's own cache", colours.cache],
  ], rate);
  areas("storage", 190, [["storage_calls", "calls", colours.storage]], rate);
  for (const key of ["storage_bytes", "node_bytes"]) {
    data.time[key] = (data.time[key] || []).map((n) => n / 1e6);
  }
  areas("bytes", 190, [
    ["storage_bytes", "from storage", colours.storage],
    ["node_bytes", "from node to node", colours.parent],
  ], rate);

  function table(id, heads, rows) {
    byId(id).append(
      make("thead", "", make("tr", "", ...heads.map((head) => make("th", "", head)))),
      make("tbody", "", ...rows.map((row) => make("tr", "", ...row.map((cell) => make("td", "", cell))))));
  }
  function shareBar(parts) {
    const all = parts.reduce((sum, part) => sum + part[0], 0);
    const bar = make("div", "share");
    for (const [n, colour] of parts) {
      const piece = make("i");
      piece.style.width = (all > 0 ? 100 * n / all : 0) + "%";
      piece.style.background = colour;
      bar.append(piece);
    }
    return bar;
  }
  table("operations",
    ["Operation", "Requests", "Hits, misses, not found", "Hits", "Misses", "Not found", "Mean", "Median", "90 %", "99 %", "Longest"],
    data.operations.map((o) => [
      o.name, whole(o.calls),
      shareBar([[o.hits, colours.cache], [o.misses, colours.parent], [o.negatives, colours.missing]]),
      whole(o.hits), whole(o.misses), whole(o.negatives),
      time(o.mean), time(o.p50), time(o.p90), time(o.p99), time(o.max)]));

  function choose(id, names, pick) {
    const buttons = names.map((name, i) => {
      const button = make("button", "", name);
      button.type = "button";
      button.addEventListener("click", () => select(i));
      return button;
    });
    function select(i) {
      buttons.forEach((button, k) => button.setAttribute("aria-pressed", String(k === i)));
      pick(i);
    }
    byId(id).append(...buttons);
    if (names.length) select(0);
  }

  const layers = [["fuse", "Answers to programs"], ["asked", "Calls to the parent"], ["served", "Calls of children"], ["storage", "Calls of storage"]]
    .map(([key, title]) => [title, data.latencies.filter((l) => l.name.startsWith(key + " ")).map((l) => ({
      ...l, name: l.name.slice(key.length + 1), us: l.us.map((v) => Math.max(v, 0.001)),
    }))])
    .filter(([, list]) => list.length > 0);
  let latencyPlot = null;
  function drawLatency(list) {
    const box = byId("latency");
    if (latencyPlot) latencyPlot.end();
    box.replaceChildren();
    const xs = [...new Set(list.flatMap((l) => l.us))].sort((a, b) => a - b);
    const lines = list.map((l) => {
      const all = l.counts.reduce((sum, n) => sum + n, 0);
      let k = 0, seen = 0;
      return xs.map((x) => {
        while (k < l.us.length && l.us[k] <= x) seen += l.counts[k++];
        return 100 * seen / all;
      });
    });
    latencyPlot = chart(box, 260, {
      scales: { x: { time: false, distr: 3 }, y: { range: [0, 100] } },
      axes: [
        { stroke: "#616e7c", grid, ticks: grid, values: (self, ticks) => ticks.map((v) => (v && /^1(\.0*)?(e|$)/.test(v.toExponential()) ? time(v) : "")) },
        { stroke: "#616e7c", grid, ticks: grid, size: 54, values: (self, ticks) => ticks.map((v) => v + " %") },
      ],
      series: [
        { label: "Within", value: (self, v) => (v == null ? "–" : time(v)) },
        ...list.map((l, i) => ({
          label: l.name, stroke: palette[i % palette.length], width: 2, points: { show: false },
          value: (self, v) => (v == null ? "–" : v.toFixed(1) + " %"),
        })),
      ],
    }, [xs, ...lines]);
  }
  choose("layers", layers.map(([title]) => title), (i) => drawLatency(layers[i][1]));
  if (!layers.length) none(byId("latency"), "The nodes wrote down no times.");

  const metrics = [
    ["calls served", (n) => n.served, whole],
    ["bytes sent", (n) => n.bytesOut, bytes],
    ["calls of storage", (n) => n.storage, whole],
    ["requests of programs", (n) => n.requests, whole],
    ["99 % answered within", (n) => n.p99, time],
  ];
  let metric = metrics[0];
  function describe(node) {
    const name = (node.name || node.host) + (node.address ? " (" + node.address + ")" : "");
    if (node.name === undefined) return name + ": left no profile";
    return name + ": " + metrics.map(([title, value, format]) => {
      const amount = value(node);
      return title + " " + (amount === undefined ? "–" : format(amount));
    }).join(", ");
  }
  const drawTree = () =>
    drawForest(byId("tree"), data.tree, metric[1], describe, (text) => { byId("node").textContent = text; });
  choose("metrics", metrics.map(([title]) => title), (i) => { metric = metrics[i]; drawTree(); });
  let treeWidth = byId("tree").clientWidth;
  new ResizeObserver(() => {
    if (byId("tree").clientWidth !== treeWidth) { treeWidth = byId("tree").clientWidth; drawTree(); }
  }).observe(byId("tree"));

  function depth(i) {
    let steps = 0;
    for (let at = i; data.tree[at].parent >= 0; at = data.tree[at].parent) steps++;
    return steps;
  }
  const slowest = data.tree.map((node, i) => [node, i]).filter(([node]) => node.p99 !== undefined)
    .sort(([a, i], [b, k]) => b.p99 - a.p99 || b.mean - a.mean || i - k).slice(0, 12);
  table("slowest",
    ["Node", "Level", "Requests", "From its cache", "Median", "99 %", "Longest", "Calls served", "Sent", "Calls of storage", "Failed calls"],
    slowest.map(([n, i]) => [
      n.name.startsWith(n.host + "-") ? n.name : n.host + " (" + n.name + ")", depth(i), whole(n.requests), percent(n.fromCache, n.answers), time(n.p50), time(n.p99), time(n.max),
      whole(n.served), bytes(n.bytesOut), whole(n.storage), whole(n.failed)]));

  let group = "";
  for (const item of data.advice) {
    if (item.variable !== group) {
      group = item.variable;
      byId("advice").append(make("div", "group", group === "Other" ? "Directories that do not exist, and other names" : group));
    }
    const names = item.names.join(", ") + (item.different > item.names.length ? ", …" : "");
    byId("advice").append(make("div", "item" + (item.found ? "" : " useless"),
      make("div", "path", item.directory), make("div", "text", item.text),
      make("div", "text", "Looked for: ", make("span", "path", names))));
  }
  if (!data.advice.length) none(byId("advice"), data.classes.length
    ? "Nothing to say: among the most used paths no directory was searched in vain."
    : "Paths are written down with -profile_top_n N.");

  const mostEvents = Math.max(1, ...data.classes.map((c) => c.events));
  for (const c of data.classes) {
    const bar = make("i");
    bar.style.width = (100 * c.events / mostEvents) + "%";
    bar.style.background = c.missing ? colours.missing : colours.parent;
    const rows = c.paths.map(([path, category, events, nodes]) => make("tr", "",
      make("td", "path", path), make("td", "", category === "metadata_ttl" ? "missing" : category),
      make("td", "", whole(events)), make("td", "", whole(nodes))));
    byId("classes").append(make("details", "",
      make("summary", "", make("span", "", c.name, make("small", "", c.meaning)), make("span", "bar", bar),
        make("span", "count", short(c.events))),
      make("div", "scroll", make("table", "",
        make("thead", "", make("tr", "", ...["Path", "Kind", "Times", "Nodes"].map((h) => make("th", "", h)))),
        make("tbody", "", ...rows)))));
  }
  if (!data.classes.length) none(byId("classes"), "Paths are written down with -profile_top_n N.");
})();
