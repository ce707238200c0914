/** The item in the status bar: who works, what needs the user, what it cost; a click opens the sidebar. */

import { Widget } from "@lumino/widgets";

import { h, setAttribute, setText } from "../panels/dom";
import { money } from "../panels/format";
import { openQuestions, runOf } from "../panels/select";
import { T } from "../panels/strings";
import type { State } from "../panels/types";
import css from "../panels/style.raw.css";

/** The words of the item: "3 working, 1 needs you, $0.42". */
export function statusWords(state: State): string {
  const working = Object.values(state.agents).filter((agent) => agent.family === "working" || agent.family === "silent").length;
  const waiting = openQuestions(state).length;
  const run = runOf(state, "");
  const parts = [T.statusWorking(working), waiting ? T.statusNeeds(waiting) : "", run ? T.statusCost(money(run.cost_nano)) : ""];
  return parts.filter(Boolean).join(", ");
}

export class StatusItem extends Widget {
  private readonly button = h("button", { type: "button", class: "lk-status", "data-control": "status", title: T.open });

  constructor(onClick: () => void) {
    super();
    this.id = "loomkin-status";
    this.node.append(h("style", {}, css), this.button);
    this.button.addEventListener("click", onClick);
  }

  tell(state: State): void {
    setText(this.button, `${T.sidebar}: ${statusWords(state)}`);
    setAttribute(this.button, "data-needs", openQuestions(state).length ? "true" : null);
  }
}
