/** What every component is given: the store's state, a way to send commands, and a voice. Built once per view. */

import { Channel } from "./channel";
import { h, setAttribute, setText, show } from "./dom";
import { Store } from "./store";
import { T } from "./strings";
import css from "./style.raw.css";
import type { Command, Component, Reply, ViewModel } from "./types";

const BUSY_MS = 500;

export interface Context {
  readonly store: Store;
  readonly root: HTMLElement;
  /** Which run this view is about; "" is the current one. */
  run(): string;
  /** Send a command; ``from`` shows that it is on its way. Problems are said in the view's notice line. */
  command(command: Command, from?: HTMLElement): Promise<Reply>;
  /** Say something politely. */
  say(text: string): void;
  /** Say something that cannot wait. */
  alarm(text: string): void;
}

function isDark(element: HTMLElement): boolean {
  const host = document.body;
  const named = host.getAttribute("data-jp-theme-light") ?? host.getAttribute("data-vscode-theme-kind");
  if (named === "true" || named === "vscode-light" || named === "vscode-high-contrast-light") return false;
  if (named === "false" || named?.startsWith("vscode-")) return true;
  if (element.ownerDocument.documentElement.getAttribute("theme") === "dark") return true;
  return window.matchMedia?.("(prefers-color-scheme: dark)").matches ?? false;
}

/** Follow the host's theme. */
function followTheme(root: HTMLElement): () => void {
  const apply = (): void => void root.classList.toggle("lk-dark", isDark(root));
  apply();
  const observer = new MutationObserver(apply);
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-vscode-theme-kind"] });
  const query = window.matchMedia?.("(prefers-color-scheme: dark)");
  query?.addEventListener("change", apply);
  return () => {
    observer.disconnect();
    query?.removeEventListener("change", apply);
  };
}

export interface View {
  context: Context;
  /** Put the component into the page and keep it up to date; returns what undoes it all. */
  mount(component: Component): () => void;
}

/** Make the root of a view in ``el`` and connect it with its model. */
export function open(model: ViewModel, el: HTMLElement, kind: string, label: string): View {
  const polite = h("div", { class: "lk-hidden-text", role: "log", "aria-live": "polite" });
  const urgent = h("div", { class: "lk-hidden-text", role: "alert", "aria-live": "assertive" });
  const notice = h("div", { class: "lk-notice", hidden: true, "data-part": "notice" });
  const loading = h("p", { class: "lk-empty", "data-part": "loading" }, T.loading);
  const root = h("section", { class: `lk-root ${kind}`, "aria-label": label, "data-lm-suppress-shortcuts": "true" });
  root.append(h("style", {}, css), loading, polite, urgent);
  // The host's shortcuts (d d deletes a cell) must never see a key that was meant for a control in here.
  for (const type of ["keydown", "keyup", "keypress"]) root.addEventListener(type, (event) => event.stopPropagation());
  el.append(root);

  const channel = new Channel(model);
  const store = new Store(() => channel.send({ do: "snapshot" }));
  const receive = (message: unknown): void => void (channel.receive(message) || store.receive(message));
  const listener = receive as (...args: never[]) => void;
  model.on("msg:custom", listener);

  let noticeTimer = 0;
  const note = (text: string, tone: string, forMs: number): void => {
    window.clearTimeout(noticeTimer);
    setText(notice, text);
    setAttribute(notice, "data-tone", tone);
    show(notice, text !== "");
    if (forMs) noticeTimer = window.setTimeout(() => show(notice, false), forMs);
  };
  const speak = (region: HTMLElement, text: string): void => {
    region.append(h("p", {}, text));
    while (region.childElementCount > 20) region.firstElementChild?.remove();
  };
  const context: Context = {
    store,
    root,
    run: () => String(model.get("run") ?? "") || store.state.run,
    say: (text) => speak(polite, text),
    alarm: (text) => speak(urgent, text),
    command: async (command, from) => {
      if (from) setAttribute(from, "aria-busy", "true");
      let heard = false;
      // A kernel that answers on the control channel is not busy: the command only takes its time.
      const ask = window.setTimeout(() => void channel.hears().then((yes) => (heard = yes)), BUSY_MS / 2);
      const slow = window.setTimeout(() => note(heard ? T.underWay : T.busy, "", 0), BUSY_MS);
      const reply = await channel.send(command);
      window.clearTimeout(ask);
      window.clearTimeout(slow);
      if (from) setAttribute(from, "aria-busy", null);
      const text = reply.ok ? T.sent : T.failed(reply.error ?? "", reply.remedy ?? "");
      note(text, reply.ok ? "" : "problem", reply.ok ? 2500 : 0);
      if (reply.ok) speak(polite, text);
      else speak(urgent, text);
      return reply;
    },
  };

  return {
    context,
    mount(component) {
      const update = (): void => {
        show(loading, !store.ready);
        show(component.el, store.ready);
        if (store.ready) component.update(store.state);
      };
      root.insertBefore(component.el, polite);
      root.insertBefore(notice, polite);
      const unlisten = store.listen(update);
      const timer = window.setInterval(() => !document.hidden && store.ready && component.update(store.state), 1000);
      const unfollow = followTheme(root);
      const first = model.get("snapshot");
      if (!store.receive(first)) void store.ask();
      update();
      return () => {
        unlisten();
        unfollow();
        window.clearInterval(timer);
        model.off("msg:custom", listener);
        component.destroy?.();
        root.remove();
      };
    },
  };
}
