/** What happened, newest last, with filters and counts. Rows that are out of sight cost no layout. */

import type { Context } from "./context";
import { button, h, Rows, setAttribute, setText, show } from "./dom";
import { clock } from "./format";
import { showMarkdown } from "./markdown";
import { feedOf } from "./select";
import { T } from "./strings";
import type { Component, FeedEntry, State } from "./types";

const SHOWN = 200;

function entryRow(): { el: HTMLElement; update(entry: FeedEntry): void } {
  const head = h("p", { class: "lk-dim" });
  const text = h("div", { class: "lk-text" });
  const el = h("li", { class: "lk-row" }, head, text);
  return {
    el,
    update(entry) {
      const way = entry.to ? `${entry.agent || T.team} ${T.to} ${entry.to}` : (entry.agent ?? "");
      setText(head, [clock(entry.time), T.filters[entry.kind] ?? entry.kind, way].filter(Boolean).join(" · "));
      showMarkdown(text, entry.text);
    },
  };
}

export function feed(context: Context, ofRun: boolean): Component {
  let filter = "all";
  const buttons = Object.entries(T.filters).map(([kind, label]) => {
    const element = button(label, `feed-filter-${kind}`, () => {
      filter = kind;
      update(context.store.state);
    });
    return { kind, label, element };
  });
  const list = h("ol", { class: "lk-list lk-feed", tabindex: "0", "aria-label": T.feed });
  const empty = h("p", { class: "lk-empty" });
  const newest = button(T.newEntries, "feed-newest", () => {
    list.scrollTop = list.scrollHeight;
    show(newest, false);
  });
  const rows = new Rows<FeedEntry>(list, () => entryRow());
  const filters = h("div", { class: "lk-actions", role: "group", "aria-label": T.filterBy }, ...buttons.map((item) => item.element));
  const el = h("div", { class: "lk-part", "data-part": "feed" }, filters, empty, list, newest);
  let last = -1;

  const update = (state: State): void => {
    const all = feedOf(state, ofRun ? context.run() : "");
    for (const { kind, label, element } of buttons) {
      setText(element, `${label} ${kind === "all" ? all.length : all.filter((entry) => entry.kind === kind).length}`);
      setAttribute(element, "aria-pressed", String(kind === filter));
    }
    const entries = (filter === "all" ? all : all.filter((entry) => entry.kind === filter)).slice(-SHOWN);
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    rows.update(entries.map((entry) => [String(entry.n), entry] as const));
    const end = entries.at(-1)?.n ?? -1;
    if (end !== last) {
      if (atEnd) list.scrollTop = list.scrollHeight;
      else show(newest, true);
      last = end;
    }
    if (atEnd) show(newest, false);
    setText(empty, all.length ? T.noFeedKind : T.noFeed);
    show(empty, entries.length === 0);
    show(list, entries.length > 0);
  };
  return { el, update };
}
