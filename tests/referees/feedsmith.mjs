// What feedsmith reads in RSS, Atom and JSON feeds: one JSON line in, one out, until the input ends.
import { parseFeed } from "feedsmith";
import { serve } from "./serve.mjs";

const text = (value) => (value !== null && typeof value === "object" ? value.value : value) ?? null;
const link = (links, rel) => links?.find((one) => (one.rel ?? "alternate") === rel)?.href ?? null;

const readers = {
  rss: (feed) =>
    feed.items?.map((item) => ({
      id: text(item.guid),
      title: text(item.title),
      link: item.link ?? null,
      published: item.pubDate ?? null,
      updated: item.atom?.updated ?? null,
      enclosures: item.enclosures?.map((one) => one.url) ?? [],
    })),
  atom: (feed) =>
    feed.entries?.map((entry) => ({
      id: entry.id,
      title: text(entry.title),
      link: link(entry.links, "alternate"),
      published: entry.published ?? null,
      updated: entry.updated ?? null,
      enclosures: entry.links?.filter((one) => one.rel === "enclosure").map((one) => one.href) ?? [],
    })),
  json: (feed) =>
    feed.items?.map((item) => ({
      id: item.id,
      title: item.title ?? null,
      link: item.url ?? null,
      published: item.date_published ?? null,
      updated: item.date_modified ?? null,
      enclosures: item.attachments?.map((one) => one.url) ?? [],
    })),
};

serve((document) => {
  const { format, feed } = parseFeed(document);
  return { format, title: text(feed.title), items: readers[format](feed) ?? [] };
});
