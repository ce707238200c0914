/** One thing that needs the user: who, what, effect, details; the ways to answer it; keys while it has the focus. */

import type { Context } from "./context";
import { button, fold, h, setText, show } from "./dom";
import { age } from "./format";
import { T } from "./strings";
import type { Question } from "./types";

export interface QuestionCard {
  el: HTMLElement;
  update(question: Question): void;
}

/** What this page answered itself: only others' answers are announced as such. */
export const answeredHere = new Set<string>();

export function questionCard(first: Question, context: Context): QuestionCard {
  let question = first;
  const free = first.kind === "question";
  const title = h("h3", {});
  const who = h("p", { class: "lk-dim" });
  const effect = h("p", {});
  const left = h("p", { class: "lk-dim" });
  const detail = h("pre", { class: "lk-code", role: "group", tabindex: "0", "aria-label": T.details });
  const details = fold(T.details, "question-details", () => undefined, detail);
  details.el.open = !free;

  const label = free ? T.answerFree : T.denyReason;
  const reason = h("input", { type: "text", class: "lk-reason", "data-control": "question-reason", "aria-label": label, placeholder: label });

  const answer = async (choice: string, from: HTMLElement, scope = ""): Promise<void> => {
    const given = choice === "deny" && !free ? reason.value : "";
    answeredHere.add(question.id);
    const reply = await context.command({ do: "answer", question: question.handle, choice, reason: given, scope, where: "panel" }, from);
    if (!reply.ok) answeredHere.delete(question.id);
  };

  const scopes = h("div", { role: "radiogroup", "aria-label": T.alwaysScope, hidden: true });
  const buildScopes = (): void => {
    const confirm = button(T.alwaysConfirm, "question-always-confirm", (from) => {
      const chosen = scopes.querySelector<HTMLInputElement>("input:checked")?.value ?? "";
      void answer("always", from, chosen);
    });
    const cancel = button(T.cancel, "question-always-cancel", () => show(scopes, false));
    const choices = (question.scopes ?? []).map((scope, index) =>
      h(
        "label",
        { class: "lk-choice" },
        h("input", { type: "radio", name: `scope-${question.id}`, value: scope, checked: index === 0, "data-control": "question-scope" }),
        scope,
      ),
    );
    scopes.replaceChildren(h("p", { class: "lk-label" }, T.alwaysScope), ...choices, h("div", { class: "lk-actions" }, confirm, cancel));
  };

  const actions = h("div", { class: "lk-actions" });
  const build = (): void => {
    if (free) {
      const options = (question.options ?? []).map((option) => button(option, "question-option", (from) => void answer(option, from)));
      const send = button(T.answerSend, "question-send", (from) => reason.value.trim() && void answer(reason.value.trim(), from));
      actions.replaceChildren(...options, reason, send);
      reason.addEventListener("keydown", (event) => event.key === "Enter" && send.click());
      return;
    }
    const once = button(T.allowOnce, "question-allow-once", (from) => void answer("allow_once", from));
    once.classList.add("lk-main");
    actions.append(once);
    if (question.kind === "permission" || question.kind === "release")
      actions.append(button(T.allowRun, "question-allow-run", (from) => void answer("allow_run", from)));
    if (question.scopes?.length)
      actions.append(
        button(T.always, "question-always", () => {
          buildScopes();
          show(scopes, true);
          scopes.querySelector("input")?.focus();
        }),
      );
    actions.append(button(T.deny, "question-deny", (from) => void answer("deny", from)), reason);
  };

  const el = h(
    "div",
    { class: "lk-question", role: "group", tabindex: "-1", "data-question": first.handle, "aria-label": first.title },
    title,
    h("div", { class: "lk-line" }, who, effect),
    details.el,
    actions,
    scopes,
    h("div", { class: "lk-line" }, left, free ? null : h("p", { class: "lk-dim" }, T.keys)),
  );
  build();

  el.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      show(scopes, false);
      (document.activeElement as HTMLElement | null)?.blur();
      return;
    }
    const typing = (event.target as Element).matches("input, textarea, select");
    if (typing || free || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "y") void answer("allow_once", el);
    else if (event.key === "n") void answer("deny", el);
    else if (event.key === "d") details.el.open = !details.el.open;
    else return;
    event.preventDefault();
  });

  return {
    el,
    update(now) {
      question = now;
      setText(title, `${question.handle} ${question.title}`);
      setText(who, T.asks(question.agent || T.team, question.tool ?? ""));
      const undo = free ? "" : question.reversible === false ? T.irreversible : T.reversible;
      setText(effect, question.effect ? `${T.effect}: ${question.effect}${undo ? ` (${undo})` : ""}` : undo);
      show(details.el, Boolean(question.detail));
      setText(detail, question.detail ?? "");
      const rest = question.deadline ? question.deadline - context.store.now() : null;
      setText(left, rest === null ? "" : rest > 0 ? T.timeLeft(age(rest)) : T.expired);
      show(left, rest !== null);
    },
  };
}
