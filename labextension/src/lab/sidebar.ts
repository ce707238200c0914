/** The sidebar: follows the notebook in front, starts its runtime on a click, shows the panel when it lives. */

import { URLExt } from "@jupyterlab/coreutils";
import type { NotebookPanel } from "@jupyterlab/notebook";
import type { Kernel, ServerConnection } from "@jupyterlab/services";
import { Signal } from "@lumino/signaling";
import { Widget } from "@lumino/widgets";

import { button, h } from "../panels/dom";
import { T } from "../panels/strings";
import css from "../panels/style.raw.css";
import { keepCards, settle } from "./cards";
import { Link } from "./link";
import { runtime, type RuntimeState } from "./runtime";
import { Team } from "./team";

const ASK_AGAIN_MS = 1500;
const ANNOUNCE = "loomkin:announce";
const STARTABLE = new Set(["none", "not_installed", "mismatch", "dead", "unreachable"]);
const CLOSING_MS = 3000;
const GONE = new Set(["none", "not_installed", "unsupported", "dead"]);

interface ViewModule {
  default: { render(given: { model: Link; el: HTMLElement }): () => void };
}

export class Sidebar extends Widget {
  /** The team of the notebook in front, or null without one; told with each change of its state. */
  readonly teamChanged = new Signal<this, Team | null>(this);
  /** There is a team now, or there is none any more. */
  readonly followed = new Signal<this, void>(this);
  team: Team | null = null;
  private panel: NotebookPanel | null = null;
  private kernel: Kernel.IKernelConnection | null = null;
  private link: Link | null = null;
  private undo: () => void = () => undefined;
  private leaveCards: () => void = () => undefined;
  private timer = 0;
  private asked = 0;
  private readonly announced = new WeakSet<Kernel.IKernelConnection>();

  constructor(private readonly settings: ServerConnection.ISettings) {
    super();
    this.id = "loomkin-sidebar";
    this.title.label = T.sidebar;
    this.title.caption = T.sidebar;
    this.addClass("lk-lab");
    this.paint({ state: "no_notebook", remedy: "" });
  }

  /** Follow ``panel``'s kernel from now on. */
  follow(panel: NotebookPanel | null): void {
    if (panel === this.panel) return;
    this.panel?.sessionContext.kernelChanged.disconnect(this.onKernel, this);
    this.panel?.sessionContext.statusChanged.disconnect(this.onStatus, this);
    this.panel = panel;
    panel?.sessionContext.kernelChanged.connect(this.onKernel, this);
    panel?.sessionContext.statusChanged.connect(this.onStatus, this);
    this.onKernel();
  }

  override dispose(): void {
    this.follow(null);
    super.dispose();
  }

  private onKernel(): void {
    this.disconnectFeed();
    this.kernel = this.panel?.sessionContext.session?.kernel ?? null;
    if (!this.kernel) {
      this.paint({ state: this.panel ? "dead" : "no_notebook", remedy: "" });
      return;
    }
    const kernel = this.kernel;
    if (!this.announced.has(kernel)) {
      this.announced.add(kernel);
      kernel.registerCommTarget(ANNOUNCE, () => {
        if (kernel === this.kernel && !this.link) this.connectFeed(kernel);
      });
    }
    void this.look("GET");
  }

  private onStatus(_sender: unknown, status: Kernel.Status): void {
    if (status !== "restarting" && status !== "autorestarting" && status !== "dead") return;
    this.disconnectFeed();
    const { panel, kernel } = this;
    // A kernel that is restarted by hand leaves the records itself; what it did not manage is mended afterwards.
    if (panel && kernel) window.setTimeout(() => !panel.isDisposed && void settle(panel, kernel.id, this.settings), status === "restarting" ? CLOSING_MS : 0);
    this.paint({ state: status === "dead" ? "dead" : "none", remedy: "" });
  }

  /** Ask the server for the state and show it; while it is on its way, ask again. */
  private async look(method: "GET" | "POST"): Promise<void> {
    const kernel = this.kernel;
    if (!kernel) return;
    const turn = ++this.asked;
    if (method === "POST") this.paint({ state: "starting", remedy: "" });
    const found = await runtime(kernel.id, method, this.settings);
    if (turn !== this.asked || kernel !== this.kernel || this.link) return;
    if (found.state === "live") return this.connectFeed(kernel);
    if (this.panel && GONE.has(found.state)) void settle(this.panel, kernel.id, this.settings);
    this.paint(found);
    if (found.state === "starting" || found.state === "queued") this.timer = window.setTimeout(() => void this.look("GET"), ASK_AGAIN_MS);
  }

  private connectFeed(kernel: Kernel.IKernelConnection): void {
    window.clearTimeout(this.timer);
    this.link?.close();
    const link = new Link(kernel, () => {
      if (this.link !== link) return;
      this.disconnectFeed();
      this.paint({ state: "none", remedy: "" });
    });
    this.link = link;
    this.team = new Team(link, () => this.teamChanged.emit(this.team));
    this.followed.emit();
    if (this.panel) this.leaveCards = keepCards(this.panel, link, kernel.id, this.settings);
    const url = new URL(URLExt.join(this.settings.baseUrl, "loomkin", "static", "sidebar.js"), window.location.href).href;
    (import(/* webpackIgnore: true */ url) as Promise<ViewModule>).then(
      (view) => {
        if (this.link !== link) return;
        this.node.replaceChildren();
        this.undo = view.default.render({ model: link, el: this.node });
        link.mounted();
      },
      () => {
        this.disconnectFeed();
        this.paint({ state: "unreachable", remedy: T.viewMissing });
      },
    );
  }

  private disconnectFeed(): void {
    window.clearTimeout(this.timer);
    this.asked += 1;
    this.undo();
    this.leaveCards();
    this.undo = this.leaveCards = () => undefined;
    this.team?.close();
    this.team = null;
    this.link?.close();
    this.link = null;
    this.teamChanged.emit(null);
    this.followed.emit();
  }

  /** Put the focus on the next thing that needs the user; false when there is none, or the panel is not there yet. */
  focusNext(): boolean {
    const waiting = Array.from(this.node.querySelectorAll<HTMLElement>("[data-question]"));
    const at = waiting.findIndex((one) => one.contains(document.activeElement));
    const next = waiting[(at + 1) % waiting.length];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
    return next !== undefined;
  }

  /** The page before there is a feed: the state in words, its remedy, and the button that starts it. */
  private paint(found: RuntimeState): void {
    const canStart = STARTABLE.has(found.state) && this.kernel !== null;
    const start = button(found.state === "none" || found.state === "dead" ? T.start : T.retry, "runtime-start", () => void this.look("POST"));
    start.classList.add("lk-main");
    const root = h(
      "section",
      { class: "lk-root lk-side", "aria-label": T.sidebar, "data-runtime": found.state, "data-lm-suppress-shortcuts": "true" },
      h("style", {}, css),
      h("p", { role: "status" }, T.runtime[found.state] ?? found.state),
      found.remedy ? h("p", { class: "lk-dim" }, found.remedy) : null,
      canStart ? h("div", { class: "lk-actions" }, start) : null,
    );
    root.classList.toggle("lk-dark", document.body.getAttribute("data-jp-theme-light") === "false");
    root.addEventListener("keydown", (event) => event.stopPropagation());
    this.node.replaceChildren(root);
  }
}
