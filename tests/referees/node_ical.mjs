// What node-ical reads in calendars: one JSON line in, one out, until the input ends.
// For zones whose names it knows it uses its own rules, not the file's VTIMEZONE.
import ical from "node-ical";
import { serve } from "./serve.mjs";

// A value with parameters comes as {params, val}.
const plain = (value) => (value !== null && typeof value === "object" && "val" in value ? value.val : value);
const instant = (date) => (date instanceof Date ? date.getTime() / 1000 : null);

serve((text) => {
  const events = Object.values(ical.sync.parseICS(text))
    .filter((component) => component.type === "VEVENT")
    .map((event) => ({
      uid: plain(event.uid),
      start: instant(event.start),
      end: instant(event.end),
      summary: plain(event.summary) ?? null,
      description: plain(event.description) ?? null,
      location: plain(event.location) ?? null,
      status: plain(event.status) ?? null,
      sequence: event.sequence === undefined ? null : Number(plain(event.sequence)),
      categories: event.categories ?? [],
      url: plain(event.url) ?? null,
    }));
  return { events };
});
