// Bundles the panels: one ES module per view, with the parts they share (and Cytoscape) in chunks beside them.
import { build, context } from "esbuild";

const options = {
  entryPoints: ["src/panels/run_card.ts", "src/panels/graph.ts", "src/panels/sidebar.ts"],
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

if (process.argv.includes("--watch")) await (await context(options)).watch();
else await build(options);
