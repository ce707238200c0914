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
  const parts = [headline(context), needs(context, true), changes(context, true), progress(context), teamStrip(), end];
  const folded = [answer(context), why(context)];
  const folds = h("div", { class: "lk-folds" }, ...folded.map((part) => part.el), talk.el);
  const card = h("div", { class: "lk-card" }, ...parts.map((part) => part.el), folds);
  return view.mount({
    el: card,
    update(state: State) {
      for (const part of [...parts, ...folded]) part.update(state);
      setText(talk.title, T.messages(feedOf(state, context.run()).length));
      if (talk.el.open) messages.update(state);
    },
  });
}

export default { render };
