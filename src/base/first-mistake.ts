import type { SchemaNode } from "./json-schema.ts";
import { mistakesIn } from "./schema-mistakes.ts";
import * as z from "./zod.ts";

/**
 * The first place where data of others departs from its schema, for people: `nodes.0.name: expected a string`. It holds no
 * value, as that may be a secret.
 */
export function firstMistake(
  schema: z.ZodMiniType,
  data: unknown,
  issues: readonly z.core.$ZodIssue[],
): string {
  const node = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as SchemaNode;
  const [mistake] = mistakesIn(issues, { data, schema: node, container: "object" });
  if (mistake === undefined) return "something is wrong with it";
  const place = mistake.path.length === 0 ? "" : `${mistake.path.join(".")}: `;
  switch (mistake.kind) {
    case "unknown_key":
      return `${place}no such key is known`;
    case "missing":
      return `${place}it is missing, expected is ${mistake.expected}`;
    case "rule":
      return `${place}${mistake.message}`;
    default:
      return `${place}expected ${mistake.expected}`;
  }
}
