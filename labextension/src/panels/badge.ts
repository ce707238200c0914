/** A status: word, glyph and colour of one of the families; and an agent's initials in one of six ordered colours. */

import { h, setAttribute, setText } from "./dom";
import { initials } from "./format";
import { T } from "./strings";
import type { State } from "./types";

/** Shapes drawn here, so that no font decides how a status looks. 16×16 paths; ``fill`` or stroke. */
const SHAPES: Record<string, string> = {
  needs_you: '<rect x="1" y="1" width="14" height="14" rx="1"/><path d="M8 3.5v6M8 11.3v1.6" stroke="var(--lk-bg)" stroke-width="2"/>',
  failed: '<path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M5.3 5.3l5.4 5.4M10.7 5.3l-5.4 5.4" stroke="currentColor" stroke-width="1.8"/>',
  silent: '<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="2 2.7"/>',
  working: '<path d="M3 1.5l11 6.5-11 6.5z"/>',
  waiting: '<circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M8 1.8a6.2 6.2 0 0 1 0 12.4z"/>',
  paused: '<path d="M3.5 2h3v12h-3zM9.5 2h3v12h-3z"/>',
  done: '<path d="M2 8.5l4 4 8-9" fill="none" stroke="currentColor" stroke-width="2.4"/>',
  idle: '<circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.6"/>',
};

export interface Badge {
  el: HTMLElement;
  update(family: string, word?: string): void;
}

export function badge(): Badge {
  const glyph = h("span", { class: "lk-glyph", "aria-hidden": "true" });
  const text = h("span", {});
  const el = h("span", { class: "lk-badge" }, glyph, text);
  return {
    el,
    update(family, word) {
      const known = family in SHAPES ? family : "idle";
      if (el.getAttribute("data-family") !== known) {
        setAttribute(el, "data-family", known);
        glyph.innerHTML = `<svg viewBox="0 0 16 16" fill="currentColor" focusable="false">${SHAPES[known]}</svg>`;
      }
      setText(text, word || T.families[known] || known);
    },
  };
}

const RUN_FAMILIES: Record<string, string> = {
  running: "working",
  done: "done",
  failed: "failed",
  stopped: "paused",
  limit: "failed",
  refused: "failed",
};

export function runFamily(status: string): string {
  return RUN_FAMILIES[status] ?? "idle";
}

/** The agent's place in the order of arrival gives its colour; never a hash. */
export function initialsOf(name: string): { el: HTMLElement; update(state: State): void } {
  const el = h("span", { class: "lk-initials", "aria-hidden": "true" }, initials(name));
  return {
    el,
    update: (state) => setAttribute(el, "data-colour", String(Math.max(0, Object.keys(state.agents).indexOf(name)) % 6)),
  };
}
