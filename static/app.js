// The desk's keys, cursor, selection and looks. Pages work without it; nothing is decided here.
"use strict";
(() => {
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const work = $("#work");
  const pane = $("#pane");
  const said = $("#said");
  const act = $("#act");
  let current = ""; // The highlighted case's number: rows come and go, the reference stays.
  let place = 0; // Where it stood, for when it has gone.
  let anchor = "";
  let prefix = "";
  let waiting = 0;
  let movedAt = 0;
  document.documentElement.classList.add("has-script");

  // What is said goes after ten seconds, not while it is being read.
  let saidFor = 0;
  const say = (text, undo = false) => {
    $("span", said).textContent = text;
    $("button", said).hidden = !undo;
    said.hidden = false;
    clearTimeout(saidFor);
    saidFor = setTimeout(() => { if (said.matches(":hover, :focus-within")) say(text, undo); else said.hidden = true; }, 10_000);
  };
  // What is said while the page changes is said on the next one.
  const sayNext = () => { if (!said.hidden) sessionStorage.setItem("said", JSON.stringify([$("span", said).textContent, !$("button", said).hidden])); };

  // Rows, the cursor and the panel
  const rows = () => $$("#list tr[data-case]");
  const row = number => rows().find(one => one.dataset.case === number);
  const shown = () => pane?.querySelector("article")?.dataset.case || "";
  // What goes wrong is told by htmx's own events.
  const send = (verb, path, options) => htmx.ajax(verb, path, options).catch(() => {});
  const paneIsVisible = () => pane && pane.offsetParent !== null;
  const fill = template => pane.replaceChildren($(template).content.cloneNode(true));

  const mark = () => {
    for (const one of rows()) {
      if (one.dataset.case === current) one.setAttribute("aria-current", "true");
      else one.removeAttribute("aria-current");
    }
    if (!pane) return;
    const stale = current !== "" && shown() !== current;
    pane.setAttribute("aria-busy", String(stale));
    pane.inert = stale;
  };
  const ask = () => {
    if (!paneIsVisible()) return;
    if (!current) fill("#no-case");
    else send("GET", work.dataset.pane.replace("AM-0", current), { source: pane, target: pane, swap: "innerHTML" });
    mark();
  };
  const stand = (number, { focus = true, fresh = false } = {}) => {
    const same = number === current && !fresh;
    current = number;
    const at = row(number);
    place = Math.max(0, rows().indexOf(at));
    if (at && focus) {
      $("a", at).focus({ preventScroll: true });
      at.scrollIntoView({ block: "nearest" });
    }
    mark();
    if (same && shown() === current) return;
    // Whoever holds the key down reads the case at which he stops.
    clearTimeout(waiting);
    const fast = performance.now() - movedAt < 120;
    movedAt = performance.now();
    if (fast) waiting = setTimeout(ask, 90);
    else ask();
  };
  const step = by => {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(row(current));
    const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
    stand(next.dataset.case);
  };
  const restand = () => {
    const all = rows();
    const at = row(current) || all[Math.min(place, all.length - 1)];
    const hadFocus = document.activeElement === document.body;
    stand(at ? at.dataset.case : "", { focus: hadFocus && Boolean(at), fresh: true });
    count();
  };
  const refresh = () => {
    send("GET", location.pathname + location.search, { source: "#list", target: "#list", select: "#list", swap: "outerHTML" });
    htmx.trigger("#views", "counts");
  };

  // Selection
  const box = one => $("input[type=checkbox]", one);
  const picked = () => rows().filter(one => box(one).checked);
  let kept = []; // What was selected in a list that is being replaced.
  let wholeList = null; // The address whose every case is selected, not only the rows that stand here.
  let counted = null; // The address whose number the bar knows.
  const count = () => {
    const told = $("#picked");
    if (!told) return;
    const number = picked().length;
    if (number < rows().length || wholeList !== location.search) wholeList = null;
    told.toggleAttribute("data-all", wholeList !== null);
    told.hidden = number === 0;
    $("strong", told).textContent = wholeList === null ? number : $("#matching button")?.dataset.all;
    if (number && counted !== location.search) {
      counted = location.search;
      send("GET", told.dataset.total + location.search, { source: "#matching", target: "#matching", swap: "innerHTML" });
    }
  };
  const pickMatching = () => { wholeList = location.search; pickAll(true); };
  // What the bulk pages are asked about: the rows picked or, with "all matching", the list itself.
  const selection = () => {
    const asked = $("#picked").hasAttribute("data-all") ? new URLSearchParams(location.search) : new URLSearchParams();
    if ($("#picked").hasAttribute("data-all")) asked.set("all", "1");
    else for (const one of picked()) asked.append("number", one.dataset.case);
    return asked;
  };
  const pickAll = on => { for (const one of rows()) box(one).checked = on; count(); };
  const pick = ranged => {
    const all = rows();
    const here = all.indexOf(row(current));
    if (here < 0) return;
    const from = all.indexOf(row(anchor));
    if (ranged && from >= 0) for (const one of all.slice(Math.min(from, here), Math.max(from, here) + 1)) box(one).checked = true;
    else { box(all[here]).checked = !box(all[here]).checked; anchor = current; }
    count();
  };

  // Acts: always on the highlighted case, never on what the panel happens to show. With rows selected, on these.
  const here = () => current || $("#case")?.dataset.case || "";
  // A dialog is read when the drafts before it are kept.
  let saving = 0;
  let afterSaving = () => {};
  const keepDrafts = () => { for (const field of $$("[data-kept]", act)) if (field.value !== field.defaultValue) htmx.trigger(field, "change"); };
  const openDialog = path => {
    keepDrafts();
    act.replaceChildren($("#act-wait").content.cloneNode(true));
    act.setAttribute("aria-busy", "true");
    early = "";
    if (!act.open) act.showModal();
    const ask = () => send("GET", path, { source: act, target: act, swap: "innerHTML" });
    if (saving) afterSaving = ask;
    else ask();
  };
  const begin = name => {
    const bulk = act.dataset.bulk.replace("name", name);
    if (work && picked().length) openDialog(`${bulk}?${selection()}`);
    else if (name === "macro" && here()) openDialog(`${bulk}?number=${here()}`);
    else if (here()) openDialog(act.dataset.case.replace("AM-0", here()).replace("name", name));
  };
  const claim = values => here() && send("POST", act.dataset.claim, { source: said, swap: "none", values: { number: here(), ...values } });
  const take = () => { if (work && picked().length) begin("claim"); else claim({}); };
  // The latest thing that can be undone names its own address; else the last act of this person, wherever it was.
  let undoPath = "";
  const undo = () => {
    send("POST", undoPath || act.dataset.undo, { source: said, swap: "none" });
    undoPath = "";
  };
  const confirmed = () => {
    const form = document.activeElement.closest("form[hx-post]") || $("details[open] form", act) || $("form[hx-post]", act);
    form?.requestSubmit($("button", form));
  };
  let early = ""; // What was typed before the dialog was there: a digit that chooses, or the beginning of a text.
  const choose = digit => {
    const choice = $$("[data-choice]", act)[digit - 1];
    if (!choice) return false;
    if (choice.matches("input")) { choice.checked = true; choice.focus(); if (!choice.value) $("input[type=date]", choice.form)?.focus(); return true; }
    choice.parentElement.open = true;
    ($("input:not([type=hidden]), select, textarea, .button", choice.parentElement) || choice).focus();
    return true;
  };
  const catchUp = () => {
    const typed = early;
    early = "";
    const isText = () => document.activeElement.matches("textarea, input:not([type]), input[type=text]");
    const rest = typed && !isText() && choose(typed[0]) ? typed.slice(1) : typed;
    if (!rest || !isText()) return;
    const field = document.activeElement;
    field.setRangeText(rest, field.value.length, field.value.length, "end");
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  };
  const focusInDialog = () => {
    // What was focused is there again.
    if (act.contains(document.activeElement) && !["", "act", "act-title"].includes(document.activeElement.id)) return;
    const field = ":is(input:not([type=hidden]), select, textarea)";
    const first = $(`[autofocus], form[hx-post]:not(details *) ${field}, details[open] ${field}, summary`, act) || $("#act-title");
    (first?.type === "radio" ? $("input:checked", act) || first : first)?.focus();
  };
  const standInDialog = () => {
    act.removeAttribute("aria-busy");
    focusInDialog();
    catchUp();
  };

  // The list one came from, for the pages of its cases: its address, the rows of its page, and the pages around that
  const stored = (name, none) => JSON.parse(sessionStorage.getItem(name)) ?? none;
  const store = (name, value) => sessionStorage.setItem(name, JSON.stringify(value));
  const cases = () => stored("cases", []);
  const keepList = (page, address) => {
    const around = name => { const link = $(`.pages [rel=${name}]`, page); return link ? new URL(link.getAttribute("href"), address).href : ""; };
    sessionStorage.setItem("list", address.pathname + address.search);
    store("cases", $$("#list tr[data-case]", page).map(one => one.dataset.case));
    store("pages", { next: around("next"), prev: around("prev") });
  };
  const beside = by => { const all = cases(), at = all.indexOf(here()); return at < 0 ? "" : all[at + by] || ""; };
  const beyond = by => stored("pages", {})[by > 0 ? "next" : "prev"] || "";
  let isLeaving = false;
  const visit = number => { isLeaving = true; sayNext(); location.assign(number ? location.pathname.replace(/AM-\d+/, number) : sessionStorage.getItem("list") || "/queue/"); };
  // Past the last row of its page a list goes on with the first of the next one.
  const turn = async by => {
    const address = beyond(by);
    if (!address || isLeaving) return;
    isLeaving = true;
    const text = await fetch(address).then(answer => answer.text(), () => "");
    const page = new DOMParser().parseFromString(text, "text/html");
    if ($("#list", page)) keepList(page, new URL(address));
    else store("cases", []);
    visit(cases().at(by > 0 ? 0 : -1));
  };
  const goOn = () => {
    const next = beside(1);
    store("cases", cases().filter(one => one !== here()));
    if (next || !beyond(1)) visit(next);
    else turn(1);
  };
  const tellPlace = () => {
    const told = $("#place"), all = cases(), at = all.indexOf(here());
    if (!told || at < 0) return;
    told.hidden = false;
    $("span", told).textContent = told.dataset.words.replace("{at}", at + 1).replace("{all}", all.length);
    for (const [name, by] of [["prev", -1], ["next", 1]]) {
      const link = $(`[rel=${name}]`, told), number = all[at + by];
      link.hidden = !number && !beyond(by);
      if (!link.hidden) link.href = number ? location.pathname.replace(/AM-\d+/, number) : beyond(by);
    }
  };
  const walk = by => { if (work) step(by); else if (beside(by)) visit(beside(by)); else if (cases().includes(here())) turn(by); };
  const back = () => {
    if (work) { pickAll(false); return; }
    if ($("#case")) visit("");
  };
  const copy = () => {
    const number = here();
    if (number) navigator.clipboard?.writeText(number).then(() => say(`${said.dataset.copied} ${number}`), () => say(number));
  };
  const hide = name => { work?.classList.toggle(name); if (name === "no-pane") ask(); };
  const press = selector => { const found = $(selector); if (found) found.click(); };

  const ACTS = { r: "remind", o: "offer", p: "promise", s: "snooze", d: "dispute", e: "close", c: "note", m: "macro", A: "assign" };
  const KEYS = {
    j: () => walk(1), k: () => walk(-1), ArrowDown: () => step(1), ArrowUp: () => step(-1),
    x: () => pick(false), X: () => pick(true), a: take, z: undo, u: back, Escape: back, ".": copy,
    n: () => press("form[data-key=n] button"),
    "/": () => { const field = $("#q"); field?.focus(); field?.select(); },
    f: () => { const filter = $("#filter"); if (filter) { filter.open = true; $("select", filter).focus(); } },
    "[": () => hide("no-views"), "]": () => hide("no-pane"), "?": () => $("#keys").showModal(),
    ...Object.fromEntries(Object.entries(ACTS).map(([key, name]) => [key, () => begin(name)])),
  };
  const AFTER = {
    g: key => (/^[1-9]$/.test(key) ? press(`a[data-view="${key}"]`) : /^[a-z]$/.test(key) && press(`nav a[data-go="${key}"]`)),
    "*": key => (key === "a" ? pickAll(true) : key === "n" && pickAll(false)),
  };
  const LIST_ONLY = new Set(["ArrowDown", "ArrowUp", "x", "X", "[", "]", "/", "f"]);
  const CASE_ONLY = new Set(["j", "k", "a", "u", ".", ...Object.keys(ACTS)]);

  // Korean and other layouts: the same physical key. Letters of Latin layouts go by what they say.
  const SIGNS = { Slash: ["/", "?"], Period: [".", ">"], BracketLeft: ["[", "{"], BracketRight: ["]", "}"] };
  const meant = event => {
    if (event.key.length > 1 || event.key.charCodeAt(0) < 128) return event.key;
    const letter = event.code.match(/^Key([A-Z])$/);
    if (letter) return event.shiftKey ? letter[1] : letter[1].toLowerCase();
    return SIGNS[event.code]?.[event.shiftKey ? 1 : 0] || event.key;
  };
  const isField = target => target.matches?.("input:not([type=checkbox]), textarea, select, [contenteditable]");

  // In a dialog: digits choose, and only Ctrl+Enter or a press of the button does it.
  const keyInDialog = event => {
    if (act.hasAttribute("aria-busy") && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
      early += event.key;
      event.preventDefault();
      return;
    }
    const isTyped = event.target.matches("input:not([type=radio], [type=checkbox]), textarea, select");
    if (event.key !== "Enter") { if (/^[1-9]$/.test(event.key) && !isTyped && choose(event.key)) event.preventDefault(); return; }
    if (event.ctrlKey || event.metaKey) confirmed();
    if (event.ctrlKey || event.metaKey || event.target.matches("input, select")) event.preventDefault();
  };

  document.addEventListener("keydown", event => {
    if (event.isComposing || event.keyCode === 229) return;
    if (act.open) { keyInDialog(event); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
    // A field of a dialog that has just closed is none any more, though it keeps the focus for a moment.
    if (isField(event.target) && !act.contains(event.target)) {
      if (event.key === "Escape") { event.target.blur(); if (current) stand(current); }
      return;
    }
    if (document.documentElement.dataset.keys === "off" && event.key.length === 1) return;
    const key = meant(event);
    // Whoever speaks or shakes types letters without meaning to: a person's own switch (WCAG 2.1.4).
    if (key.length === 1 && document.documentElement.dataset.keys === "off") return;
    const after = AFTER[prefix];
    prefix = "";
    if (after) { event.preventDefault(); after(key); return; }
    if (key === "*" || key === "g") { prefix = key; event.preventDefault(); return; }
    if (key === "Enter" && work && current && event.target === document.body) { $("a", row(current))?.click(); return; }
    const does = KEYS[key];
    if (!does || (event.repeat && !/^(j|k|Arrow)/.test(key)) || (!work && (LIST_ONLY.has(key) || (CASE_ONLY.has(key) && !$("#case"))))) return;
    event.preventDefault();
    does();
  });

  document.addEventListener("click", event => {
    const opener = event.target.closest("[data-open]");
    if (opener) $(`#${opener.dataset.open}`).showModal();
    if (event.target.closest("[data-clear]")) pickAll(false);
    if (event.target.closest("[data-all]:is(button)")) pickMatching();
    if (event.target.closest("button[data-undo]")) undo();
    const asks = event.target.closest("[data-dialog], [data-begin]");
    if (asks) {
      event.preventDefault();
      if (asks.dataset.dialog) openDialog(asks.dataset.dialog);
      else begin(asks.dataset.begin);
    }
    const at = event.target.closest("#list tr[data-case]");
    if (!at) return;
    if (event.target.matches("input[type=checkbox]")) {
      const here = at.dataset.case;
      if (event.shiftKey && anchor) { current = here; mark(); pick(true); } else { anchor = here; count(); }
      return;
    }
    // A mouse chooses the row; Enter, a second click or a narrow page goes to the case.
    const plain = event.detail === 1 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (plain && paneIsVisible() && at.dataset.case !== current) { event.preventDefault(); stand(at.dataset.case); }
  });
  document.addEventListener("focusin", event => {
    const at = event.target.closest?.("#list tr[data-case]");
    if (at && at.dataset.case !== current && event.target.matches(":focus-visible")) stand(at.dataset.case, { focus: false });
  });

  document.addEventListener("submit", event => {
    const form = event.target;
    if (form.hasAttribute("data-download")) setTimeout(() => act.close());
    if (form.dataset.act === "claim" && here()) {
      event.preventDefault();
      claim(form.elements.over ? { over: "yes" } : {});
    }
    if (form.classList.contains("looks") && event.submitter) { event.preventDefault(); look(event.submitter.value, form); }
  });
  const LOOKS = { theme: ["system", "light", "dark"], density: ["roomy", "compact"] };
  const look = (name, form) => {
    const choices = LOOKS[name];
    const chosen = choices[(choices.indexOf(document.documentElement.dataset[name]) + 1) % choices.length];
    document.documentElement.dataset[name] = chosen;
    send("POST", form.getAttribute("action"), { source: form, swap: "none", values: { look: name, choice: chosen } });
  };

  // htmx: polls rest while nobody looks; a signed-out answer is not a part of this page; a late panel is not shown.
  document.addEventListener("htmx:beforeRequest", event => {
    const { elt } = event.detail;
    if (elt.hasAttribute("data-poll") && (document.hidden || !elt.offsetParent)) event.preventDefault();
  });
  // What a page asks by itself keeps no session alive.
  document.addEventListener("htmx:configRequest", event => {
    if (event.detail.elt.hasAttribute("data-poll")) event.detail.headers["Amends-Poll"] = "1";
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && $("#views")) htmx.trigger("#views", "counts"); });
  // Whoever closes the page is gone at once, not when his last beat has died away.
  addEventListener("pagehide", () => {
    const here = $(".here[data-leave]");
    if (!here) return;
    const told = { ...JSON.parse(here.getAttribute("hx-vals")), csrfmiddlewaretoken: JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"] };
    navigator.sendBeacon(here.dataset.leave, new URLSearchParams(told));
  });
  document.addEventListener("htmx:beforeSwap", event => {
    const { xhr, target, pathInfo } = event.detail;
    if (xhr.responseURL && new URL(xhr.responseURL).pathname !== pathInfo.requestPath.split("?")[0]) {
      event.detail.shouldSwap = false;
      location.reload();
    } else if (target.id === "list") kept = picked().map(one => one.dataset.case);
    else if (target === pane && !pathInfo.requestPath.includes(`/${current}/`)) event.detail.shouldSwap = false;
    else if (target === act && (!act.open || (doing && event.detail.requestConfig.elt !== doing))) event.detail.shouldSwap = false;
  });
  // While an act is under way, nothing takes its form away: what came of it would be told to nobody.
  let doing = null;
  const isAct = elt => elt.matches("form[hx-post]") && act.contains(elt);
  document.addEventListener("htmx:beforeRequest", event => {
    if (isAct(event.detail.elt)) { if (doing) event.preventDefault(); else doing = event.detail.elt; }
  });
  // By then the form may be gone, and another element tells of it.
  document.addEventListener("htmx:afterRequest", event => { if (event.detail.requestConfig.elt === doing) doing = null; });
  // The field may have gone with its dialog: only the request itself tells its end.
  document.addEventListener("htmx:beforeSend", event => {
    if (!event.detail.elt.hasAttribute("data-kept")) return;
    saving += 1;
    event.detail.xhr.addEventListener("loadend", () => {
      saving -= 1;
      if (saving) return;
      afterSaving();
      afterSaving = () => {};
    });
  });
  document.addEventListener("htmx:afterSwap", event => {
    if (event.detail.target === pane) mark();
  });
  document.addEventListener("htmx:afterSettle", event => {
    // Not sooner: until then the forms of the dialog are plain ones.
    if (event.detail.target === act) standInDialog();
    if (event.detail.elt.id === "list") { for (const number of kept) if (row(number)) box(row(number)).checked = true; kept = []; restand(); }
    if (event.detail.elt.id === "main") tellPlace();
  });
  document.addEventListener("htmx:responseError", event => {
    if (event.detail.target !== pane) {
      if (act.hasAttribute("aria-busy")) act.close();
      say(said.dataset.failed);
      return;
    }
    fill("#lost-case");
    pane.setAttribute("aria-busy", "false");
    pane.inert = false;
  });
  document.addEventListener("htmx:sendError", () => say(said.dataset.failed));
  document.addEventListener("said", event => { undoPath = ""; say(event.detail.value); });
  document.addEventListener("undoable", event => { undoPath = event.detail.path || ""; say($("span", said).textContent, true); });
  document.addEventListener("done", () => { if (act.querySelector("[data-bulk-form]")) pickAll(false); act.replaceChildren(); act.close(); });
  document.addEventListener("closed", () => { if (!work) goOn(); });
  document.addEventListener("goes-on", event => { if (!work) visit(event.detail.value); });
  document.addEventListener("changed", () => {
    if (work) refresh();
    else if ($("#case") && !isLeaving) send("GET", location.pathname + location.search, { source: "#main", target: "#main", select: "#main", swap: "outerHTML" });
  });
  act?.addEventListener("close", () => {
    if (act.open) return; // The next one is open already.
    keepDrafts();
    act.replaceChildren();
    if (work && current) stand(current);
  });

  const left = JSON.parse(sessionStorage.getItem("said") || "null");
  sessionStorage.removeItem("said");
  if (left) say(...left);
  if ($("#case")) {
    tellPlace();
    // The next case is one of the view one came from.
    const asked = new URL(sessionStorage.getItem("list") || "/queue/", location.href).searchParams;
    for (const name of ["case", "after", "before"]) asked.delete(name);
    for (const [name, value] of asked) {
      const field = Object.assign(document.createElement("input"), { type: "hidden", name, value });
      $("form[data-key=n]").append(field);
    }
  }

  if (work) {
    sessionStorage.setItem("list", location.pathname + location.search);
    addEventListener("pageshow", () => {
      const asked = work.dataset.case || history.state?.case || "";
      const first = rows()[0];
      stand(row(asked) ? asked : first ? first.dataset.case : "", { focus: false, fresh: true });
    });
    addEventListener("pagehide", () => {
      const address = new URL(location.href);
      if (current) address.searchParams.set("case", current);
      keepList(document, address);
    });
    matchMedia("(min-width: 1101px)").addEventListener("change", ask);
  }
})();
