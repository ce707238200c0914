/** The end of a run: an outcome sentence and tables of changes, decisions and cost. */

import type { Context } from "./context";
import { h, setText, show } from "./dom";
import { count, duration, money, tokensTotal } from "./format";
import { changesOf, decisionsOf, runOf } from "./select";
import { T } from "./strings";
import { Table } from "./table";
import type { Component, State } from "./types";

const DECISIONS = 7;

export function ending(context: Context): Component {
  const outcome = h("p", { class: "lk-label", "data-part": "outcome" });
  const changes = new Table(T.changes, [{ title: T.file }, { title: T.lines, number: true }, { title: T.agent }]);
  const decisions = new Table(T.decisions, [{ title: T.handle }, { title: T.title }, { title: T.confidence, number: true }]);
  const cost = new Table(T.cost, [{ title: T.agent }, { title: T.tools, number: true }, { title: T.cost, number: true }]);
  cost.el.tHead!.rows[0]!.cells[1]!.textContent = T.tokens("").trim();
  const more = h("p", { class: "lk-dim" });
  const el = h("div", { class: "lk-part", "data-part": "ending" }, outcome, changes.el, decisions.el, more, cost.el, h("p", { class: "lk-dim" }, T.newRun));
  return {
    el,
    update(state: State) {
      const run = runOf(state, context.run());
      const over = run !== undefined && run.status !== "running";
      show(el, over);
      if (!over) return;
      setText(outcome, [T.outcome[run.status] ?? run.status, run.reason ?? "", T.outcomeIn(duration(run.duration_s))].filter(Boolean).join(" "));
      const changed = changesOf(state, run.id).map((c) => [c.path, T.linesChanged(c.added ?? 0, c.removed ?? 0), c.undone ? T.undone : (c.by ?? "")]);
      changes.update(changed.length ? changed : [[T.none, "", ""]]);
      const nodes = decisionsOf(state, run.id);
      const first = nodes.slice(0, DECISIONS);
      decisions.update(first.length ? first.map((n) => [n.handle, n.title, n.confidence === null || n.confidence === undefined ? "" : `${n.confidence} %`]) : [[T.none, "", ""]]);
      setText(more, T.nMore(nodes.length - first.length));
      show(more, nodes.length > first.length);
      const team = Object.values(run.agents ?? {}).filter((agent) => tokensTotal(agent.tokens) > 0);
      const rows = team.map((agent) => [agent.name, count(tokensTotal(agent.tokens)), money(agent.cost_nano)]);
      cost.update([...rows, [T.total, count(tokensTotal(run.tokens)), money(run.cost_nano)]]);
    },
  };
}
