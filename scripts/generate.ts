/** Writes the files that are made from the config's schemas and the commands. Tests hold them equal: run this when they fail. */
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { commandReference } from "../src/cli/framework/reference.ts";
import { programNamed } from "../src/cli/index.ts";
import { generatedFiles } from "../src/config/schema/generated.ts";
import { toolDescriptions } from "../src/config/standard-features.ts";

const root = join(import.meta.dir, "..");
const files = {
  ...generatedFiles(toolDescriptions()),
  "docs/cli.md": await commandReference(programNamed("agent2389")),
};
for (const [path, content] of Object.entries(files)) {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await Bun.write(join(root, path), content);
  console.log(path);
}
