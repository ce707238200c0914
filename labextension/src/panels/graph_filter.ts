/** Search and filters of the decision graph: which decisions are shown, which of them match. */

import { button, h, setAttribute, setText } from "./dom";
import { KINDS } from "./graph_look";
import { T } from "./strings";
import type { DecisionNode, State } from "./types";

export interface GraphFilter {
  el: HTMLElement;
  /** Bring the choices up to date with what there is. */
  update(state: State): void;
  visible(state: State): DecisionNode[];
  matches(nodes: DecisionNode[]): DecisionNode[];
  /** The match that was walked to last, among ``matches``. */
  at(): number;
}

function select(control: string, label: string, onChange: () => void): { el: HTMLElement; box: HTMLSelectElement; offer(values: string[]): void } {
  const box = h("select", { "data-control": control, "aria-label": label }, h("option", { value: "" }, `${label}: ${T.any}`));
  box.addEventListener("change", onChange);
  let known = "";
  return {
    el: box,
    box,
    offer(values) {
      const sorted = [...new Set(values.filter(Boolean))].sort();
      if (known === sorted.join("|")) return;
      known = sorted.join("|");
      const chosen = box.value;
      box.replaceChildren(h("option", { value: "" }, `${label}: ${T.any}`), ...sorted.map((value) => h("option", { value }, value)));
      box.value = sorted.includes(chosen) ? chosen : "";
    },
  };
}

export function graphFilter(onChange: () => void, onWalk: () => void): GraphFilter {
  const hidden = new Set<string>();
  let place = -1;
  const search = h("input", { type: "search", "data-control": "graph-search", "aria-label": T.searchLabel, placeholder: T.search });
  const found = h("span", { class: "lk-dim", role: "status" });
  const status = select("graph-status", T.statusFilter, onChange);
  const agent = select("graph-agent", T.agentFilter, onChange);
  const least = h("input", { type: "number", min: 0, max: 100, placeholder: "0", "data-control": "graph-confidence", "aria-label": `${T.minConfidence} (${T.confidence})` });
  least.addEventListener("change", onChange);
  const auto = h("input", { type: "checkbox", "data-control": "graph-auto", checked: true });
  auto.addEventListener("change", onChange);
  const kinds = Object.entries(KINDS).map(([kind, { letter }]) => {
    const element = button(`${letter} ${kind}`, `graph-kind-${kind}`, () => {
      if (!hidden.delete(kind)) hidden.add(kind);
      setAttribute(element, "aria-pressed", String(!hidden.has(kind)));
      onChange();
    });
    setAttribute(element, "aria-pressed", "true");
    return element;
  });
  const step = (by: number): void => {
    place += by;
    onWalk();
  };
  search.addEventListener("input", () => {
    place = -1;
    onChange();
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
    if (event.key === "Escape") {
      search.value = "";
      onChange();
    }
  });
  const previous = button(T.previous, "graph-previous", () => step(-1));
  const next = button(T.next, "graph-next", () => step(1));
  const el = h(
    "div",
    { class: "lk-part", role: "search" },
    h("div", { class: "lk-actions" }, search, previous, next, found),
    h("div", { class: "lk-actions", role: "group", "aria-label": T.kinds }, ...kinds),
    h("div", { class: "lk-actions" }, status.el, agent.el, h("label", { class: "lk-choice" }, `${T.minConfidence} `, least, " %"), h("label", { class: "lk-choice" }, auto, T.auto)),
  );
  const matches = (nodes: DecisionNode[]): DecisionNode[] => {
    const words = search.value.trim().toLowerCase();
    if (!words) return [];
    return nodes.filter((node) => `${node.handle} ${node.title} ${node.description ?? ""} ${(node.files ?? []).join(" ")}`.toLowerCase().includes(words));
  };
  return {
    el,
    update(state) {
      const nodes = Object.values(state.decisions.nodes);
      status.offer(nodes.map((node) => node.status ?? ""));
      agent.offer(nodes.map((node) => node.agent ?? ""));
      const hits = matches(this.visible(state)).length;
      if (hits) place = ((place % hits) + hits) % hits;
      setText(found, search.value.trim() ? (hits ? T.matches(place + 1, hits) : T.noMatch) : "");
    },
    visible: (state) =>
      Object.values(state.decisions.nodes).filter(
        (node) =>
          !hidden.has(node.kind) &&
          (!status.box.value || node.status === status.box.value) &&
          (!agent.box.value || node.agent === agent.box.value) &&
          (node.confidence ?? 100) >= Number(least.value || 0) &&
          (auto.checked || !node.auto),
      ),
    matches,
    at: () => place,
  };
}
