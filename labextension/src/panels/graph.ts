/** The decision graph explorer as a view of its own. */

import { open } from "./context";
import { graphView } from "./graph_view";
import { T } from "./strings";
import type { ViewModel } from "./types";

function render({ model, el }: { model: ViewModel; el: HTMLElement }): () => void {
  const view = open(model, el, "lk-graph-root", T.graphTitle);
  return view.mount(graphView(view.context));
}

export default { render };
