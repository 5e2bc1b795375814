import { closest } from "../../base/did-you-mean.ts";
import { UsageError } from "../../base/errors.ts";
import { keysOf, type SchemaNode } from "../../base/json-schema.ts";
import { valueAt } from "../../base/path.ts";
import { mistakesIn, type SchemaMistake } from "../../base/schema-mistakes.ts";
import * as z from "../../base/zod.ts";
import { type PreprocessingChoice, preprocessingFieldsSchema } from "../../models/data/preprocessing.ts";

/** The preprocessing that JSON says. Throws a UsageError with the key that is wrong, and what it takes. */
export function preprocessingIn(data: unknown, where: string): PreprocessingChoice {
  const parsed = preprocessingFieldsSchema().safeParse(data);
  if (parsed.success) return parsed.data;
  const schema = z.toJSONSchema(preprocessingFieldsSchema(), { io: "input" }) as SchemaNode;
  const [mistake] = mistakesIn(parsed.error.issues, { data, schema, container: "object" });
  throw new UsageError(mistake === undefined ? "this is no preprocessing" : factOf(mistake, data), {
    where,
    hint: hintFor(mistake, schema),
  });
}

function factOf(mistake: SchemaMistake, data: unknown): string {
  const { path } = mistake;
  if (path.length === 0) return "a preprocessing is a JSON object";
  const key = `"${path[0]}"`;
  if (mistake.kind === "unknown_key") return `a preprocessing has no key ${key}`;
  const expected = mistake.kind === "rule" ? mistake.message.replace(/^expected /, "") : mistake.expected;
  return `${key} takes ${expected}, not ${JSON.stringify(valueAt(data, path.slice(0, 1)))}`;
}

function hintFor(mistake: SchemaMistake | undefined, schema: SchemaNode): string {
  const known = keysOf(schema);
  const example = `The keys are ${known.join(", ")}; as in {"preset": "imagenet", "resize": "stretch"}.`;
  if (mistake?.kind === "unknown_key") {
    const meant = closest(String(mistake.path[0]), known);
    return meant === undefined ? example : `Did you mean "${meant}"?`;
  }
  const about = schema.properties?.[String(mistake?.path[0])]?.description;
  return about === undefined ? example : about;
}
