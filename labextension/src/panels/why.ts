/** The reasons behind a run in at most seven decisions. */

import type { Context } from "./context";
import { fold, h, Rows, setText, show } from "./dom";
import { decisionsOf } from "./select";
import { T } from "./strings";
import type { Component, DecisionNode, State } from "./types";

const MOST = 7;

export function why(context: Context): Component {
  const list = h("ol", { class: "lk-list" });
  const empty = h("p", { class: "lk-empty" }, T.noDecisions);
  const more = h("p", { class: "lk-dim" });
  const part = fold(T.why(0), "why", () => undefined, empty, list, more);
  part.el.setAttribute("data-part", "why");
  const rows = new Rows<DecisionNode>(list, () => {
    const head = h("p", {});
    const text = h("p", { class: "lk-dim" });
    return {
      el: h("li", { class: "lk-row" }, head, text),
      update: (node) => {
        const sure = node.confidence === null || node.confidence === undefined ? "" : ` (${node.confidence} %${node.doubt ? `, ${T.doubtful}` : ""})`;
        setText(head, `${node.handle} ${node.kind}: ${node.title}${sure}`);
        setText(text, node.description ?? "");
        show(text, Boolean(node.description));
      },
    };
  });
  return {
    el: part.el,
    update(state: State) {
      const nodes = decisionsOf(state, context.run());
      setText(part.title, T.why(nodes.length));
      rows.update(nodes.slice(-MOST).map((node) => [node.handle, node] as const));
      show(empty, nodes.length === 0);
      show(more, nodes.length > MOST);
      setText(more, T.more(nodes.length - MOST));
    },
  };
}
