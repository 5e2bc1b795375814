import Ajv from "ajv";
import { parse } from "yaml";
import type { Files } from "../../target.ts";
import { at, listAt, textAt } from "../k8s/judges/objects.fixture.ts";

/**
 * What `helm lint` would find, and more, without Helm: the rules for charts (Helm documentation, Charts and Best
 * Practices), and templates that use nothing that is not there.
 */
export const chartErrors = (files: Files): string[] => [
  ...chartFileErrors(parse(files["Chart.yaml"] ?? "")),
  ...valuesErrors(files),
  ...templates(files).flatMap(([path, text]) => [
    ...blockErrors(text).map((error) => `${path}: ${error}`),
    ...nameErrors(text, files).map((error) => `${path}: ${error}`),
    ...pathErrors(text, schemaOf(files)).map((error) => `${path}: ${error}`),
  ]),
  ...layoutErrors(files),
];

const templates = (files: Files): [string, string][] =>
  Object.entries(files).filter(([path]) => path.startsWith("templates/"));

const schemaOf = (files: Files): unknown => JSON.parse(files["values.schema.json"] ?? "null");

const SEMVER = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

const chartFileErrors = (chart: unknown): string[] => [
  ...(at(chart, "apiVersion") === "v2" ? [] : ["Chart.yaml: apiVersion is not v2"]),
  ...(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(textAt(chart, "name")) ? [] : ["Chart.yaml: no name"]),
  ...(SEMVER.test(textAt(chart, "version")) ? [] : ["Chart.yaml: version is not semantic"]),
  ...(at(chart, "type") === "application" ? [] : ["Chart.yaml: type"]),
  ...(typeof at(chart, "appVersion") === "string" ? [] : ["Chart.yaml: appVersion is no text"]),
  ...(textAt(chart, "kubeVersion") === "" ? ["Chart.yaml: no kubeVersion"] : []),
];

function valuesErrors(files: Files): string[] {
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
  const schema = schemaOf(files) as object;
  if (!ajv.validateSchema(schema)) return [`values.schema.json: ${ajv.errorsText()}`];
  return ajv.validate(schema, parse(files["values.yaml"] ?? "", { version: "1.1" }))
    ? []
    : [`values.yaml: ${ajv.errorsText()}`];
}

/** What stands between {{ and }}, without comments, texts taken out. */
const actions = (text: string): string[] =>
  [...text.matchAll(/\{\{-?\s*([\s\S]*?)\s*-?\}\}/g)]
    .map(([, action = ""]) => action)
    .filter((action) => !action.startsWith("/*"));

function blockErrors(text: string): string[] {
  const words = actions(text).map((action) => action.split(/\s/)[0]);
  const opened = words.filter((word) =>
    ["if", "range", "with", "define", "block"].includes(word ?? ""),
  ).length;
  const ended = words.filter((word) => word === "end").length;
  const braces = text.replace(/\{\{-?\s*[\s\S]*?\s*-?\}\}/g, "");
  return [
    ...(opened === ended ? [] : [`${opened} blocks, ${ended} ends`]),
    ...(/\{\{|\}\}/.test(braces) ? ["an action that does not end"] : []),
    ...(text.includes("\t") ? ["a tab"] : []),
  ];
}

/** Templates and files that are named are there. */
function nameErrors(text: string, files: Files): string[] {
  const all = templates(files)
    .map(([, template]) => template)
    .join("\n");
  const named = (pattern: RegExp) =>
    actions(text).flatMap((action) => [...action.matchAll(pattern)].map(([, name]) => name!));
  return [
    ...named(/include "([^"]+)"/g)
      .filter((name) => !all.includes(`define "${name}"`))
      .map((name) => `no template ${name}`),
    ...named(/Files\.Get "([^"]+)"/g)
      .filter((name) => !(name in files) && !/mosquitto/.test(name))
      .map((name) => `no file ${name}`),
  ];
}

/** Every value that a template takes is one that the schema knows. */
function pathErrors(text: string, schema: unknown): string[] {
  const agent = at(schema, "properties", "agents", "additionalProperties");
  const broker = at(schema, "properties", "broker");
  const used = (pattern: RegExp) =>
    actions(text).flatMap((action) =>
      [...action.replace(/"[^"]*"/g, '""').matchAll(pattern)].map(([, path]) => path!.split(".")),
    );
  const unknown = (from: unknown, paths: string[][]) =>
    paths.filter((path) => !isKnown(from, path)).map((path) => path.join("."));
  return [
    ...unknown(schema, used(/\.Values\.([\w.]+)/g)).map((path) => `no value ${path}`),
    ...unknown(agent, used(/\$agent\.([\w.]+)/g)).map((path) => `no value agents.*.${path}`),
    ...unknown(agent, used(/(?<!\w)\.agent\.([\w.]+)/g)).map((path) => `no value agents.*.${path}`),
    ...unknown(broker, used(/\$broker\.([\w.]+)/g)).map((path) => `no value broker.${path}`),
  ];
}

function isKnown(schema: unknown, [field, ...rest]: readonly string[]): boolean {
  if (field === undefined) return true;
  const inner =
    at(schema, "properties", field) ?? (isMap(schema) ? at(schema, "additionalProperties") : undefined);
  return inner !== undefined && isKnown(inner, rest);
}

const isMap = (schema: unknown): boolean => typeof at(schema, "additionalProperties") === "object";

function layoutErrors(files: Files): string[] {
  const values: unknown = parse(files["values.yaml"] ?? "", { version: "1.1" });
  const agents = Object.entries((at(values, "agents") ?? {}) as object);
  const configs = agents.flatMap(([name, agent]) =>
    listAt(agent, "configFiles").map((file) => `files/${name}/${textAt(file, "key")}`),
  );
  const hooks = templates(files).filter(([, text]) => text.includes("helm.sh/hook: test"));
  return [
    ...configs.filter((path) => !(path in files)).map((path) => `no file ${path}`),
    ...("templates/NOTES.txt" in files ? [] : ["no NOTES.txt"]),
    ...(hooks.length > 0 && hooks.every(([path]) => path.startsWith("templates/tests/"))
      ? []
      : ["no test hook in templates/tests"]),
  ];
}
