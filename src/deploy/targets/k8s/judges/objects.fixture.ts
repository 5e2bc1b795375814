import { parseAllDocuments } from "yaml";
import type { Files } from "../../../target.ts";
import type { Manifest } from "../manifest.ts";

/** Objects of rendered files, read as YAML 1.1, as kubectl does; without the kustomization, which is none of the API. */
export const readObjects = (files: Files): Manifest[] =>
  Object.entries(files)
    .filter(([path]) => path.endsWith(".yaml") && path !== "kustomization.yaml")
    .flatMap(([, text]) => readStream(text));

/** Objects of a stream of YAML documents; throws at what is no YAML. */
export function readStream(text: string): Manifest[] {
  return parseAllDocuments(text, { version: "1.1" }).flatMap((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    const object: unknown = document.toJS();
    if (object === null) return [];
    if (!isManifest(object)) throw new Error(`no object of the API: ${JSON.stringify(object)}`);
    return [object];
  });
}

function isManifest(value: unknown): value is Manifest {
  return (
    typeof value === "object" &&
    value !== null &&
    "apiVersion" in value &&
    "kind" in value &&
    "metadata" in value
  );
}

export const only = (objects: readonly Manifest[], kind: string): Manifest => {
  const found = objects.filter((object) => object.kind === kind);
  if (found.length !== 1) throw new Error(`${found.length} objects of kind ${kind}`);
  return found[0]!;
};

/** What stands at a path of keys and indices; undefined when there is nothing. */
export const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null && Object.hasOwn(inner, key)
        ? (inner as Record<string | number, unknown>)[key]
        : undefined,
    value,
  );

/** The list at a path; empty when there is none. */
export function listAt(value: unknown, ...path: readonly (string | number)[]): unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** A text at a path; "" when there is none. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path);
  return typeof found === "string" ? found : "";
}
