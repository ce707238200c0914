/** How far it is and what it costs: tasks done of all with the current one, money of its limit. */

import type { Context } from "./context";
import { costLine, spentPart } from "./cost";
import { h, setText, show } from "./dom";
import { currentTask, isEnded, runOf, tasksOf } from "./select";
import { T } from "./strings";
import type { Component, State } from "./types";

export function progress(context: Context): Component {
  const bar = h("progress", { max: 1, value: 0, "aria-label": T.tasks });
  const done = h("span", { class: "lk-label", "data-part": "tasks-count" });
  const now = h("span", { class: "lk-dim" });
  const money = h("span", { "data-part": "cost-line" });
  const spent = h("meter", { min: 0, max: 1, high: 0.8, optimum: 0, "aria-label": T.cost });
  return {
    el: h("div", { class: "lk-line lk-progress", "data-part": "progress" }, h("div", { class: "lk-line" }, done, bar, now), h("div", { class: "lk-line" }, money, spent)),
    update(state: State) {
      const run = runOf(state, context.run());
      const all = tasksOf(state, run?.id ?? "");
      const ended = all.filter(isEnded).length;
      setText(done, all.length ? T.tasksOf(ended, all.length) : T.noTasks);
      show(bar, all.length > 0);
      bar.value = all.length ? ended / all.length : 0;
      const current = run?.status === "running" ? currentTask(all) : undefined;
      setText(now, current ? T.now(`${current.handle} ${current.title}`) : "");
      setText(money, costLine(run));
      const part = spentPart(run);
      show(spent, part !== null);
      spent.value = Math.min(part ?? 0, 1);
    },
  };
}
