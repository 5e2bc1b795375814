import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { Glob } from "bun";

/**
 * Makes the schemas that rendered objects are judged by (test/schemas/kubernetes-*.json): those of the kinds that we render,
 * strict, without descriptions. Needed again when Kubernetes has a new minor version:
 *
 *   bun scripts/kubernetes-schemas.ts --openapi definitions.json     from definitions of Kubernetes' OpenAPI document
 *   bun scripts/kubernetes-schemas.ts --client FOLDER …              from unpacked wheels of the Python client "kubernetes"
 *                                                                    (PyPI), whose models are generated from it
 */

/** By API version and kind: the definition, and the model of the Python client. */
const KINDS = {
  "v1 Namespace": ["io.k8s.api.core.v1.Namespace", "V1Namespace"],
  "v1 ServiceAccount": ["io.k8s.api.core.v1.ServiceAccount", "V1ServiceAccount"],
  "v1 ConfigMap": ["io.k8s.api.core.v1.ConfigMap", "V1ConfigMap"],
  "v1 Secret": ["io.k8s.api.core.v1.Secret", "V1Secret"],
  "v1 PersistentVolumeClaim": ["io.k8s.api.core.v1.PersistentVolumeClaim", "V1PersistentVolumeClaim"],
  "v1 Service": ["io.k8s.api.core.v1.Service", "V1Service"],
  "v1 Pod": ["io.k8s.api.core.v1.Pod", "V1Pod"],
  "apps/v1 Deployment": ["io.k8s.api.apps.v1.Deployment", "V1Deployment"],
  "policy/v1 PodDisruptionBudget": ["io.k8s.api.policy.v1.PodDisruptionBudget", "V1PodDisruptionBudget"],
  "networking.k8s.io/v1 NetworkPolicy": ["io.k8s.api.networking.v1.NetworkPolicy", "V1NetworkPolicy"],
  "autoscaling/v2 HorizontalPodAutoscaler": [
    "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler",
    "V2HorizontalPodAutoscaler",
  ],
} as const;

type Schema = Record<string, unknown>;
type Definitions = Record<string, Schema>;

interface SchemaFile {
  $comment: string;
  kinds: Record<string, string>;
  definitions: Definitions;
}

const REF = "#/definitions/";
const ANY_NUMBER = { type: ["string", "integer", "number"] };

/** What JSON Schema knows and what server-side apply goes by. The rest is for readers. */
const KEPT = [
  "$ref",
  "type",
  "format",
  "items",
  "additionalProperties",
  "x-kubernetes-list-map-keys",
] as const;

