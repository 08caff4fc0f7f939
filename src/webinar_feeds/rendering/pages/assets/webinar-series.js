// <webinar-series src="https://…/programme.json">: the sessions of a series on any page of yours.
// What stands inside the element is shown until they have come, and stays if they do not. The list
// is ordinary HTML in the page itself, so the page's own stylesheet dresses it; see
// docs/how-to/embed-a-series.md for the names of its classes.
"use strict";
(() => {
  const DAY = { weekday: "long", day: "numeric", month: "long", year: "numeric" };
  const make = (name, kind, ...inside) => {
    const made = document.createElement(name);
    if (kind) made.className = `webinar-${kind}`;
    made.append(...inside.filter((each) => each));
    return made;
  };
  // Only what leads to a page is a link, whoever wrote the file.
  const link = (href, base, text, kind) => {
    let to;
    try {
      to = new URL(href, base);
    } catch {
      return text;
    }
    if (!/^https?:$/.test(to.protocol)) return text;
    const made = make("a", kind, text);
    made.href = to.href;
    return made;
  };
  const fill = (text, values) =>
    String(text).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

  const takesPlace = (each) => !["cancelled", "postponed"].includes(each.status);
  const called = ({ honorificPrefix, name }) => [honorificPrefix, name].filter(Boolean).join(" ");

  class WebinarSeries extends HTMLElement {
    static observedAttributes = ["src", "limit", "past"];

    connectedCallback() {
      this.fallback ??= [...this.childNodes];
      this.load();
      this.timer = setInterval(() => this.show(), 60e3);
    }

    disconnectedCallback() {
      clearInterval(this.timer);
    }

    attributeChangedCallback(name) {
      if (!this.isConnected || !this.fallback) return;
      if (name === "src") this.load();
      else this.show();
    }

    async load() {
      const src = this.getAttribute("src");
      if (!src) return;
      try {
        const base = new URL(src, document.baseURI).href;
        let [told, from] = [await this.read(base), base];
        const wanted = this.closest("[lang]")?.lang || "";
        const other = told.workTranslation?.[wanted]
          ?? told.workTranslation?.[wanted.split("-")[0]];
        if (other && told.inLanguage !== wanted) {
          from = new URL(other, base).href;
          told = await this.read(from);
        }
        if (src !== this.getAttribute("src")) return; // another one was asked for since
        [this.told, this.from, this.shown] = [told, from, ""];
        this.show();
        this.dispatchEvent(new CustomEvent("webinar-series-load", { bubbles: true }));
      } catch (error) {
        if (src !== this.getAttribute("src")) return;
        this.told = null;
        this.replaceChildren(...this.fallback);
        console.warn(`webinar-series: ${src} cannot be shown: ${error.message}`);
      }
    }

    async read(address) {
      const answer = await fetch(address, { credentials: "omit", cache: "no-cache" });
      if (!answer.ok) throw new Error(`the answer is ${answer.status}`);
      const told = await answer.json();
      if (told.version !== 1) throw new Error("another version of the file is known here");
      return told;
    }

    show() {
      if (!this.told) return;
      const now = Date.now();
      const all = this.told.subEvent.map((each) => ({
        ...each,
        start: Date.parse(each.startDate),
        end: Date.parse(each.endDate),
      })).filter((each) => each.start <= each.end);
      const coming = all.filter((each) => each.end > now);
      const past = all.filter((each) => each.end <= now).reverse();
      const most = parseInt(this.getAttribute("limit"), 10) || Infinity;
      const groups = [["upcoming", coming.slice(0, most)]];
      const room = most - groups[0][1].length;
      if (this.getAttribute("past") !== "none") groups.push(["past", past.slice(0, room)]);
      // Nothing is put in anew that would be the same: it may have the focus.
      const said = JSON.stringify(groups.map(([name, some]) =>
        [name, some.map((each) => [each.identifier, this.state(each, now)])]));
      if (said === this.shown) return;
      this.shown = said;
      const list = make("div", "series");
      list.lang = this.told.inLanguage;
      list.dir = this.told.dir;
      const filled = groups.filter(([, some]) => some.length);
      for (const [name, some] of filled) {
        if (filled.length > 1) list.append(make("p", "group", this.told.words[name]));
        list.append(make("ul", `sessions webinar-${name}`, ...some.map((each) => this.session(each, now))));
      }
      list.append(make("p", "subscribe",
        link(`${this.told.url}#subscribe`, this.from, this.told.words.subscribe)));
      this.replaceChildren(list);
    }

    session(each, now) {
      const { words } = this.told;
      const time = make("time", "", each.time);
      time.dateTime = each.startDate;
      const title = make("p", "title", link(each.url, this.from, each.name));
      const when = make("p", "when", make("span", "date", each.date), " ", time, " ",
        make("span", "zone", each.zone));
      const state = this.state(each, now);
      const on = takesPlace(each) && each.start <= now && now < each.end;
      const item = make("li", "session",
        title,
        when,
        this.yours(each),
        state && make("p", "state", state, ...on && each.join
          ? [" · ", link(each.join, this.from, words.join, "join")] : []),
        each.performer.length && make("p", "people", each.performer.map(called).join(" · ")),
        each.recording && make("p", "recording", link(each.recording, this.from, words.recording)));
      item.dataset.status = takesPlace(each) ? (on ? "now" : "planned") : "off";
      return item;
    }

    state(each, now) {
      const { words } = this.told;
      if (!takesPlace(each)) return each.state || "";
      if (each.end <= now) return "";
      if (each.start <= now) return words.now;
      const left = each.start - now;
      if (each.state || left > 14 * 86400e3) return each.state || "";
      return fill(words.starts, { when: this.until(left) });
    }

    // Days are those of the calendar: 37 hours on may be tomorrow, and languages have a word for it.
    until(left) {
      const relative = new Intl.RelativeTimeFormat(this.told.locale, { numeric: "auto" });
      if (left >= 36 * 3600e3) {
        const midnight = (instant) => Date.UTC(
          instant.getFullYear(), instant.getMonth(), instant.getDate());
        const now = Date.now();
        const days = midnight(new Date(now + left)) - midnight(new Date(now));
        return relative.format(days / 86400e3, "day");
      }
      const [unit, size] = left >= 90 * 60e3 ? ["hour", 3600e3] : ["minute", 60e3];
      return relative.format(Math.max(1, Math.round(left / size)), unit);
    }

    // The visitor's own time, where their clock says another one than the series'.
    yours(each) {
      if (!takesPlace(each)) return null;
      const offset = /([+-])(\d\d):(\d\d)$/.exec(each.startDate);
      const minutes = offset ? (offset[1] + 1) * (offset[2] * 60 + +offset[3]) : 0;
      const [start, end] = [new Date(each.start), new Date(each.end)];
      if (-start.getTimezoneOffset() === minutes) return null;
      const clock = new Intl.DateTimeFormat(this.told.locale, { timeStyle: "short" });
      const day = new Intl.DateTimeFormat(this.told.locale, DAY);
      const there = new Date(each.start + minutes * 60e3).getUTCDate();
      let time = `${clock.format(start)}–${clock.format(end)}`;
      if (start.getDate() !== there) time = `${day.format(start)}, ${time}`;
      else if (start.getDate() !== end.getDate()) time += ` (${day.format(end)})`;
      return make("p", "yours", fill(this.told.words.yours, { time }));
    }
  }

  if (!customElements.get("webinar-series")) customElements.define("webinar-series", WebinarSeries);
})();
