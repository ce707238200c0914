/** The JupyterLab extension: one sidebar, its commands, an item in the status bar, and notices. */

import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette, Notification } from "@jupyterlab/apputils";
import { INotebookTracker } from "@jupyterlab/notebook";
import { IStatusBar } from "@jupyterlab/statusbar";
import { CommandRegistry } from "@lumino/commands";

import { T } from "../panels/strings";
import { Notices } from "./notices";
import { Sidebar } from "./sidebar";
import { StatusItem } from "./status";

const OPEN = "loomkin:open";
const STOP = "loomkin:stop-all";
const NEXT = "loomkin:next";

/** Our parts keep every key from the notebook; the keys of our own commands still count in there. */
function passKeys(app: JupyterFrontEnd): void {
  const pass = (event: KeyboardEvent): void => {
    if (!(event.target as Element | null)?.closest?.(".lk-root, .lk-status")) return;
    const stroke = CommandRegistry.keystrokeForKeydownEvent(event);
    const found = app.commands.keyBindings.find(({ command, keys }) => command.startsWith("loomkin:") && keys.length === 1 && keys[0] === stroke);
    if (!found) return;
    event.preventDefault();
    event.stopPropagation();
    void app.commands.execute(found.command);
  };
  document.addEventListener("keydown", pass, true);
}

function addCommands(app: JupyterFrontEnd, sidebar: Sidebar, palette: ICommandPalette | null): void {
  const show = (): void => app.shell.activateById(sidebar.id);
  app.commands.addCommand(OPEN, { label: T.open, execute: show });
  app.commands.addCommand(STOP, {
    label: T.stopAll,
    isEnabled: () => sidebar.team !== null,
    execute: async () => {
      const reply = await sidebar.team?.send({ do: "stop" });
      if (reply && !reply.ok) Notification.error(T.failed(reply.error ?? "", reply.remedy ?? ""));
    },
  });
  app.commands.addCommand(NEXT, {
    label: T.nextThatNeeds,
    isEnabled: () => (sidebar.team?.questions.length ?? 0) > 0,
    execute: () => {
      show();
      // What was hidden is drawn with the next frame.
      if (!sidebar.focusNext()) requestAnimationFrame(() => sidebar.focusNext());
    },
  });
  for (const command of [OPEN, STOP, NEXT]) palette?.addItem({ command, category: T.sidebar });
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: "loomkin-jupyter:sidebar",
  description: "The team of this notebook in the right sidebar, in the status bar and in notices",
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ILayoutRestorer, ICommandPalette, IStatusBar],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    statusBar: IStatusBar | null,
  ) => {
    const sidebar = new Sidebar(app.serviceManager.serverSettings);
    app.shell.add(sidebar, "right", { rank: 900 });
    restorer?.add(sidebar, sidebar.id);
    addCommands(app, sidebar, palette);
    passKeys(app);
    const show = (): void => void app.commands.execute(OPEN);
    const item = new StatusItem(show);
    const notices = new Notices(show);
    statusBar?.registerStatusItem("loomkin-jupyter:status", {
      item,
      align: "left",
      rank: 900,
      isActive: () => sidebar.team !== null,
      activeStateChanged: sidebar.followed,
    });
    sidebar.teamChanged.connect((_sidebar, team) => {
      if (team) item.tell(team.state);
      notices.follow(team, sidebar.isVisible);
    });
    tracker.currentChanged.connect((_tracker, panel) => {
      sidebar.follow(panel);
      void panel?.sessionContext.ready.then(() => tracker.currentWidget === panel && sidebar.follow(panel));
    });
    sidebar.follow(tracker.currentWidget);
  },
};

export default plugin;
