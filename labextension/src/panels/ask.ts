/** The box that asks the team. Enter sends, Shift+Enter is a new line. */

import type { Context } from "./context";
import { button, h } from "./dom";
import { T } from "./strings";
import type { Component } from "./types";

export function ask(context: Context): Component {
  const box = h("textarea", { rows: 3, "data-control": "ask-text", "aria-label": T.askLabel, placeholder: T.askPlaceholder });
  const send = button(T.ask, "ask-send", (from) => {
    const request = box.value.trim();
    if (!request) return box.focus();
    void context.command({ do: "ask", request, options: {} }, from).then((reply) => {
      if (reply.ok) box.value = "";
    });
  });
  send.classList.add("lk-main");
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send.click();
  });
  const el = h("div", { class: "lk-field", "data-part": "ask" }, h("label", { class: "lk-label" }, T.askLabel, box), h("div", { class: "lk-actions" }, send));
  return { el, update: () => undefined };
}
