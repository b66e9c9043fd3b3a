// Bundles src/migrate into one file without dependencies: .next/migrate.mjs, or the path given.
import { build } from "esbuild";

const [outfile = ".next/migrate.mjs"] = process.argv.slice(2);

await build({
  entryPoints: ["src/migrate/main.ts"],
  outfile,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  minify: true,
  keepNames: true,
  legalComments: "none",
  conditions: ["node"],
  external: ["pg-native", "cloudflare:sockets"], // node-pg asks for them and goes on without
  // node-pg is CommonJS and asks for Node's own modules by `require`, which a module does not have.
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
});
