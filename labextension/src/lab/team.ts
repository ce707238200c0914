/** The team of one kernel as the frame around the notebook sees it: its state, and commands to it. */

import { Channel } from "../panels/channel";
import { Store } from "../panels/store";
import type { Command, Question, Reply, State, ViewModel } from "../panels/types";
import { openQuestions } from "../panels/select";

export class Team {
  private readonly channel: Channel;
  private readonly store: Store;
  private readonly receive: (...args: never[]) => void;

  /** Follow the feed of ``model``; ``changed`` is called at most once a frame. */
  constructor(private readonly model: ViewModel, changed: () => void) {
    this.channel = new Channel(model);
    this.store = new Store(() => this.channel.send({ do: "snapshot" }));
    this.store.listen(changed);
    this.receive = ((message: unknown): void => void this.store.receive(message)) as (...args: never[]) => void;
    model.on("msg:custom", this.receive);
  }

  get state(): State {
    return this.store.state;
  }

  get questions(): Question[] {
    return openQuestions(this.store.state);
  }

  send(command: Command): Promise<Reply> {
    return this.channel.send(command);
  }

  close(): void {
    this.model.off("msg:custom", this.receive);
  }
}
