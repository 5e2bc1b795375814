import type { ToolDescription } from "../../tools/table.ts";
import { editorSchema } from "./json-schema.ts";
import { referencePage } from "./reference.ts";

/** Files of the repository that are made from the schemas, by their paths in it. */
export function generatedFiles(tools: readonly ToolDescription[]): Readonly<Record<string, string>> {
  return {
    "config/agent.schema.json": `${JSON.stringify(editorSchema(tools), null, 2)}\n`,
    "docs/config.md": referencePage(tools),
  };
}
