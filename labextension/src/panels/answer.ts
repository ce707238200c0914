/** The answer, as it is written and when it is finished. */

import type { Context } from "./context";
import { fold, h, setText, show } from "./dom";
import { showMarkdown } from "./markdown";
import { runOf } from "./select";
import { T } from "./strings";
import type { Component, State } from "./types";

export function answer(context: Context): Component {
  const text = h("div", { class: "lk-text lk-scroll", role: "group", tabindex: "0", "aria-label": T.answer });
  const empty = h("p", { class: "lk-empty" }, T.noAnswer);
  const part = fold(T.answer, "answer", () => update(context.store.state), empty, text);
  part.el.setAttribute("data-part", "answer");
  let opened = false;
  const update = (state: State): void => {
    const run = runOf(state, context.run());
    const running = run?.status === "running";
    const lead = Object.values(state.agents).find((agent) => agent.lead && (!run?.team || agent.team === run.team));
    const words = run?.answer || (running ? (lead?.text ?? "") : "");
    setText(part.title, running && words ? T.answerStreaming : T.answer);
    if (!running && words && !opened) part.el.open = opened = true;
    if (part.el.open) showMarkdown(text, words);
    show(empty, !words);
    show(text, Boolean(words));
  };
  return { el: part.el, update };
}
