/** One decision: what, by whom, why, what rests on it; walk along the edges; revise the confidence. */

import type { Context } from "./context";
import { button, h, setText, show } from "./dom";
import { edgeWords } from "./graph_look";
import { showMarkdown } from "./markdown";
import { T } from "./strings";
import type { DecisionEdge, State } from "./types";

export interface GraphDetail {
  el: HTMLElement;
  update(state: State, handle: string): void;
}

export function graphDetail(context: Context, onSelect: (handle: string) => void): GraphDetail {
  const empty = h("p", { class: "lk-empty" }, T.selectNode);
  const title = h("h3", {});
  const facts = h("p", { class: "lk-dim" });
  const text = h("div", { class: "lk-text lk-scroll", role: "group", tabindex: "0", "aria-label": T.details });
  const inward = h("ul", { class: "lk-list" });
  const outward = h("ul", { class: "lk-list" });
  const value = h("input", { type: "number", min: 0, max: 100, step: 1, "data-control": "revise-value", "aria-label": T.reviseLabel });
  const reason = h("input", { type: "text", "data-control": "revise-reason", "aria-label": T.reviseReason });
  let current = "";
  const send = button(T.reviseSend, "revise-send", (from) => {
    const confidence = Number(value.value);
    if (value.value === "" || !Number.isFinite(confidence)) return value.focus();
    void context.command({ do: "revise", node: current, confidence: Math.round(confidence), reason: reason.value }, from);
  });
  const form = h(
    "div",
    { class: "lk-field" },
    h("h4", {}, T.revise),
    h("label", { class: "lk-field" }, h("span", { class: "lk-dim" }, T.reviseLabel), value),
    h("label", { class: "lk-field" }, h("span", { class: "lk-dim" }, T.reviseReason), reason),
    h("div", { class: "lk-actions" }, send),
  );
  const body = h("div", { class: "lk-detail" }, title, facts, text, h("h4", {}, T.whyWalk), inward, h("h4", {}, T.soWhat), outward, form);
  const el = h("div", { class: "lk-part", "data-part": "graph-detail" }, empty, body);
  let shown = "";

  const walk = (state: State, edges: DecisionEdge[], end: "source" | "target", control: string): HTMLElement[] => {
    if (!edges.length) return [h("li", { class: "lk-empty" }, T.none)];
    return edges.map((edge) => {
      const handle = edge[end];
      const name = `${handle} ${state.decisions.nodes[handle]?.title ?? ""}`;
      const link = h("button", { type: "button", class: "lk-link", "data-control": control }, name);
      link.addEventListener("click", () => onSelect(handle));
      return h("li", { class: "lk-row" }, link, h("p", { class: "lk-dim" }, [edgeWords(edge.kind), edge.rationale].filter(Boolean).join(": ")));
    });
  };

  return {
    el,
    update(state, handle) {
      const node = state.decisions.nodes[handle];
      show(empty, !node);
      show(body, Boolean(node));
      if (!node) return;
      const edges = Object.values(state.decisions.edges);
      const before = edges.filter((edge) => edge.target === handle);
      const after = edges.filter((edge) => edge.source === handle);
      const key = JSON.stringify([node, before, after]);
      if (key === shown) return;
      shown = key;
      setText(title, `${node.handle} ${node.title}`);
      const sure = node.confidence === null || node.confidence === undefined ? `${T.confidence} ${T.unknown}` : `${T.confidence} ${node.confidence} %`;
      setText(facts, [node.kind, node.status, sure, node.doubt ? T.doubtful : "", node.agent, ...(node.files ?? []), ...(node.variables ?? [])].filter(Boolean).join(" · "));
      showMarkdown(text, node.description ?? "");
      show(text, Boolean(node.description));
      inward.replaceChildren(...walk(state, before, "source", "walk-why"));
      outward.replaceChildren(...walk(state, after, "target", "walk-so-what"));
      if (current !== handle) {
        current = handle;
        value.value = node.confidence === null || node.confidence === undefined ? "" : String(node.confidence);
        reason.value = "";
      }
    },
  };
}
