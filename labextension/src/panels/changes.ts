/** What was changed: files with their diff and an undo, and cells that agents propose. */

import type { Context } from "./context";
import { button, fold, h, Rows, setText, show } from "./dom";
import { changesOf, proposalsOf } from "./select";
import { T } from "./strings";
import type { Change, Component, Proposal, State } from "./types";

/** Lines of a unified diff; + and − stay in the text, colour only helps. */
export function showDiff(box: HTMLElement & { lkText?: string }, diff: string): void {
  if (box.lkText === diff) return;
  box.lkText = diff;
  const lines = diff.split("\n").map((line) => {
    const kind = line.startsWith("+") ? "lk-diff-add" : line.startsWith("-") ? "lk-diff-del" : undefined;
    return h("span", { class: kind }, `${line}\n`);
  });
  box.replaceChildren(...lines);
}

function changeRow(first: Change, context: Context): { el: HTMLElement; update(change: Change): void } {
  const box = h("pre", { class: "lk-code", role: "group", tabindex: "0", "aria-label": first.path });
  const undo = button(T.undo, "change-undo", (from) => void context.command({ do: "undo", path: first.path }, from));
  const part = fold("", "change-details", () => undefined, box);
  const el = h("li", { class: "lk-row" }, part.el, undo);
  return {
    el,
    update(change) {
      const by = change.by ? ` ${T.by} ${change.by}` : "";
      setText(part.title, `${change.path}  ${T.linesChanged(change.added ?? 0, change.removed ?? 0)}${by}${change.undone ? ` (${T.undone})` : ""}`);
      showDiff(box, change.diff ?? "");
      show(undo, !change.undone);
    },
  };
}

function proposalRow(first: Proposal, context: Context): { el: HTMLElement; update(proposal: Proposal): void } {
  const title = h("p", { class: "lk-label" });
  const reason = h("p", { class: "lk-dim" });
  const box = h("pre", { class: "lk-code", role: "group", tabindex: "0", "aria-label": T.proposals });
  let text = "";
  const copy = button(T.copy, "proposal-copy", () => void navigator.clipboard?.writeText(text).then(() => context.say(T.copied)));
  const el = h("li", { class: "lk-row" }, title, reason, box, copy);
  return {
    el,
    update(proposal) {
      text = proposal.source ?? "";
      setText(title, T.proposal(proposal.action, proposal.by ?? first.by ?? ""));
      setText(reason, proposal.reason ?? "");
      const before = (proposal.before ?? "").split("\n").map((line) => `-${line}`);
      const after = text.split("\n").map((line) => `+${line}`);
      showDiff(box, [...(proposal.before ? before : []), ...(text ? after : [])].join("\n"));
    },
  };
}

export function changes(context: Context, ofRun: boolean): Component {
  const files = h("ul", { class: "lk-list" });
  const cells = h("ul", { class: "lk-list" });
  const part = fold(T.changes, "changes", () => undefined, files, cells);
  const fileRows = new Rows<Change>(files, (change) => changeRow(change, context));
  const cellRows = new Rows<Proposal>(cells, (proposal) => proposalRow(proposal, context));
  part.el.setAttribute("data-part", "changes");
  return {
    el: part.el,
    update(state: State) {
      const run = ofRun ? context.run() : "";
      const changed = changesOf(state, run);
      const proposed = proposalsOf(state, run);
      const summary = T.changesSummary(changed.filter((change) => !change.undone).length, proposed.length);
      setText(part.title, summary ? `${T.changes}: ${summary}` : T.noChanges);
      fileRows.update(changed.map((change) => [change.path, change] as const));
      cellRows.update(proposed.map((proposal) => [proposal.id, proposal] as const));
    },
  };
}
