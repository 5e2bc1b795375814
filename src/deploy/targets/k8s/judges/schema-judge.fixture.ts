import { join } from "node:path";
import Ajv, { type ErrorObject, type ValidateFunction } from "ajv";
import * as z from "../../../../base/zod.ts";
import type { Manifest } from "../manifest.ts";
import { customSchema } from "./custom-kinds.fixture.ts";

const SCHEMAS = join(import.meta.dir, "../../../../../test/schemas");

/** The newest minor versions of Kubernetes, and the OpenAPI document that also tells formats and keys of lists. */
export const KUBERNETES = ["1.35", "1.36", "1.37", "openapi"] as const;
export type KubernetesVersion = (typeof KUBERNETES)[number];

/** What is wrong with an object; nothing, if the API would take it. Unknown fields are wrong. */
export type SchemaJudge = (object: Manifest) => string[];

const schemaFile = z.object({
  kinds: z.record(z.string(), z.string()),
  definitions: z.record(z.string(), z.record(z.string(), z.unknown())),
});

export async function schemaJudge(version: KubernetesVersion): Promise<SchemaJudge> {
  const { kinds, definitions } = schemaFile.parse(
    await Bun.file(join(SCHEMAS, `kubernetes-${version}.json`)).json(),
  );
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  ajv.addKeyword({ keyword: "x-kubernetes-list-map-keys", validate: hasUniqueKeys, errors: false });
  ajv.addSchema({ $id: "kubernetes", definitions });
  const validators = new Map<string, ValidateFunction>();
  return (object) => {
    const kind = `${object.apiVersion} ${object.kind}`;
    const custom = customSchema(kind);
    if (custom !== undefined) return custom.safeParse(object).error?.issues.map(shownIssue) ?? [];
    const name = kinds[kind];
    if (name === undefined) return [`Kubernetes ${version} knows no ${kind}`];
    const validate = validators.get(kind) ?? ajv.compile({ $ref: `kubernetes#/definitions/${name}` });
    validators.set(kind, validate);
    return validate(object) ? [] : (validate.errors ?? []).map(shown);
  };
}

/** Server-side apply refuses two entries of a list with the same keys (Kubernetes API conventions, list-type=map). */
function hasUniqueKeys(keys: unknown, list: unknown): boolean {
  if (!Array.isArray(keys) || !Array.isArray(list)) return true;
  const all = list.map((entry: Record<string, unknown>) =>
    JSON.stringify(keys.map((key: string) => entry[key])),
  );
  return new Set(all).size === all.length;
}

const shown = ({ instancePath, message, params }: ErrorObject): string =>
  `${instancePath || "/"} ${message} ${JSON.stringify(params)}`;

const shownIssue = ({ path, message }: { path: PropertyKey[]; message: string }): string =>
  `/${path.join("/")} ${message}`;
