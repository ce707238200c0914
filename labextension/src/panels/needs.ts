/** Everything that needs the user: in the run card one at a time with a count, in the sidebar as a list. */

import type { Context } from "./context";
import { button, h, Rows, setText, show } from "./dom";
import { answeredHere, questionCard, type QuestionCard } from "./question";
import { openQuestions } from "./select";
import { T } from "./strings";
import type { Component, Question, State } from "./types";

const SAID_MS = 20_000;

export function needs(context: Context, oneAtATime: boolean): Component {
  const heading = h("h3", { "data-part": "needs-heading" });
  const previous = button(T.previous, "needs-previous", () => turn(-1));
  const next = button(T.next, "needs-next", () => turn(1));
  const list = h("ul", { class: "lk-rows" });
  const elsewhere = h("p", { class: "lk-notice", hidden: true, "data-part": "answered" });
  const el = h("div", { class: "lk-part", "data-part": "needs" }, h("div", { class: "lk-line" }, heading, ...(oneAtATime ? [previous, next] : [])), elsewhere, list);
  const cards = new Map<string, QuestionCard>();
  const rows = new Rows<Question>(list, (question) => {
    const card = questionCard(question, context);
    cards.set(question.id, card);
    const row = h("li", {}, card.el);
    return { el: row, update: (now) => card.update(now), destroy: () => cards.delete(question.id) };
  });
  const seen = new Map<string, boolean>();
  let place = 0;
  let started = false;

  const turn = (by: number): void => {
    place += by;
    update(context.store.state);
  };

  const announce = (state: State): void => {
    for (const question of Object.values(state.questions)) {
      const open = question.state === "open";
      const was = seen.get(question.id);
      if (open && was === undefined && started) context.alarm(`${T.needsYou}: ${question.title}`);
      if (was === true && !open && !answeredHere.has(question.id)) {
        const text = T.answered(question.handle, question.answer ?? "", question.by ?? "", question.where ?? "");
        setText(elsewhere, text);
        show(elsewhere, true);
        context.say(text);
        window.setTimeout(() => elsewhere.textContent === text && show(elsewhere, false), SAID_MS);
      }
      seen.set(question.id, open);
    }
    started = true;
  };

  const update = (state: State): void => {
    announce(state);
    const open = openQuestions(state, oneAtATime ? context.run() : "");
    place = Math.min(Math.max(place, 0), Math.max(open.length - 1, 0));
    const shown = oneAtATime ? open.slice(place, place + 1) : open;
    const focused = list.contains(document.activeElement);
    rows.update(shown.map((question) => [question.id, question] as const));
    if (focused && !list.contains(document.activeElement)) cards.get(shown[0]?.id ?? "")?.el.focus();
    setText(heading, open.length === 0 ? T.nothingNeeded : oneAtATime ? T.needsCount(place + 1, open.length) : `${T.needsYou} (${open.length})`);
    show(previous, open.length > 1);
    show(next, open.length > 1);
    show(el, !oneAtATime || open.length > 0 || !elsewhere.hidden);
  };
  return { el, update };
}
