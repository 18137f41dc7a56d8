// SPDX-License-Identifier: Apache-2.0
"use strict";
(() => {
  const EVERY = 2000;          // ms between two looks
  const SHOWN = 3600;          // s of the plots
  const SENTENCES = 40;        // decisions told
  const $ = (id) => document.getElementById(id);
  const TROUBLE = {degraded: 0, holding: 1, suspended: 2, active: 3};
  const KINDS = [["pin", "Pin to a number of replicas"], ["pause", "Pause: keep the size"],
                 ["pauseDown", "Pause down: it may grow, not shrink"]];

  // Its legend writes style attributes, which the page's own policy forbids; the captions say the same.
  Dygraph.PLUGINS = Dygraph.PLUGINS.filter((plugin) => plugin !== Dygraph.Plugins.Legend);

  const state = {policies: [], rows: new Map(), chip: "all", open: null, past: [], plots: [], order: null, asking: 0};

  // Everything that comes from outside becomes text, never markup.
  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const say = (node, text) => { if (node.textContent !== text) node.textContent = text; };
  const showTrouble = (text) => { say($("trouble"), text); $("trouble").hidden = !text; };

  const ask = async (path, body) => {
    const headers = {};
    const token = sessionStorage.getItem("token");
    if (token) headers.Authorization = "Bearer " + token;
    if (body) headers["Content-Type"] = "application/json";
    const answer = await fetch(path, {method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), cache: "no-store",
                                      signal: AbortSignal.timeout(8000)});
    if (answer.status === 401) {
      if (!$("login").open) $("login").showModal();
      throw new Error("this agent asks for its token");
    }
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.error || "answered " + answer.status);
    return said;
  };

  // Figures, as people write them.
  const round = (value) => Number(value.toPrecision(3)).toLocaleString("en", {maximumSignificantDigits: 6, useGrouping: false});
  const figure = (value, unit) => {
    if (value === null || value === undefined || Number.isNaN(value)) return "–";
    if (unit === "ratio") return round(value * 100) + " %";
    if (unit === "s") return Math.abs(value) < 1 && value !== 0 ? round(value * 1000) + " ms" : round(value) + " s";
    if (unit === "B") {
      const power = Math.min(4, Math.max(0, Math.floor(Math.log2(Math.abs(value) || 1) / 10)));
      return round(value / 1024 ** power) + " " + ["B", "KiB", "MiB", "GiB", "TiB"][power];
    }
    if (unit === "count") return String(value);
    return round(value) + (unit ? (unit === "/s" ? unit : " " + unit) : "");
  };
  const span = (seconds) => {
    if (seconds < 90) return Math.round(seconds) + " s";
    if (seconds < 5400) return Math.round(seconds / 60) + " min";
    if (seconds < 129600) return Math.round(seconds / 3600) + " h";
    return Math.round(seconds / 86400) + " days";
  };
  const clock = (time) => new Date(time * 1000).toLocaleTimeString([], {hour12: false});
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
  // A sentence may begin with a signal's name, which stays as it is written.
  const sentence = (policy, text) => policy.signals.some((s) => text.startsWith(s.name + " ")) ? text : capital(text);
  const sizes = (policy) => policy.replicas === null ? "?" :
    policy.replicas + (policy.desired !== null && policy.desired !== policy.replicas ? " → " + policy.desired : "");
  const overrideText = (set) => ({pin: "pinned to " + set.replicas, pause: "paused", pauseDown: "paused down", off: "off"})[set.kind] || set.kind;

  // The list.
  const badges = (policy) => {
    const all = [];
    if (policy.health !== "active") all.push([policy.health, policy.health]);
    if (policy.mode !== "live") all.push([policy.mode, "mode"]);
    if (policy.override) all.push([overrideText(policy.override), "override"]);
    if (policy.error) all.push(["write failed", "failed"]);
    return all;
  };

  const makeRow = (name) => {
    const item = element("li");
    const button = element("button", "policy");
    button.type = "button";
    const row = {item, button, head: element("span", "head"), size: element("span", "size"), why: element("span", "why"),
                 signals: element("span", "signals"), shown: ""};
    button.append(row.head, row.size, row.why, row.signals);
    button.addEventListener("click", () => { location.hash = encodeURIComponent(name); });
    item.append(button);
    return row;
  };

  const updateRow = (row, policy) => {
    const signals = policy.signals.map((s) => s.name + " " + (s.state === "idle" ? "idle" : figure(s.value, s.unit)) +
      (s.goal === null ? "" : " of " + figure(s.goal, s.unit))).join(", ");
    const text = JSON.stringify([sizes(policy), policy.min, policy.max, policy.reason, signals, badges(policy)]);
    if (text === row.shown) return;
    row.shown = text;
    row.button.className = "policy " + policy.health;
    row.head.replaceChildren(document.createTextNode(policy.id), ...badges(policy).map(([t, c]) => element("span", "badge " + c, t)));
    row.size.textContent = sizes(policy) + "  (" + policy.min + "–" + policy.max + ")";
    row.why.textContent = sentence(policy, policy.reason);
    row.signals.textContent = signals;
  };

  const CHIPS = [["all", "All", () => true], ["trouble", "In trouble", (p) => p.health === "holding" || p.health === "degraded" || p.error],
                 ["override", "Overridden", (p) => p.override], ["max", "At max", (p) => p.replicas !== null && p.replicas >= p.max]];

  const showList = () => {
    const wanted = $("filter").value.trim().toLowerCase();
    const chip = CHIPS.find(([key]) => key === state.chip)[2];
    const known = new Set();
    let shown = 0;
    for (const policy of state.policies) {
      known.add(policy.id);
      let row = state.rows.get(policy.id);
      if (!row) {
        row = makeRow(policy.id);
        state.rows.set(policy.id, row);
      }
      const fits = chip(policy) && (!wanted || (policy.id + " " + policy.target + " " + policy.reason).toLowerCase().includes(wanted));
      row.item.hidden = !fits;
      if (!fits) continue;
      ++shown;
      updateRow(row, policy);
      row.button.setAttribute("aria-current", String(policy.id === state.open));
    }
    for (const [name, row] of state.rows) {
      if (known.has(name)) continue;
      row.item.remove();
      state.rows.delete(name);
    }
    // The order changes only when policies come or go: nothing moves under somebody's finger.
    const order = [...state.rows.keys()].sort();
    if (order.join("\n") !== state.sorted) {
      state.sorted = order.join("\n");
      $("policies").append(...order.map((name) => state.rows.get(name).item));
    }
    $("none").hidden = shown > 0;
    showChips();
  };

  const showChips = () => {
    for (const [key, label, fits] of CHIPS) {
      let button = $("chip-" + key);
      if (!button) {
        button = element("button");
        button.id = "chip-" + key;
        button.type = "button";
        button.addEventListener("click", () => { state.chip = key; showList(); });
        $("chips").append(button);
      }
      say(button, label + " " + state.policies.filter(fits).length);
      button.setAttribute("aria-pressed", String(state.chip === key));
    }
  };

  // One policy.
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const makePlot = (title, lines, unit) => {
    const box = element("div", "plot");
    const caption = element("div", "caption");
    caption.append(element("b", "", title));
    const keys = lines.map((line) => {
      const key = element("span", line.dashed ? "key dashed" : "key");
      key.style.setProperty("--key", "var(" + line.colour + ")");
      caption.append(key);
      return key;
    });
    const area = element("div", "area");
    area.setAttribute("role", "img");
    box.append(caption, area);
    $("plots").append(box);
    const plot = {title, lines, unit, keys, area, graph: null, colours: ""};
    plot.watch = new ResizeObserver(() => { if (plot.graph) plot.graph.resize(); });
    plot.watch.observe(area);
    return plot;
  };

  const drawPlot = (plot) => {
    const rows = state.past.map((d) => [new Date(d.time * 1000), ...plot.lines.map((line) => line.of(d))]);
    const last = rows[rows.length - 1];
    const tell = (row) => plot.lines.forEach((line, i) => say(plot.keys[i], line.label + " " + figure(row ? row[i + 1] : null, plot.unit)));
    tell(last);
    plot.area.setAttribute("aria-label", plot.title + ": " + plot.keys.map((key) => key.textContent).join(", "));
    if (rows.length < 2) return;
    const colours = plot.lines.map((line) => colour(line.colour));
    if (plot.graph && plot.colours === colours.join()) {
      plot.graph.updateOptions({file: rows});
      return;
    }
    if (plot.graph) plot.graph.destroy();
    plot.colours = colours.join();
    const series = {};
    plot.lines.forEach((line, i) => {
      series[line.label] = {color: colours[i], stepPlot: Boolean(line.step), strokePattern: line.dashed ? [6, 4] : null, strokeWidth: line.width || 1.8};
    });
    plot.graph = new Dygraph(plot.area, rows, {
      labels: ["time", ...plot.lines.map((line) => line.label)], series, includeZero: true, connectSeparatedPoints: false,
      gridLineColor: colour("--grid"), axisLineColor: colour("--line"), highlightCircleSize: 3, rightGap: 8, animatedZooms: false,
      xRangePad: 2, yRangePad: 6, axes: {x: {axisLabelWidth: 72, pixelsPerLabel: 95}, y: {axisLabelWidth: 62, axisLabelFormatter: (v) => plot.unit === "count" ? (Number.isInteger(v) ? String(v) : "") : figure(v, plot.unit)}},
      highlightCallback: (event, x, points, row) => tell(rowAt(plot, row)), unhighlightCallback: () => tell(rowAt(plot, plot.graph.numRows() - 1)),
    });
  };
  const rowAt = (plot, row) => [null, ...plot.lines.map((line, i) => plot.graph.getValue(row, i + 1))];

  const makePlots = (policy) => {
    for (const plot of state.plots) {
      plot.watch.disconnect();
      if (plot.graph) plot.graph.destroy();
    }
    $("plots").replaceChildren();
    state.plots = policy.signals.map((signal, i) => makePlot(signal.name, [
      {label: "measured", colour: "--accent", of: (d) => d.signals[signal.name] ?? null},
      ...(signal.goal === null ? [] : [{label: "setpoint", colour: "--bad", dashed: true, of: () => current().signals[i].goal}]),
    ], signal.unit));
    state.plots.push(makePlot("replicas", [
      {label: "desired", colour: "--bad", dashed: true, step: true, of: (d) => d.replicas},
      {label: "replicas", colour: "--accent", step: true, width: 2.2, of: (d) => d.current},
      {label: "ready", colour: "--good", step: true, of: (d) => d.ready},
    ], "count"));
    state.shape = shapeOf(policy);
  };
  const shapeOf = (policy) => JSON.stringify(policy.signals.map((s) => [s.name, s.unit, s.goal === null]));
  const current = () => state.policies.find((policy) => policy.id === state.open);

  const showDecisions = () => {
    // What repeats is told once, with the time since when.
    const told = [];
    for (const d of state.past) {
      const before = told[told.length - 1];
      if (before && before.code === d.code && before.current === d.current && before.replicas === d.replicas) {
        before.reason = d.reason;
        before.until = d.time;
      } else {
        told.push({...d, until: d.time});
      }
    }
    const items = told.slice(-SENTENCES).reverse().map((d) => {
      const item = element("li");
      const moved = d.replicas !== d.current;
      item.append(element("time", "", clock(d.time)),
                  element("span", moved ? "moved" : "same", moved ? d.current + " → " + d.replicas : "stays at " + d.current),
                  element("span", "", sentence(current(), d.reason) + (d.until - d.time > 10 ? " (for " + span(d.until - d.time) + ")" : "")));
      return item;
    });
    const text = items.map((item) => item.textContent).join("\n");
    if (text === state.told) return;
    state.told = text;
    $("decisions").replaceChildren(...items);
  };

  const showGlass = (policy) => {
    const text = JSON.stringify([policy.override, policy.id]);
    const held = policy.override;
    if (text !== state.glass) {
      state.glass = text;
      const button = (label, act) => {
        const made = element("button", "", label);
        made.type = "button";
        made.addEventListener("click", act);
        return made;
      };
      $("glass").replaceChildren(...(held ? [element("p"), button("Resume", () => resume({policy: policy.id}))] : []),
        button("Pin …", () => openOrder(policy.id, "pin")), button("Pause …", () => openOrder(policy.id, "pause")));
    }
    if (held) {
      say($("glass").querySelector("p"), capital(overrideText(held)) + " until " + new Date(held.until * 1000).toLocaleString([], {hour12: false}) +
          (held.reason ? ": " + held.reason : ""));
    }
  };

  const showDetail = () => {
    const policy = current();
    $("detail").hidden = !policy;
    document.body.classList.toggle("open", Boolean(policy));
    if (!policy) return;
    say($("name"), policy.id);
    say($("target"), policy.target + (policy.mode === "live" ? "" : ", " + policy.mode) + ", by " + policy.from +
        (policy.lastChange ? "; last changed at " + clock(policy.lastChange.time) + ", from " + policy.lastChange.from + " to " + policy.lastChange.to : ""));
    say($("now"), (policy.replicas === null ? "Its size is not known" : policy.replicas + " replicas, " + policy.ready + " ready") + ": " + policy.reason + ".");
    say($("error"), policy.error ? "The last change failed: " + policy.error : "");
    $("error").hidden = !policy.error;
    showGlass(policy);
    if (state.shape !== shapeOf(policy)) makePlots(policy);
    state.plots.forEach(drawPlot);
    showDecisions();
  };

  const openPolicy = () => {
    let name = null;
    try { name = decodeURIComponent(location.hash.slice(1)) || null; } catch { /* no name of ours */ }
    if (name === state.open) return;
    state.open = name;
    state.past = [];
    state.shape = state.told = state.glass = "";
    $("plots").replaceChildren();
    $("decisions").replaceChildren();
    showList();
    if (current()) {
      look().then(() => { if (state.open === name) $("name").focus({preventScroll: true}); });
    } else {
      showDetail();
    }
  };

  // Break-glass.
  const openOrder = (policy, kind) => {
    state.order = policy === null ? {all: true} : {policy};
    say($("orderTitle"), policy === null ? "All " + state.policies.length + " policies" : policy);
    $("orderError").hidden = true;
    $("reason").value = "";
    for (const input of $("kinds").querySelectorAll("input")) input.checked = input.value === kind;
    const shown = policy === null ? null : current();
    $("size").value = shown && shown.replicas !== null ? shown.replicas : "";
    showSize();
    $("order").showModal();
    (kind === "pin" ? $("size") : $("reason")).focus();
  };
  const kindChosen = () => $("kinds").querySelector("input:checked").value;
  const showSize = () => { $("sizeRow").hidden = kindChosen() !== "pin"; };
  const orderFailed = (text) => { say($("orderError"), text); $("orderError").hidden = false; };

  const sendOrder = async (event) => {
    event.preventDefault();
    const order = {...state.order, kind: kindChosen()};
    if (order.kind !== "resume") {
      order.for = $("lasting").value.trim();
      order.reason = $("reason").value.trim();
      if (!order.reason) return orderFailed("Say why: others will read it.");
      if (!order.for) return orderFailed("Say for how long, such as 2h.");
    }
    if (order.kind === "pin") {
      if (!/^\d+$/.test($("size").value)) return orderFailed("Say how many replicas.");
      order.replicas = Number($("size").value);
    }
    try {
      await ask("/api/v1/overrides", order);
      $("order").close();
      look();
    } catch (failure) {
      orderFailed(failure.message);
    }
  };
  const resume = async (whom) => {
    try {
      await ask("/api/v1/overrides", {...whom, kind: "resume"});
      look();
    } catch (failure) {
      showTrouble(failure.message);
    }
  };

  // Looking, again and again.
  const look = async () => {
    const mine = ++state.asking;
    try {
      const said = await ask("/api/v1/policies");
      const name = state.open;
      let news = null;
      if (name !== null && said.policies.some((policy) => policy.id === name)) {
        const since = state.past.length ? state.past[state.past.length - 1].time : said.agent.time - SHOWN;
        news = (await ask("/api/v1/decisions?policy=" + encodeURIComponent(name) + "&since=" + Math.max(0, since))).decisions;
      }
      if (mine !== state.asking) return;
      state.policies = said.policies;
      if (news && name === state.open) {
        state.past = state.past.concat(news).filter((d) => d.time > said.agent.time - SHOWN);
      }
      say($("agent"), said.agent.version + " on " + said.agent.orchestrator + ", up " + span(said.agent.time - said.agent.started) +
          (said.agent.shadow ? ", shadow: changes nothing" : ""));
      showTrouble(said.agent.ready === false ? "The Engine does not answer, or another agent scales it: sizes stay as they are." : "");
      showList();
      showDetail();
    } catch (failure) {
      if (mine === state.asking) showTrouble("No answer from the agent, what is shown is old: " + failure.message);
    }
  };

  const lookOn = async () => {
    if (!document.hidden) await look();
    setTimeout(lookOn, EVERY);
  };

  for (const [kind, label] of [...KINDS, ["resume", "Resume: end what is in force"]]) {
    const row = element("label");
    const input = element("input");
    input.type = "radio";
    input.name = "kind";
    input.value = kind;
    input.addEventListener("change", showSize);
    row.append(input, element("span", "", label));
    $("kinds").append(row);
  }
  $("filter").addEventListener("input", showList);
  $("close").addEventListener("click", () => { location.hash = ""; });
  $("all").addEventListener("click", () => openOrder(null, "pause"));
  $("cancel").addEventListener("click", () => $("order").close());
  $("orderForm").addEventListener("submit", sendOrder);
  $("loginForm").addEventListener("submit", (event) => {
    event.preventDefault();
    sessionStorage.setItem("token", $("token").value.trim());
    $("token").value = "";
    $("login").close();
    look();
  });
  addEventListener("hashchange", openPolicy);
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !document.querySelector("dialog[open]") && state.open !== null) location.hash = "";
    if (event.key === "/" && !event.target.closest("input, dialog")) { event.preventDefault(); $("filter").focus(); }
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => state.plots.forEach(drawPlot));
  look().then(() => { openPolicy(); setTimeout(lookOn, EVERY); });
})();
