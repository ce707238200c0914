/** Which parts of files are held, and by whom. */

import { h, show } from "./dom";
import { T } from "./strings";
import { Table } from "./table";
import type { Component, State } from "./types";

export function claims(): Component {
  const table = new Table(T.claims, [{ title: T.file }, { title: T.lines }, { title: T.agent }]);
  const empty = h("p", { class: "lk-empty" }, T.noClaims);
  return {
    el: h("div", { class: "lk-part", "data-part": "claims" }, empty, table.el),
    update(state: State) {
      const held = Object.values(state.claims);
      table.update(
        held.map((claim) => {
          const where = claim.start && claim.end ? T.linesRange(claim.start, claim.end) : T.wholeFile;
          return [claim.path, claim.symbol ? `${claim.symbol} (${where})` : where, claim.holder];
        }),
      );
      show(empty, held.length === 0);
      show(table.el, held.length > 0);
    },
  };
}
