/** Messages that wait for an agent: read, edit, delete, move. */

import type { Context } from "./context";
import { button, h, Rows, setText, show } from "./dom";
import { T } from "./strings";
import type { Component, QueuedMessage, State } from "./types";

function messageRow(first: QueuedMessage, context: Context): { el: HTMLElement; update(message: QueuedMessage): void } {
  const id = first.id;
  const head = h("p", { class: "lk-dim" });
  const text = h("p", {});
  const box = h("textarea", { rows: 3, "data-control": "queue-text", "aria-label": T.editLabel });
  let now = first;
  const save = button(T.save, "queue-save", (from) => {
    void context.command({ do: "queue.edit", message: id, agent: now.to, text: box.value }, from);
    show(editor, false);
  });
  const editor = h("div", { class: "lk-field", hidden: true }, box, h("div", { class: "lk-actions" }, save, button(T.cancel, "queue-cancel", () => show(editor, false))));
  const edit = button(T.edit, "queue-edit", () => {
    show(editor, editor.hidden);
    box.value = now.text;
    if (!editor.hidden) box.focus();
  });
  const move = (by: number, from: HTMLElement): void => {
    const all = Object.values(context.store.state.queue).filter((message) => message.to === now.to);
    const place = Math.max(0, all.findIndex((message) => message.id === id) + by);
    void context.command({ do: "queue.move", message: id, agent: now.to, by, position: place }, from);
  };
  const actions = h(
    "div",
    { class: "lk-actions", role: "group", "aria-label": T.queue },
    edit,
    button(T.up, "queue-up", (from) => move(-1, from)),
    button(T.down, "queue-down", (from) => move(1, from)),
    button(T.delete, "queue-delete", (from) => void context.command({ do: "queue.delete", message: id, agent: now.to }, from)),
  );
  return {
    el: h("li", { class: "lk-row" }, head, text, actions, editor),
    update(message) {
      now = message;
      setText(head, [`${message.sender} ${T.to} ${message.to}`, message.kind, message.priority === "normal" ? "" : message.priority, message.due ? new Date(message.due * 1000).toLocaleString() : ""].filter(Boolean).join(" · "));
      setText(text, message.text);
    },
  };
}

export function queue(context: Context): Component {
  const list = h("ul", { class: "lk-list" });
  const empty = h("p", { class: "lk-empty" }, T.noQueue);
  const rows = new Rows<QueuedMessage>(list, (message) => messageRow(message, context));
  return {
    el: h("div", { class: "lk-part", "data-part": "queue" }, empty, list),
    update(state: State) {
      const waiting = Object.values(state.queue);
      rows.update(waiting.slice(0, 100).map((message) => [message.id, message] as const));
      show(empty, waiting.length === 0);
    },
  };
}
