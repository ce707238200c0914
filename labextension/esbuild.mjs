// Bundles the panels: one ES module per view, with the parts they share (and Cytoscape) in chunks beside them.
import { rmSync } from "node:fs";

import { build, context } from "esbuild";

const options = {
  entryPoints: ["src/panels/run_card.ts", "src/panels/graph.ts", "src/panels/sidebar.ts"],
  // Markdown without bare-address links and with the browser's own table of named characters: 20 kB less to load.
  alias: { entities: "./src/slim/entities.ts", "linkify-it": "./src/slim/linkify.ts" },
  bundle: true,
  chunkNames: "chunks/[name]-[hash]",
  format: "esm",
  legalComments: "none",
  loader: { ".css": "text" },
  logLevel: "warning",
  minify: true,
  outdir: "../loomkin_jupyter/panels/static",
  splitting: true,
  target: "es2022",
};

rmSync(options.outdir, { recursive: true, force: true });
if (process.argv.includes("--watch")) await (await context(options)).watch();
else await build(options);
