import type { SchemaNode } from "../../base/json-schema.ts";
import * as z from "../../base/zod.ts";
import { manifestSchema } from "../pipeline/manifest.ts";
import { resultSchema } from "./result-schema.ts";

/** JSON Schemas of what `deploy-model` writes, by their paths in the repository. */
export const modelSchemas = (): Readonly<Record<string, string>> => ({
  "docs/schemas/model-manifest.schema.json": schemaText(
    manifestSchema(),
    "manifest.json of a deployed model",
    "All that inference needs to know of it, and where it comes from.",
  ),
  "docs/schemas/model-result.schema.json": schemaText(
    resultSchema(),
    "result.json of a deployment",
    "What reports are made of, and what --json prints.",
  ),
});

function schemaText(schema: z.ZodMiniType, title: string, description: string): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: "input" }) as SchemaNode;
  return `${JSON.stringify({ $schema, title, description, ...rest }, null, 2)}\n`;
}
