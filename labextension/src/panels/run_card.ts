/** The run card: what a newcomer must see within ten seconds, in the order in which they ask. */

import { answer } from "./answer";
import { changes } from "./changes";
import { open } from "./context";
import { fold, h, setText } from "./dom";
import { ending } from "./ending";
import { feed } from "./feed";
import { headline } from "./headline";
import { needs } from "./needs";
import { progress } from "./progress";
import { teamStrip } from "./roster";
import { feedOf } from "./select";
import { T } from "./strings";
import type { State, ViewModel } from "./types";
import { why } from "./why";

function render({ model, el }: { model: ViewModel; el: HTMLElement }): () => void {
  const view = open(model, el, "lk-card-root", T.run);
  const context = view.context;
  const messages = feed(context, true);
  const talk = fold(T.messages(0), "messages", () => messages.update(context.store.state), messages.el);
  const end = ending(context);
  const said = answer(context);
  const reasons = why(context);
  const head = headline(context);
  const parts = [needs(context, true), changes(context, true), progress(context), teamStrip(), end];
  const folded = [said, reasons];
  const place = h("div", {});
  const folds = h("div", { class: "lk-folds" }, said.el, reasons.el, talk.el);
  const card = h("div", { class: "lk-card" }, head.el, place, ...parts.map((part) => part.el), folds);
  return view.mount({
    el: card,
    update(state: State) {
      for (const part of [head, ...parts, ...folded]) part.update(state);
      // What was found comes first once it is there; while the team works, what happens now does.
      const over = state.runs[context.run()]?.status;
      const home = over && over !== "running" && state.runs[context.run()]?.answer ? place : folds;
      if (said.el.parentElement !== home) home.prepend(said.el);
      setText(talk.title, T.messages(feedOf(state, context.run()).length));
      if (talk.el.open) messages.update(state);
    },
  });
}

export default { render };
