/** The JupyterLab extension: one sidebar, and a command that shows it. */

import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { INotebookTracker } from "@jupyterlab/notebook";

import { T } from "../panels/strings";
import { Sidebar } from "./sidebar";

const OPEN = "loomkin:open";

const plugin: JupyterFrontEndPlugin<void> = {
  id: "loomkin-jupyter:sidebar",
  description: "The team of this notebook in the right sidebar",
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ILayoutRestorer],
  activate: (app: JupyterFrontEnd, tracker: INotebookTracker, restorer: ILayoutRestorer | null) => {
    const sidebar = new Sidebar(app.serviceManager.serverSettings);
    app.shell.add(sidebar, "right", { rank: 900 });
    restorer?.add(sidebar, sidebar.id);
    tracker.currentChanged.connect((_tracker, panel) => {
      sidebar.follow(panel);
      void panel?.sessionContext.ready.then(() => tracker.currentWidget === panel && sidebar.follow(panel));
    });
    sidebar.follow(tracker.currentWidget);
    app.commands.addCommand(OPEN, {
      label: `${T.sidebar}: ${T.agents}`,
      execute: () => app.shell.activateById(sidebar.id),
    });
  },
};

export default plugin;
