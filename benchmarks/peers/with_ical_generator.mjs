// One calendar by ical-generator, as its documentation shows: times in UTC.
//
// node benchmarks/peers/with_ical_generator.mjs JSON OUT
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

// Where benchmarks/prepare installs it.
const require = createRequire(new URL("../.peers/npm/", import.meta.url));
const { default: ical } = require("ical-generator");

const [source, out] = process.argv.slice(2);
const series = JSON.parse(readFileSync(source, "utf8"));
const calendar = ical({ name: series.name });
for (const each of series.events) {
  calendar.createEvent({
    id: each.uid,
    start: new Date(each.begin),
    end: new Date(each.end),
    summary: each.summary,
    description: each.description,
    location: each.location,
    url: each.url,
  });
}
writeFileSync(out, calendar.toString());
