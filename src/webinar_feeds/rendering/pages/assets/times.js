// What a page cannot know when it is made: the visitor's clock, zone and address. Every page is
// complete without it.
"use strict";
(() => {
  const page = document.documentElement;
  const words = read("words");
  const say = (text, values = {}) =>
    (words[text] || text).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  const locale = page.dataset.locale || page.lang || undefined; // with its digits and hours
  const KEY = "webinar-feeds-zone";
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  let zone = usable(remembered()) || own;

  function read(id) {
    try {
      return JSON.parse(document.getElementById(id).textContent);
    } catch {
      return {};
    }
  }

  function remembered() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // it is forbidden here
    }
  }

  function remember(name) {
    try {
      if (name === own) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, name);
    } catch {
      // then it holds for this page alone
    }
  }

  function usable(name) {
    try {
      return name && Intl.DateTimeFormat("en", { timeZone: name }) && name;
    } catch {
      return null;
    }
  }

  const format = (options, timeZone = zone) =>
    new Intl.DateTimeFormat(locale, { timeZone, ...options });
  const TIME = { timeStyle: "short" };
  const DAY = { weekday: "long", day: "numeric", month: "long", year: "numeric" };
  const NUMBERS = { calendar: "gregory", year: "numeric", month: "numeric", day: "numeric" };

  // The day of an instant in a zone, as the beginning of that day in UTC.
  function dayOf(instant, where) {
    const parts = new Intl.DateTimeFormat("en", { timeZone: where, ...NUMBERS }).formatToParts(instant);
    const part = (type) => Number(parts.find((each) => each.type === type).value);
    return Date.UTC(part("year"), part("month") - 1, part("day"));
  }

  // ------------------------------------------------------------------ the visitor's own time

  function sessions() {
    return [...document.querySelectorAll("[data-start][data-end]")].flatMap((element) => {
      const start = new Date(element.dataset.start);
      const end = new Date(element.dataset.end);
      return isNaN(start) || isNaN(end) ? [] : [{ element, start, end }];
    });
  }

  function yours({ element, start, end }) {
    const place = element.querySelector(".yours");
    if (!place) return;
    const there = usable(element.dataset.zone) || "UTC";
    const other = (instant) => format({ timeZoneName: "longOffset" }, there).format(instant)
      !== format({ timeZoneName: "longOffset" }).format(instant);
    place.hidden = !other(start) && !other(end);
    if (place.hidden) return;
    const otherDay = dayOf(start, zone) !== dayOf(start, there);
    const clock = format(TIME);
    let time = `${clock.format(start)}–${clock.format(end)}`;
    if (otherDay) time = `${format(DAY).format(start)}, ${time}`;
    else if (dayOf(start, zone) !== dayOf(end, zone)) time += ` (${format(DAY).format(end)})`;
    place.textContent = say("Your time: {time}", { time });
    place.classList.toggle("other-day", otherDay);
    place.title = zone;
  }

  // ------------------------------------------------------------------ what is on, coming, over

  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  // Days are those of the calendar: 37 hours on may be tomorrow, and languages have a word for it.
  function until(start, now) {
    const left = start - now;
    if (left >= 36 * 3600e3)
      return relative.format((dayOf(start, zone) - dayOf(now, zone)) / 86400e3, "day");
    const [unit, size] = left >= 90 * 60e3 ? ["hour", 3600e3] : ["minute", 60e3];
    return relative.format(Math.max(1, Math.round(left / size)), unit);
  }

  function state({ element, start, end }, now) {
    const place = element.querySelector(".state");
    if (!place || ["cancelled", "postponed"].includes(element.dataset.status)) return;
    let text = "";
    const on = start <= now && now < end;
    if (on) text = say("On now");
    else if (now < start && start - now < 14 * 86400e3)
      text = say("Starts {when}", { when: until(start, now) });
    else if (now >= end) text = say("This session is over");
    if (place.dataset.said === text) return;
    place.dataset.said = text;
    place.textContent = text;
    place.hidden = !text;
    place.classList.toggle("now", on);
    const join = element.dataset.join;
    if (on && /^https?:/.test(join || "")) {
      const link = document.createElement("a");
      link.href = join;
      link.rel = "noopener noreferrer";
      link.textContent = say("Join");
      place.append(" · ", link);
    }
  }

  function sort(now) {
    for (const programme of document.querySelectorAll("section.programme")) {
      const all = [...programme.querySelectorAll(":scope > article[data-end]")];
      const past = all.filter((each) => new Date(each.dataset.end) <= now);
      if (programme.dataset.past === String(past.length)) continue;
      programme.dataset.past = String(past.length);
      programme.querySelectorAll(":scope > .group").forEach((each) => each.remove());
      if (!past.length || past.length === all.length) continue;
      const coming = all.filter((each) => !past.includes(each));
      const last = programme.querySelector(":scope > nav");
      for (const [title, held] of [["Upcoming", coming], ["Past", past]]) {
        for (const each of [group(title), ...held]) programme.insertBefore(each, last);
      }
    }
  }

  // Series that go on stand above those that are over, that with the next session first.
  function sortSeries(now) {
    const list = document.querySelector("ul.cards");
    if (!list || list.dataset.sorted) return;
    list.dataset.sorted = "true";
    const all = [...list.querySelectorAll(":scope > .card")].map((card) => {
      const ends = (card.dataset.ends || "").split(" ").map((each) => new Date(each));
      return { card, next: ends.find((each) => each > now) };
    });
    const past = all.filter((each) => !each.next).map((each) => each.card);
    const coming = all.filter((each) => each.next);
    coming.sort((one, other) => one.next - other.next);
    list.prepend(...coming.map((each) => each.card));
    if (!past.length || !coming.length) return;
    const over = document.createElement("ul");
    over.className = "cards";
    over.append(...past);
    list.before(group("Upcoming"));
    list.after(group("Past"), over);
  }

  function group(title) {
    const heading = document.createElement("p");
    heading.className = "group";
    heading.textContent = say(title);
    return heading;
  }

  function look() {
    const now = new Date();
    for (const each of sessions()) state(each, now);
    sort(now);
  }

  // ------------------------------------------------------------------ the choice of a zone

  function picker() {
    const place = document.getElementById("zone");
    if (!place || !document.querySelector(".yours")) return;
    const names = Intl.supportedValuesOf ? Intl.supportedValuesOf("timeZone") : [];
    const label = document.createElement("label");
    const select = document.createElement("select");
    select.id = "zone-choice";
    label.htmlFor = select.id;
    label.textContent = say("Time zone");
    for (const name of [...new Set([own, zone, "UTC", ...names])]) {
      const option = new Option(name.replaceAll("_", " "), name, false, name === zone);
      select.add(option);
    }
    select.addEventListener("change", () => {
      zone = usable(select.value) || own;
      remember(zone);
      sessions().forEach(yours);
      look();
    });
    place.append(label, select);
    place.hidden = false;
  }

  // ------------------------------------------------------------------ addresses and copying

  function addresses() {
    if (!/^https?:$/.test(location.protocol)) return;
    const ways = read("ways");
    for (const element of document.querySelectorAll("[data-address]")) {
      const https = new URL(element.dataset.address, location.href).href;
      const scheme = element.dataset.scheme;
      if (scheme === "https") {
        element.textContent = https;
        continue;
      }
      if (!ways[scheme]) continue;
      const place = https.replace(/^https?:\/\//, "");
      const values = {
        place,
        https: encodeURIComponent(https),
        webcal: encodeURIComponent(`webcal://${place}`),
        name: encodeURIComponent(document.querySelector("h1")?.textContent.trim() || ""),
      };
      element.href = ways[scheme].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
      element.rel = "noopener noreferrer";
      element.hidden = false;
    }
  }

  function copying() {
    if (!navigator.clipboard) return;
    for (const button of document.querySelectorAll("button.copy[data-copy]")) {
      const source = document.querySelector(button.dataset.copy);
      if (!source) continue;
      const words = button.textContent;
      button.hidden = false;
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(source.textContent.trim());
          button.textContent = say("Copied");
          setTimeout(() => (button.textContent = words), 3000);
        } catch {
          getSelection().selectAllChildren(source); // so that the keyboard can copy it
        }
      });
    }
  }

  // ------------------------------------------------------------------ films of others, when asked

  function films() {
    for (const place of document.querySelectorAll(".frame[data-frame]")) {
      const link = place.querySelector("a");
      link?.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        show(place, 0);
      });
    }
    for (const at of document.querySelectorAll(".recording .at[data-at]")) {
      const place = at.closest(".recording").querySelector("video, audio, .frame[data-frame]");
      if (!place) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "at";
      button.textContent = at.textContent;
      button.addEventListener("click", () => {
        const seconds = Number(at.dataset.at);
        if (place.dataset.frame) show(place, seconds);
        else {
          place.currentTime = seconds;
          place.play().catch(() => {}); // where it cannot be played, the player says so
        }
      });
      at.replaceWith(button);
    }
  }

  function show(place, seconds) {
    const frame = document.createElement("iframe");
    const to = new URL(place.dataset.frame);
    if (seconds && to.hostname === "player.vimeo.com") to.hash = `t=${seconds}s`;
    else if (seconds) to.searchParams.set("start", seconds);
    frame.src = to.href;
    frame.title = place.dataset.title;
    frame.allow = "fullscreen; picture-in-picture";
    frame.referrerPolicy = "strict-origin-when-cross-origin";
    place.replaceChildren(frame);
    frame.focus();
  }

  sessions().forEach(yours);
  look();
  sortSeries(new Date());
  picker();
  addresses();
  copying();
  films();
  setInterval(() => document.hidden || look(), 30e3);
  document.addEventListener("visibilitychange", () => document.hidden || look());
})();
