/** Sends commands to the kernel: the control channel where there is one (it works while a cell blocks), else the comm. */

import type { Command, Reply, ViewModel } from "./types";

const REPLY_MS = 60_000;

interface ReplyMessage {
  kind: "reply";
  reply_to: string;
  reply: Reply;
}

function newId(): string {
  return typeof crypto.randomUUID === "function"
    ? crypto.randomUUID()
    : Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Channel {
  private readonly pending = new Map<string, (reply: Reply) => void>();

  constructor(private readonly model: ViewModel) {}

  /** Send ``command`` and return its reply; never rejects. */
  async send(command: Command): Promise<Reply> {
    const kernel = this.model.widget_manager?.kernel;
    if (kernel?.sendControlMessage) {
      try {
        return await this.overControl(command);
      } catch (error) {
        return { ok: false, error: String(error), remedy: "" };
      }
    }
    return this.overComm(command);
  }

  /** Whether the kernel answers at once, even while a cell blocks; only the control channel can tell. */
  async hears(): Promise<boolean> {
    if (!this.model.widget_manager?.kernel?.sendControlMessage) return false;
    return (await this.send({ do: "announce" })).ok;
  }

  /** Take a reply that came over the comm; false when ``message`` is none. */
  receive(message: unknown): boolean {
    const reply = message as ReplyMessage | null;
    if (typeof reply !== "object" || reply === null || reply.kind !== "reply") return false;
    this.pending.get(reply.reply_to)?.(reply.reply);
    this.pending.delete(reply.reply_to);
    return true;
  }

  private async overControl(command: Command): Promise<Reply> {
    const kernel = this.model.widget_manager!.kernel!;
    const message = {
      header: {
        msg_id: newId(),
        msg_type: "loomkin_request",
        username: kernel.username ?? "",
        session: kernel.clientId ?? "",
        date: new Date().toISOString(),
        version: "5.3",
      },
      parent_header: {},
      metadata: {},
      content: command,
      channel: "control",
      buffers: [],
    };
    const answer = (await kernel.sendControlMessage!(message, true, true).done) as { content?: Record<string, unknown> };
    const content = answer?.content ?? {};
    return { ...content, ok: content["ok"] === undefined ? content["status"] === "ok" : Boolean(content["ok"]) } as Reply;
  }

  private overComm(command: Command): Promise<Reply> {
    const id = newId();
    return new Promise((resolve) => {
      const timer = window.setTimeout(() => {
        this.pending.delete(id);
        resolve({ ok: false, error: "no answer", remedy: "" });
      }, REPLY_MS);
      this.pending.set(id, (reply) => {
        window.clearTimeout(timer);
        resolve(reply);
      });
      this.model.send({ ...command, reply_to: id });
    });
  }
}
