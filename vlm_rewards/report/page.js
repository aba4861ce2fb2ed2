"use strict";
(async () => {
  const PAGE = 50, SHOWN = 24, BOX = "http://www.w3.org/2000/svg";
  const $ = (id) => document.getElementById(id);

  // Every text of a model or of data goes in as a text node, never as markup.
  const make = (name, className, ...parts) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    element.append(...parts.filter((part) => part !== null && part !== undefined));
    return element;
  };
  const unpack = async (id) => {
    const packed = atob($(id).textContent);
    const bytes = new Uint8Array(packed.length);
    for (let place = 0; place < packed.length; place++) bytes[place] = packed.charCodeAt(place);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  };
  if (typeof DecompressionStream === "undefined") {
    $("count").textContent = "This browser cannot unpack the answers: it needs DecompressionStream (2023 or later).";
    return;
  }

  const data = await unpack("index");
  const { rows, terms, reasons, statuses } = data;
  const size = rows.row.length, all = terms.map((_, number) => number);
  const kinds = reasons.map((reason) => reason.replace(/'[^']*'|"[^"]*"|\d[\d.,]*/g, "…"));
  const chunks = [];
  const textOf = async (row) => {
    const number = Math.floor(row / data.chunk);
    chunks[number] ??= unpack(`texts-${number}`);
    return (await chunks[number])[row % data.chunk];
  };

  // Which rows answer one question, and what a link to a row is called.
  const questions = new Map(), names = [], named = new Map(), seen = new Map();
  for (let row = 0; row < size; row++) {
    if (!questions.has(rows.question[row])) questions.set(rows.question[row], []);
    questions.get(rows.question[row]).push(row);
    const place = seen.get(rows.row[row]) ?? 0;
    seen.set(rows.row[row], place + 1);
    names.push(place ? `row-${rows.row[row]}-${place}` : `row-${rows.row[row]}`);
    named.set(names[row], row);
  }
  const colour = (row) => (rows.model[row] + (data.models.length === 1)) % 7;
  const several = data.models.length > 1, repeated = questions.size < size;
  const apart = new Map();
  for (const [question, own] of questions) {
    let low = Infinity, high = -Infinity, count = 0;
    for (const row of own) {
      if (rows.total[row] === null) continue;
      low = Math.min(low, rows.total[row]);
      high = Math.max(high, rows.total[row]);
      count++;
    }
    apart.set(question, count > 1 ? high - low : null);
  }

  const option = (value, text) => Object.assign(make("option", "", text), { value });
  const fill = (id, first, options) => $(id).replaceChildren(option("", first), ...options);
  fill("model", "all models", data.models.map((name, number) => option(number, name)));
  $("model").hidden = !several;
  document.body.classList.toggle("many", data.models.length > 2);
  fill("term", "any term", terms.map((name, number) => option(number, name)));
  fill("status", "any status", [...statuses, "no total", "skipped"].map((name) => option(name, name)));
  const sorts = [option("total", "sort by total"), ...terms.map((name, number) => option(number, `sort by ${name}`))];
  fill("sort", "in the order of the data", repeated ? [...sorts, option("apart", "sort by disagreement")] : sorts);

  let order = [], chosen = -1, first = 0, down = false, haystacks = null, turn = 0;
  const value = (id) => $(id).value;
  const number = (given, signs = 3) => (given === null || given === undefined ? "–" : given.toFixed(signs));

  const matches = (row, reason) => {
    if (value("model") !== "" && rows.model[row] !== Number(value("model"))) return false;
    const status = value("status"), term = value("term");
    if (status === "no total" && rows.total[row] !== null) return false;
    if (status === "skipped" && rows.skipped[row] === null) return false;
    const asked = statuses.indexOf(status);
    if (term !== "" || asked >= 0 || reason !== "") {
      const found = (term === "" ? all : [Number(term)]).some((one) => {
        const given = data.status[one][row], why = data.reason[one][row];
        return given >= 0 && (asked < 0 || given === asked) && (reason === "" || (why >= 0 && kinds[why] === reason));
      });
      if (!found) return false;
    }
    return haystacks === null || haystacks[row].includes(value("text").toLowerCase());
  };

  const lookInto = async () => {
    if (value("text") === "") { haystacks = null; return; }
    if (haystacks !== null) return;
    const found = [];
    for (let row = 0; row < size; row++) {
      const text = await textOf(row);
      const why = all.map((term) => reasons[data.reason[term][row]] ?? "");
      const parts = [rows.id[row] ?? "", text.completion, text.prompt, text.solution, rows.skipped[row], ...why];
      found.push(parts.join("\n").toLowerCase());
    }
    haystacks = found;
  };

  const offerReasons = () => {
    const counts = new Map(), kept = value("reason");
    const looked = value("term") === "" ? all : [Number(value("term"))];
    for (let row = 0; row < size; row++) {
      if (!matches(row, "")) continue;
      for (const kind of new Set(looked.map((term) => kinds[data.reason[term][row]]))) {
        if (kind !== undefined) counts.set(kind, (counts.get(kind) ?? 0) + 1);
      }
    }
    if (kept !== "" && !counts.has(kept)) counts.set(kept, 0);
    const most = [...counts].sort((one, other) => other[1] - one[1]).slice(0, 200);
    fill("reason", "any reason", most.map(([kind, count]) => option(kind, `${count}: ${kind}`)));
    $("reason").value = kept;
  };

  const update = async () => {
    const mine = ++turn;
    await lookInto();
    if (mine !== turn) return;
    offerReasons();
    order = rows.row.map((_, row) => row).filter((row) => matches(row, value("reason")));
    const key = value("sort"), sign = down ? -1 : 1;
    if (key !== "") {
      const keys = rows.row.map((_, row) =>
        key === "total" ? rows.total[row]
          : key === "apart" ? apart.get(rows.question[row])
          : data.value[Number(key)][row]);
      order.sort((one, other) =>
        keys[one] === null || keys[other] === null
          ? (keys[one] === null) - (keys[other] === null) || one - other
          : sign * (keys[one] - keys[other]) || one - other);
    } else if (down) order.reverse();
    first = 0;
    show();
  };

  const show = () => {
    $("count").textContent = `${order.length} of ${size} answers`;
    const pages = Math.max(1, Math.ceil(order.length / PAGE));
    $("page").textContent = `page ${first / PAGE + 1} of ${pages}`;
    $("before").disabled = first === 0;
    $("after").disabled = first + PAGE >= order.length;
    const heads = ["row", several ? "model" : null, "total", ...terms, "ends with"].filter((head) => head !== null);
    const head = make("thead", "", make("tr", "", ...heads.map((text) => make("th", "", text))));
    const body = make("tbody", "", ...order.slice(first, first + PAGE).map(line));
    $("list").replaceChildren(make("table", "", head, body));
  };

  const line = (row) => {
    const link = Object.assign(make("a", "", rows.id[row] ?? `${rows.row[row]}`), { href: `#${names[row]}` });
    const end = Object.assign(make("bdi"), { dir: "ltr" }), says = make("td", "says", end);
    textOf(row).then((text) => { end.textContent = rows.skipped[row] ?? text.completion.slice(-60); });
    const cells = all.map((term) => {
      const status = statuses[data.status[term][row]];
      const plain = status === undefined || status === "scored";
      const cell = make("td", plain ? "number" : "number fault", status ? number(data.value[term][row]) : "");
      cell.title = [status ?? "not routed", reasons[data.reason[term][row]]].filter(Boolean).join(": ");
      return cell;
    });
    const model = several ? make("td", "", data.models[rows.model[row]]) : null;
    const total = make("td", rows.total[row] === null ? "number fault" : "number", number(rows.total[row]));
    const made = make("tr", row === chosen ? "chosen" : "", make("td", "", link), model, total, ...cells, says);
    made.dataset.row = row;
    return made;
  };

  const choose = async (row) => {
    chosen = row;
    const place = order.indexOf(row), page = Math.floor(place / PAGE) * PAGE;
    if (place >= 0 && page !== first) { first = page; show(); }
    for (const made of $("list").querySelectorAll("tbody tr")) {
      made.classList.toggle("chosen", Number(made.dataset.row) === row);
    }
    const made = $("list").querySelector("tr.chosen"), seen = $("list"), room = 40;
    if (made && made.offsetTop < seen.scrollTop + room) seen.scrollTop = made.offsetTop - room;
    else if (made && made.offsetTop + room > seen.scrollTop + seen.clientHeight) {
      seen.scrollTop = made.offsetTop + room - seen.clientHeight;
    }
    if (location.hash !== `#${names[row]}`) history.replaceState(null, "", `#${names[row]}`);
    await detail(row);
  };

  const detail = async (row) => {
    const own = questions.get(rows.question[row]);
    const start = Math.max(0, Math.min(own.indexOf(row) - SHOWN / 2, own.length - SHOWN));
    const given = own.slice(start, start + SHOWN);
    const texts = await Promise.all(given.map(textOf));
    if (row !== chosen) return;
    const text = texts[given.indexOf(row)];
    const id = rows.id[row] === null ? "" : ` · ${rows.id[row]}`;
    const link = Object.assign(make("a", "", `row ${rows.row[row]}${id}`), { href: `#${names[row]}` });
    const boxes = given.flatMap((one, place) => texts[place].boxes.map((box) => [box, `m${colour(one)}`]));
    boxes.push(...text.reference.map((box) => [box, "reference"]));
    const pictures = text.pictures.map((one, place) => picture(one, place === 0 ? boxes : []));
    const more = own.length > given.length ? `${given.length} of ${own.length} answers to this question` : null;
    $("row").replaceChildren(...[
      make("h3", "", link),
      make("div", "pictures", ...pictures),
      text.prompt === "" ? null : make("p", "text", text.prompt),
      text.solution === "" ? null : make("p", "text", make("b", "", "solution "), text.solution),
      make("div", "answers", ...given.map((one, place) => answer(one, texts[place]))),
      more && make("p", "quiet", more),
    ].filter((part) => part !== null));
    $("row").scrollTop = 0;
    for (const said of $("row").querySelectorAll("pre")) {
      const mark = said.querySelector("mark:last-of-type");
      if (mark) said.scrollTop = mark.offsetTop - said.offsetTop - 100;
    }
  };

  const picture = (place, boxes) => {
    if (typeof place === "string") return make("p", "fault", place);
    const [width, height] = data.pictures[place];
    const image = Object.assign(make("img"), { src: $(`picture-${place}`).textContent, alt: "image of the prompt" });
    const over = document.createElementNS(BOX, "svg");
    over.setAttribute("viewBox", `0 0 ${width} ${height}`);
    for (const [[x1, y1, x2, y2], kind] of [...boxes.map(([box]) => [box, "rim"]), ...boxes]) {
      const drawn = document.createElementNS(BOX, "rect");
      const sides = { x: x1, y: y1, width: x2 - x1, height: y2 - y1, class: kind };
      for (const [name, side] of Object.entries(sides)) drawn.setAttribute(name, side);
      over.append(drawn);
    }
    return make("div", Math.max(width, height) < 100 ? "picture tiny" : "picture", image, over);
  };

  const answer = (row, text) => {
    const about = [data.modes[rows.mode[row]], rows.sample[row] ? `sample ${rows.sample[row]}` : ""].filter(Boolean);
    const none = rows.total[row] === null;
    const total = make("span", none ? "total fault" : "total", none ? "no total" : number(rows.total[row]));
    const model = make("b", "", data.models[rows.model[row]]);
    const head = make("div", "", model, make("span", "quiet", about.join(", ")), total);
    const lines = all.filter((term) => data.status[term][row] >= 0).map((term) => {
      const status = statuses[data.status[term][row]], read = text.read[term];
      const told = status === "scored" ? number(data.value[term][row]) : `${number(data.value[term][row])} ${status}`;
      const cell = make("td", status === "scored" ? "number" : "number fault", told);
      const said = read === null ? "" : read[1] === "" ? read[0] : `${read[0]} (${read[1]})`;
      const why = make("td", "quiet", reasons[data.reason[term][row]] ?? "");
      why.title = text.details[term];
      return make("tr", "", make("td", "", terms[term]), cell, make("td", "", said), why);
    });
    const skipped = rows.skipped[row] === null ? null : make("p", "fault", rows.skipped[row]);
    const said = skipped === null ? make("pre", "", ...marked(text.completion, text.read)) : null;
    const made = make("section", `answer m${colour(row)}`, head, skipped, said, make("table", "terms", ...lines));
    if (row === chosen) made.classList.add("chosen");
    return made;
  };

  // The completion with the answers marked that rewards read: where their kind of mark stands, else the last place.
  const marked = (completion, read) => {
    const spans = [];
    for (const one of read) {
      const place = one === null || one[0] === "" ? -1 : find(completion, one[0], one[1]);
      if (place >= 0) spans.push([place, place + one[0].length]);
    }
    spans.sort((one, other) => one[0] - other[0]);
    const parts = [];
    let from = 0;
    for (const [start, end] of spans) {
      if (start < from) continue;
      parts.push(completion.slice(from, start), make("mark", "", completion.slice(start, end)));
      from = end;
    }
    return [...parts, completion.slice(from)];
  };
  const find = (text, part, source) => {
    const before = { box: "{", tag: ">" }[source];
    const place = before === undefined ? -1 : text.lastIndexOf(before + part);
    if (place >= 0) return place + 1;
    const joins = (one, other) => /^[\p{L}\p{N}]{2}$/u.test(one + other);
    let at = text.lastIndexOf(part);
    for (let tries = 0; at >= 0 && tries < 100; tries++, at = text.lastIndexOf(part, at - 1)) {
      const end = at + part.length;
      const alone = !(at > 0 && joins(text[at - 1], part[0])) && !(end < text.length && joins(part.at(-1), text[end]));
      if (alone) return at;
      if (at === 0) break;
    }
    return -1;
  };

  const fromLink = async () => {
    const row = named.get(location.hash.slice(1));
    if (row === undefined) return false;
    if (!order.includes(row)) await clear();
    await choose(row);
    return true;
  };
  const clear = async () => {
    for (const id of ["text", "model", "term", "status", "reason", "sort"]) $(id).value = "";
    down = false;
    $("down").textContent = "↑";
    await update();
  };
  // While something is under way the page says so, for those who wait for it.
  const ready = document.documentElement.dataset;
  const during = async (task) => {
    ready.ready = "no";
    await task();
    ready.ready = "yes";
  };
  const list = async () => {
    await update();
    if (order.length) await choose(order[0]);
    else $("row").replaceChildren();
  };
  const changed = () => during(list);
  const step = (by) => during(async () => {
    const place = order.indexOf(chosen) + by;
    if (place >= 0 && place < order.length) await choose(order[place]);
  });
  const leaf = (by) => { first += by; show(); $("list").scrollTop = 0; };

  $("filters").addEventListener("submit", (event) => event.preventDefault());
  for (const id of ["model", "term", "status", "reason", "sort"]) $(id).addEventListener("change", changed);
  let waiting = 0;
  $("text").addEventListener("input", () => {
    ready.ready = "no";
    clearTimeout(waiting);
    waiting = setTimeout(changed, 200);
  });
  $("down").addEventListener("click", () => { down = !down; $("down").textContent = down ? "↓" : "↑"; changed(); });
  $("clear").addEventListener("click", () => during(async () => { await clear(); await choose(chosen); }));
  $("before").addEventListener("click", () => leaf(-PAGE));
  $("after").addEventListener("click", () => leaf(PAGE));
  $("list").addEventListener("click", (event) => {
    const made = event.target.closest("tbody tr");
    if (made === null) return;
    event.preventDefault();
    during(() => choose(Number(made.dataset.row)));
  });
  for (const pick of document.querySelectorAll("button.pick")) {
    pick.addEventListener("click", () => during(async () => {
      await clear();
      $("model").value = several ? data.models.indexOf(pick.dataset.model) : "";
      const term = terms.indexOf(pick.dataset.term);
      $("term").value = term < 0 ? "" : term;
      $("status").value = pick.dataset.status;
      await list();
      $("answers").scrollIntoView();
    }));
  }
  $("theme").addEventListener("click", () => {
    const dark = getComputedStyle(document.body).color === "rgb(231, 234, 238)";
    document.documentElement.style.colorScheme = dark ? "light" : "dark";
  });
  addEventListener("hashchange", () => during(fromLink));
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName ?? "");
    if (event.key === "Escape") document.activeElement?.blur();
    else if (typing) return;
    else if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "/") { event.preventDefault(); $("text").focus(); }
  });

  await during(async () => {
    await update();
    if (!(await fromLink()) && order.length) await choose(order[0]);
  });
})();
