/** Writes the files that are made from the config's schemas and the commands. Tests hold them equal: run this when they fail. */
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { version } from "../package.json" with { type: "json" };
import { commandReference } from "../src/cli/framework/reference.ts";
import { programNamed } from "../src/cli/index.ts";
import { generatedFiles } from "../src/config/schema/generated.ts";
import {
  goldenFiles,
  goldenFolders,
  REFERENCE_FOLDERS,
  referenceFiles,
} from "../src/deploy/goldens.fixture.ts";
import { DEFAULT_JETPACK } from "../src/deploy/jetpack.ts";
import { dockerfileFor } from "../src/deploy/targets/jetson/dockerfile.ts";
import { REPORT_SCHEMA_FILE, reportSchemaText } from "../src/modelcar/report/schema.ts";
import { modelSchemas } from "../src/models/report/schemas.ts";
import { toolDescriptions } from "../src/tools/table.ts";

const root = join(import.meta.dir, "..");
const files = {
  ...generatedFiles(toolDescriptions()),
  ...modelSchemas(),
  [REPORT_SCHEMA_FILE]: reportSchemaText(),
  "docs/cli.md": await commandReference(programNamed("agent2389")),
  "Dockerfile.jetson": dockerfileFor(DEFAULT_JETPACK, version),
  ...(await goldenFiles()),
  ...(await referenceFiles()),
};
// What is rendered no more must not stay.
for (const folder of [...goldenFolders(), ...Object.values(REFERENCE_FOLDERS)]) {
  await rm(join(root, folder), { recursive: true, force: true });
}
for (const [path, content] of Object.entries(files)) {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await Bun.write(join(root, path), content);
  console.log(path);
}
