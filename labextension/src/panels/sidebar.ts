/** This notebook now: what needs you first, Stop, the team, the feed, and everything else folded. One part alone if asked. */

import { ask } from "./ask";
import { changes } from "./changes";
import { claims } from "./claims";
import { open, type Context } from "./context";
import { cost } from "./cost";
import { fold, h } from "./dom";
import { feed } from "./feed";
import { graphView } from "./graph_view";
import { headline } from "./headline";
import { needs } from "./needs";
import { progress } from "./progress";
import { queue } from "./queue";
import { roster } from "./roster";
import { T } from "./strings";
import { tasks } from "./tasks";
import type { Component, State, ViewModel } from "./types";

/** A component behind a heading; it is brought up to date only while it is open. */
function folded(title: string, control: string, component: Component, context: Context, isOpen = false): Component {
  const part = fold(title, control, () => component.update(context.store.state), component.el);
  part.el.open = isOpen;
  return { el: part.el, update: (state: State) => part.el.open && component.update(state), destroy: () => component.destroy?.() };
}

/** The parts that can also be shown alone, as ``team.panel("queue")``. */
const PARTS: Record<string, (context: Context) => Component> = {
  agents: roster,
  approvals: (context) => needs(context, false),
  changes: (context) => changes(context, false),
  claims: () => claims(),
  cost,
  feed: (context) => feed(context, false),
  queue,
  tasks: (context) => tasks(context, false),
};

function whole(context: Context): Component {
  const parts: Component[] = [
    needs(context, false),
    headline(context),
    progress(context),
    ask(context),
    folded(T.agents, "fold-agents", roster(context), context, true),
    folded(T.feed, "fold-feed", feed(context, false), context, true),
    changes(context, false),
    folded(T.tasks, "fold-tasks", tasks(context, false), context),
    folded(T.graphTitle, "fold-graph", graphView(context), context),
    folded(T.queue, "fold-queue", queue(context), context),
    folded(T.claims, "fold-claims", claims(), context),
    folded(T.cost, "fold-cost", cost(context), context),
  ];
  return {
    el: h("div", { class: "lk-side" }, ...parts.map((part) => part.el)),
    update: (state) => parts.forEach((part) => part.update(state)),
    destroy: () => parts.forEach((part) => part.destroy?.()),
  };
}

function render({ model, el }: { model: ViewModel; el: HTMLElement }): () => void {
  const view = open(model, el, "lk-side-root", T.sidebar);
  const alone = PARTS[String(model.get("panel") ?? "")];
  if (!alone) return view.mount(whole(view.context));
  const part = alone(view.context);
  return view.mount({ ...part, el: h("div", { class: "lk-card" }, part.el) });
}

export default { render };
