// The preview's script, in every page that `webinar-feeds serve` sends and in none that is
// published: loads the page anew when the output has changed, and shows what keeps it from changing.
(() => {
  "use strict";
  const here = new URL(document.currentScript.src);
  const since = here.searchParams.get("since");
  let stream = null;
  let shown = null;

  function hear(event) {
    const state = JSON.parse(event.data);
    if (state.version !== since) {
      stop();
      location.reload();
    } else if (state.failed) {
      show(state);
    } else {
      hide();
    }
  }

  // A browser opens few connections to one host, so only the page that is looked at keeps one.
  function start() {
    if (stream === null && !document.hidden) {
      stream = new EventSource(new URL("events", here));
      stream.onmessage = hear;
    }
  }

  function stop() {
    if (stream !== null) stream.close();
    stream = null;
  }

  function hide() {
    if (shown !== null) shown.remove();
    shown = null;
  }

  function made(name, className, ...children) {
    const element = document.createElement(name);
    if (className) element.className = className;
    element.append(...children);
    return element;
  }

  function place(at) {
    return at.line ? `${at.file}:${at.line}:${at.column}` : at.file;
  }

  // The line of the file, with what is meant marked in it.
  function excerpt(at) {
    if (at.text === null || !at.line) return [];
    const characters = [...at.text];
    const first = at.column - 1;
    const last = Math.max(first + 1, at.end_column - 1);
    const before = characters.slice(0, first).join("");
    const mark = made("mark", "", characters.slice(first, last).join("") || " ");
    const line = made("code", "", before, mark, characters.slice(last).join(""));
    return [made("pre", "", made("span", "number", `${at.line} `), line)];
  }

  // `words` between backticks are to be written as they stand.
  function set(text) {
    const parts = text.split(/`([^`]*)`/);
    return parts.map((part, place) => (place % 2 ? made("code", "", part) : part));
  }

  function told(each) {
    return made(
      "li",
      each.severity,
      made("p", "place", place(each)),
      made("p", "message", made("b", "kind", `${each.severity} ${each.code}`), " ", ...set(each.message)),
      ...excerpt(each),
      ...each.related.flatMap((other) => [
        made("p", "place", `${place(other)}: `, ...set(other.message)),
        ...excerpt(other),
      ]),
      made("p", "help", made("b", "", "help: "), ...set(each.help)),
    );
  }

  function show(state) {
    hide();
    const host = made("div");
    const style = made("link");
    style.rel = "stylesheet";
    style.href = new URL("overlay.css", here).href;
    const close = made("button", "", "Close");
    close.type = "button";
    close.addEventListener("click", hide);
    const title = made("h2", "", "The last save could not be built");
    const panel = made(
      "section",
      "",
      made("header", "", title, close),
      made("p", "lead", "What you see behind this is the last output that was right."),
      ...(state.trouble ? [made("p", "message", ...set(state.trouble))] : []),
      made("ol", "", ...state.diagnostics.map(told)),
    );
    panel.setAttribute("role", "alert");
    panel.lang = "en";
    panel.dir = "ltr";
    // Apart from the page, so that neither's style can change the other.
    host.attachShadow({ mode: "open" }).append(style, panel);
    document.documentElement.append(host);
    shown = host;
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : start()));
  addEventListener("pagehide", stop);
  addEventListener("pageshow", start);
  start();
})();
