/** Says that something needs the user while the sidebar is closed; never takes the focus. */

import { Notification } from "@jupyterlab/apputils";

import { T } from "../panels/strings";
import type { Team } from "./team";

const SHOWN_MS = 15_000;

export class Notices {
  private readonly told = new Set<string>();
  private notice = "";

  constructor(private readonly open: () => void) {}

  /** Tell of what is new in ``team``; ``visible`` says whether the sidebar is on the screen. */
  follow(team: Team | null, visible: boolean): void {
    const waiting = team?.questions ?? [];
    const fresh = waiting.filter((question) => !this.told.has(question.id));
    fresh.forEach((question) => this.told.add(question.id));
    if (!waiting.length || visible) this.dismiss();
    else if (fresh.length) {
      this.dismiss();
      const message = T.waitsForYou(fresh[0]!.agent || T.team, fresh[0]!.title, waiting.length - 1);
      const actions = [{ label: T.open, callback: this.open }];
      this.notice = Notification.emit(message, "warning", { autoClose: SHOWN_MS, actions });
    }
  }

  private dismiss(): void {
    if (this.notice && Notification.manager.has(this.notice)) Notification.dismiss(this.notice);
    this.notice = "";
  }
}
