// The desk's keys, cursor, selection and looks. Pages work without it; nothing is decided here.
"use strict";
(() => {
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const work = $("#work");
  const pane = $("#pane");
  const said = $("#said");
  let current = ""; // The highlighted case's number: rows come and go, the reference stays.
  let place = 0; // Where it stood, for when it has gone.
  let anchor = "";
  let prefix = "";
  let waiting = 0;
  let movedAt = 0;
  document.documentElement.classList.add("has-script");

  // What is said goes after ten seconds, not while it is being read.
  let saidFor = 0;
  const say = text => {
    said.textContent = text;
    said.hidden = false;
    clearTimeout(saidFor);
    saidFor = setTimeout(() => { if (said.matches(":hover")) say(text); else said.hidden = true; }, 10_000);
  };

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
  const count = () => {
    const told = $("#picked");
    if (!told) return;
    const number = picked().length;
    told.hidden = number === 0;
    $("strong", told).textContent = number;
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

  // Acts: always on the highlighted case, never on what the panel happens to show.
  const claim = values => current && send("POST", work.dataset.claim, { source: "#list", swap: "none", values: { number: current, ...values } });
  const back = () => {
    if (work) { pickAll(false); return; }
    const list = sessionStorage.getItem("list");
    if (location.pathname.startsWith("/case/")) location.assign(list || "/queue/");
  };
  const copy = () => {
    const number = current || (location.pathname.match(/AM-\d+/) || [""])[0];
    if (number) navigator.clipboard?.writeText(number).then(() => say(`${said.dataset.copied} ${number}`), () => say(number));
  };
  const hide = name => { work?.classList.toggle(name); if (name === "no-pane") ask(); };
  const press = selector => { const found = $(selector); if (found) found.click(); };

  const KEYS = {
    j: () => step(1), k: () => step(-1), ArrowDown: () => step(1), ArrowUp: () => step(-1),
    x: () => pick(false), X: () => pick(true), a: () => claim({}), u: back, Escape: back, ".": copy,
    n: () => press("form[data-key=n] button"),
    "/": () => { const field = $("#q"); field?.focus(); field?.select(); },
    f: () => { const filter = $("#filter"); if (filter) { filter.open = true; $("select", filter).focus(); } },
    "[": () => hide("no-views"), "]": () => hide("no-pane"), "?": () => $("#keys").showModal(),
  };
  const AFTER = {
    g: key => (key === "q" ? location.assign("/queue/") : /^[1-9]$/.test(key) && press(`a[data-view="${key}"]`)),
    "*": key => (key === "a" ? pickAll(true) : key === "n" && pickAll(false)),
  };
  const LIST_ONLY = new Set(["j", "k", "ArrowDown", "ArrowUp", "x", "X", "a", "[", "]", "/", "f"]);

  // Korean and other layouts: the same physical key. Letters of Latin layouts go by what they say.
  const SIGNS = { Slash: ["/", "?"], Period: [".", ">"], BracketLeft: ["[", "{"], BracketRight: ["]", "}"] };
  const meant = event => {
    if (event.key.length > 1 || event.key.charCodeAt(0) < 128) return event.key;
    const letter = event.code.match(/^Key([A-Z])$/);
    if (letter) return event.shiftKey ? letter[1] : letter[1].toLowerCase();
    return SIGNS[event.code]?.[event.shiftKey ? 1 : 0] || event.key;
  };
  const isField = target => target.matches?.("input:not([type=checkbox]), textarea, select, [contenteditable]");

  document.addEventListener("keydown", event => {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
    if ($("dialog[open]")) return;
    if (isField(event.target)) {
      if (event.key === "Escape") { event.target.blur(); if (current) stand(current); }
      return;
    }
    const key = meant(event);
    // Whoever speaks or shakes types letters without meaning to: a person's own switch (WCAG 2.1.4).
    if (key.length === 1 && document.documentElement.dataset.keys === "off") return;
    const after = AFTER[prefix];
    prefix = "";
    if (after) { event.preventDefault(); after(key); return; }
    if (key === "*" || key === "g") { prefix = key; event.preventDefault(); return; }
    if (key === "Enter" && work && current && event.target === document.body) { $("a", row(current))?.click(); return; }
    const act = KEYS[key];
    if (!act || (event.repeat && !/^(j|k|Arrow)/.test(key)) || (!work && LIST_ONLY.has(key))) return;
    event.preventDefault();
    act();
  });

  document.addEventListener("click", event => {
    const opener = event.target.closest("[data-open]");
    if (opener) $(`#${opener.dataset.open}`).showModal();
    if (event.target.closest("[data-clear]")) pickAll(false);
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
    if (form.dataset.act === "claim" && work) {
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
    send("POST", form.action, { source: form, swap: "none", values: { look: name, choice: chosen } });
  };

  // htmx: polls rest while nobody looks; a signed-out answer is not a part of this page; a late panel is not shown.
  document.addEventListener("htmx:beforeRequest", event => {
    if (document.hidden && event.detail.elt.hasAttribute("data-poll")) event.preventDefault();
  });
  // What a page asks by itself keeps no session alive.
  document.addEventListener("htmx:configRequest", event => {
    if (event.detail.elt.hasAttribute("data-poll")) event.detail.headers["Amends-Poll"] = "1";
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && $("#views")) htmx.trigger("#views", "counts"); });
  document.addEventListener("htmx:beforeSwap", event => {
    const { xhr, target, pathInfo } = event.detail;
    if (xhr.responseURL && new URL(xhr.responseURL).pathname !== pathInfo.requestPath.split("?")[0]) {
      event.detail.shouldSwap = false;
      location.reload();
    } else if (target === pane && !pathInfo.requestPath.includes(`/${current}/`)) event.detail.shouldSwap = false;
  });
  document.addEventListener("htmx:afterSwap", event => { if (event.detail.target === pane) mark(); });
  document.addEventListener("htmx:afterSettle", event => { if (event.detail.elt.id === "list") restand(); });
  document.addEventListener("htmx:responseError", event => {
    if (event.detail.target !== pane) { say(said.dataset.failed); return; }
    fill("#lost-case");
    pane.setAttribute("aria-busy", "false");
    pane.inert = false;
  });
  document.addEventListener("htmx:sendError", () => say(said.dataset.failed));
  document.addEventListener("said", event => say(event.detail.value));
  document.addEventListener("changed", () => { if (work) refresh(); });

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
      sessionStorage.setItem("list", address.pathname + address.search);
    });
    matchMedia("(min-width: 1101px)").addEventListener("change", ask);
  }
})();
