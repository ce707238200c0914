/** Money and tokens: the sum against its limit, by agent and by model. */

import type { Context } from "./context";
import { h, setText, show } from "./dom";
import { count, money, tokensTotal } from "./format";
import { runOf } from "./select";
import { T } from "./strings";
import { Table } from "./table";
import type { Component, Run, State } from "./types";

const NANO = 1e9;

/** One line such as "Cost $0.42 of $5.00 · 12,400 tokens". */
export function costLine(run: Run | undefined): string {
  if (!run) return "";
  const total = tokensTotal(run.tokens);
  const limit = run.limit_usd;
  const cost =
    run.cost_nano === null || run.cost_nano === undefined
      ? T.costUnknown
      : limit !== null && limit !== undefined
        ? T.costOf(money(run.cost_nano), `$${limit.toFixed(2)}`)
        : T.costNoLimit(money(run.cost_nano));
  const tokens = run.limit_tokens ? T.tokensOf(count(total), count(run.limit_tokens)) : T.tokens(count(total));
  return `${cost} · ${tokens}`;
}

/** How much of the limit is spent, 0–1, or null when there is none to speak of. */
export function spentPart(run: Run | undefined): number | null {
  if (!run) return null;
  if (run.limit_usd && run.cost_nano !== null && run.cost_nano !== undefined) return run.cost_nano / NANO / run.limit_usd;
  if (run.limit_tokens) return tokensTotal(run.tokens) / run.limit_tokens;
  return null;
}

export function cost(context: Context): Component {
  const line = h("p", {});
  const flag = h("p", { class: "lk-dim" }, T.incomplete);
  const summary = new Table(T.total, [{ title: T.calls, number: true }, { title: T.cached, number: true }, { title: T.cost, number: true }]);
  const agents = new Table(T.byAgent, [{ title: T.agent }, { title: T.cost, number: true }]);
  const models = new Table(T.byModel, [{ title: T.kind }, { title: T.cost, number: true }]);
  const rowsOf = (amounts: Record<string, number> | undefined): string[][] =>
    Object.entries(amounts ?? {})
      .sort((a, b) => b[1] - a[1])
      .map(([name, nano]) => [name, money(nano)]);
  return {
    el: h("div", { class: "lk-part", "data-part": "cost" }, line, flag, summary.el, agents.el, models.el),
    update(state: State) {
      setText(line, costLine(runOf(state, context.run())));
      show(flag, Boolean(state.cost.unknown));
      summary.update([[count(state.cost.calls), count(state.cost.cached), money(state.cost.total_nano ?? 0)]]);
      agents.update(rowsOf(state.cost.by_agent));
      models.update(rowsOf(state.cost.by_model));
    },
  };
}
