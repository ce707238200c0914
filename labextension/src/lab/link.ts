/** A view's model over a comm of our own: the 30 lines of anywidget's model that a view uses. */

import type { Kernel } from "@jupyterlab/services";

import { Channel } from "../panels/channel";
import type { KernelLike, ViewModel } from "../panels/types";

type Callback = (...args: never[]) => void;

const TARGET = "loomkin:feed";
const MESSAGE = "msg:custom";
const EARLY_MOST = 200;

export class Link implements ViewModel {
  readonly widget_manager: { kernel: KernelLike };
  private readonly comm: Kernel.IComm;
  private readonly values = new Map<string, unknown>();
  private readonly callbacks = new Map<string, Set<Callback>>();
  /** What came before the view was there: it loads its own code first, and the kernel may be faster. */
  private early: unknown[] | null = [];

  /** Opens the comm; ``onClose`` is told when the kernel's side ends. */
  constructor(kernel: Kernel.IKernelConnection, onClose: () => void) {
    this.widget_manager = { kernel: kernel as unknown as KernelLike };
    this.comm = kernel.createComm(TARGET);
    this.comm.onMsg = (message) => this.hear(message.content.data);
    this.comm.onClose = () => onClose();
    this.comm.open({ protocol: 1 });
    // A blocking cell keeps comm_open waiting; the control channel does not wait.
    void new Channel(this).send({ do: "feed", comm: this.comm.commId });
  }

  get(key: string): unknown {
    return this.values.get(key);
  }

  set(key: string, value: unknown): void {
    this.values.set(key, value);
    this.tell(`change:${key}`, value);
  }

  save_changes(): void {
    // Values of this model belong to the page; the kernel knows of none.
  }

  send(content: unknown): void {
    if (!this.comm.isDisposed) this.comm.send(content as never);
  }

  on(event: string, callback: Callback): void {
    const known = this.callbacks.get(event) ?? new Set<Callback>();
    this.callbacks.set(event, known.add(callback));
    if (event !== MESSAGE || !this.early?.length) return;
    // Whoever listens late hears what the others have heard; the copy is of now, what follows comes by itself.
    const early = [...this.early];
    queueMicrotask(() => early.forEach((message) => (callback as (value: unknown) => void)(message)));
  }

  /** The view is there: nobody will listen late any more. */
  mounted(): void {
    this.early = null;
  }

  off(event: string, callback?: Callback | null): void {
    if (callback) this.callbacks.get(event)?.delete(callback);
    else this.callbacks.delete(event);
  }

  close(): void {
    this.callbacks.clear();
    if (!this.comm.isDisposed) this.comm.dispose();
  }

  private hear(message: unknown): void {
    if (this.early && this.early.length < EARLY_MOST) this.early.push(message);
    this.tell(MESSAGE, message);
  }

  private tell(event: string, value: unknown): void {
    for (const callback of this.callbacks.get(event) ?? []) (callback as (value: unknown) => void)(value);
  }
}
