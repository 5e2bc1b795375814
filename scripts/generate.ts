/** Writes the files that are made from the config's schemas. A test holds them equal: run this when it fails. */
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { generatedFiles } from "../src/config/generated.ts";
import { toolDescriptions } from "../src/config/standard-features.ts";

const root = join(import.meta.dir, "..");
for (const [path, content] of Object.entries(generatedFiles(toolDescriptions()))) {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await Bun.write(join(root, path), content);
  console.log(path);
}
