// What ical.js reads in calendars: one JSON line in, one out, until the input ends.
// Its zones come from the file's own VTIMEZONEs; it knows no others than UTC.
import ICAL from "ical.js";
import { serve } from "./serve.mjs";

const instant = (time) => {
  if (time === null) return null;
  if (time.isDate) throw new Error("a date without a time");
  if (time.zone === ICAL.Timezone.localTimezone) {
    throw new Error(`a floating time, or a zone that the file does not tell: ${time}`);
  }
  return time.toUnixTime();
};

serve((text) => {
  const calendar = new ICAL.Component(ICAL.parse(text));
  const events = calendar.getAllSubcomponents("vevent").map((event) => {
    const value = (name) => event.getFirstPropertyValue(name);
    return {
      uid: value("uid"),
      start: instant(value("dtstart")),
      end: instant(value("dtend")),
      summary: value("summary"),
      description: value("description"),
      location: value("location"),
      status: value("status"),
      sequence: value("sequence"),
      categories: event.getAllProperties("categories").flatMap((line) => line.getValues()),
      url: value("url"),
    };
  });
  const properties = calendar
    .getAllProperties()
    .map((property) => [property.name.toUpperCase(), String(property.getFirstValue())]);
  return { events, properties };
});