/** The definitions that the kinds need, each strict. The state that the cluster reports is no part of what we write. */
function schemaFile(comment: string, all: Definitions, column: 0 | 1): SchemaFile {
  const definitions: Definitions = {};
  const add = (name: string): void => {
    if (definitions[name] !== undefined) return;
    const source = all[name];
    if (source === undefined) throw new Error(`there is no definition ${name}`);
    const strict = strictly(name, source);
    definitions[name] = strict;
    for (const ref of JSON.stringify(strict).matchAll(/"#\/definitions\/([^"]+)"/g)) add(ref[1]!);
  };
  const kinds = Object.fromEntries(Object.entries(KINDS).map(([kind, names]) => [kind, names[column]]));
  for (const name of Object.values(kinds)) add(name);
  const sorted = Object.fromEntries(Object.entries(definitions).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { $comment: comment, kinds, definitions: sorted };
}

function strictly(name: string, { properties, required, type, ...others }: Schema): Schema {
  if (/\.(IntOrString|Quantity)$/.test(name)) return ANY_NUMBER;
  if (properties === undefined) return { ...(type !== undefined && { type }), ...pick(others) };
  const own = Object.entries(properties as Definitions).filter(([field]) => field !== "status");
  return {
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(own.map(([field, schema]) => [field, pick(schema)])),
    ...(Array.isArray(required) && required.length > 0 && { required }),
  };
}

function pick(schema: Schema): Schema {
  const kept = Object.fromEntries(
    KEPT.flatMap((key) => (schema[key] === undefined ? [] : [[key, schema[key]]])),
  );
  const items = kept["items"];
  return items === undefined ? kept : { ...kept, items: pick(items as Schema) };
}

/** From the sources of the Python client: its models tell names, types and what is required. */
async function clientDefinitions(folder: string): Promise<{ minor: string; definitions: Definitions }> {
  const models = join(folder, "kubernetes/client/models");
  if (!existsSync(models)) throw new Error(`there is no ${models}: unpack the wheel of "kubernetes" there`);
  const definitions: Definitions = {};
  let minor = "";
  for (const file of [...new Glob("*.py").scanSync(models)].sort()) {
    const text = await Bun.file(join(models, file)).text();
    const [, name] = /^class (\w+)\(/m.exec(text) ?? [];
    if (name === undefined) continue;
    minor = /OpenAPI document: release-([\d.]+)/.exec(text)?.[1] ?? minor;
    definitions[name] = modelSchema(text);
  }
  return { minor, definitions };
}

function modelSchema(text: string): Schema {
  const types = dictionary(text, "openapi_types");
  const wire = dictionary(text, "attribute_map");
  const properties = Object.fromEntries(
    Object.entries(types).map(([name, type]) => [
      wire[name]!,
      AMOUNTS.includes(name) ? { type: "object", additionalProperties: ANY_NUMBER } : wireType(type),
    ]),
  );
  const isRequired = (name: string) =>
    text.includes("(BaseModel)")
      ? new RegExp(`^ {4}${name}: (?!Optional\\[)`, "m").test(text)
      : text.includes(`Invalid value for \`${name}\`, must not be \`None\``);
  const required = Object.keys(types).filter(isRequired);
  return { properties, required: required.map((name) => wire[name]!) };
}

function dictionary(text: string, name: string): Record<string, string> {
  const [, body = ""] = new RegExp(`^ {4}${name}\\b[^{]*\\{([^}]*)\\}`, "m").exec(text) ?? [];
  return Object.fromEntries(
    [...body.matchAll(/['"](\w+)['"]: ['"]([^'"]+)['"]/g)].map(([, key, value]) => [key!, value!]),
  );
}

/** Maps of quantities, which the models call texts. */
const AMOUNTS = ["limits", "requests"];

const PLAIN: Readonly<Record<string, Schema>> = {
  str: { type: "string" },
  bytes: { type: "string" },
  int: { type: "integer" },
  bool: { type: "boolean" },
  float: { type: "number" },
  datetime: { type: "string" },
  object: {},
};

function wireType(type: string): Schema {
  const list = /^[Ll]ist\[(.+)\]$/.exec(type)?.[1];
  if (list !== undefined) return { type: "array", items: wireType(list) };
  const map = /^dict\(str, (.+)\)$|^[Dd]ict\[str, (.+)\]$/.exec(type);
  if (map !== null) return { type: "object", additionalProperties: wireType(map[1] ?? map[2]!) };
  return PLAIN[type] ?? { $ref: `${REF}${type}` };
}

async function write(name: string, content: SchemaFile): Promise<void> {
  const path = join(import.meta.dir, "../test/schemas", name);
  await Bun.write(path, `${JSON.stringify(content)}\n`);
  console.log(`test/schemas/${name}: ${Object.keys(content.definitions).length} definitions`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { openapi: { type: "string" }, client: { type: "string", multiple: true, default: [] } },
  });
  if (values.openapi !== undefined) {
    const { definitions } = (await Bun.file(values.openapi).json()) as { definitions: Definitions };
    const comment =
      "OpenAPI v2 definitions of the Kubernetes API (from kubernetes-client/python, Apache-2.0), cut to what is rendered here and made strict.";
    await write("kubernetes-openapi.json", schemaFile(comment, definitions, 0));
  }
  for (const folder of values.client) {
    const { minor, definitions } = await clientDefinitions(folder);
    const comment = `Kubernetes ${minor}: from the models of the Python client (PyPI, ${basename(folder)}, Apache-2.0), which are generated from its OpenAPI document; cut to what is rendered here and made strict.`;
    await write(`kubernetes-${minor}.json`, schemaFile(comment, definitions, 1));
  }
}

if (import.meta.main) await main();
