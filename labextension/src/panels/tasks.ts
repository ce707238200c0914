/** The plan: every task with status, owner, what it waits for and its result. */

import type { Context } from "./context";
import { fold, h, Rows, setText, show } from "./dom";
import { showMarkdown } from "./markdown";
import { tasksOf } from "./select";
import { T } from "./strings";
import type { Component, State, Task } from "./types";

const SHOWN = 300;

function taskRow(): { el: HTMLElement; update(task: Task): void } {
  const line = h("p", { class: "lk-dim" });
  const body = h("div", { class: "lk-text" });
  const part = fold("", "task-details", () => undefined, body);
  const el = h("li", { class: "lk-row" }, part.el, line);
  return {
    el,
    update(task) {
      setText(part.title, `${task.handle} ${task.title}`);
      const facts = [
        task.status.replaceAll("_", " "),
        task.owner || T.nobody,
        task.depends_on?.length ? T.waitsFor(task.depends_on.join(", ")) : "",
        task.priority ? T.priority(task.priority) : "",
      ];
      setText(line, facts.filter(Boolean).join(" · "));
      showMarkdown(body, [task.description, task.result].filter(Boolean).join("\n\n") || T.none);
    },
  };
}

export function tasks(context: Context, ofRun: boolean): Component {
  const list = h("ul", { class: "lk-list lk-scroll", tabindex: "0", "aria-label": T.tasks });
  const empty = h("p", { class: "lk-empty" }, T.noTasks);
  const rows = new Rows<Task>(list, () => taskRow());
  return {
    el: h("div", { class: "lk-part", "data-part": "tasks" }, empty, list),
    update(state: State) {
      const all = tasksOf(state, ofRun ? context.run() : "");
      rows.update(all.slice(-SHOWN).map((task) => [task.handle, task] as const));
      show(empty, all.length === 0);
      show(list, all.length > 0);
    },
  };
}
