import { type Answered, failed, ok } from "./kubernetes-answers.ts";
import { type ApiObject, apiVersionOf, kindOf, type Place, RESOURCES } from "./kubernetes-resources.ts";

/** What a verb is told beside its place. */
export interface Asked {
  query: Record<string, string>;
  contentType: string | undefined;
  body: unknown;
}

interface StoreOptions {
  /** Items of a page at most, whatever is asked for; undefined: as many as there are. */
  pageSize(): number | undefined;
  changed(object: ApiObject, event: "applied" | "deleted"): void;
}

/** The objects of a cluster, and the verbs of the API over them. */
export function objectStore({ pageSize, changed }: StoreOptions) {
  const objects = new Map<string, ApiObject>();
  let version = 1000;

  function list({ resource, namespace }: Place, { query }: Asked): Answered {
    const all = [...objects.values()].filter(
      (object) =>
        kindOf(object) === resource.kind &&
        (namespace === undefined || object.metadata.namespace === namespace) &&
        selected(object, query["fieldSelector"], query["labelSelector"]),
    );
    const from = Number(query["continue"] ?? 0);
    const size = Math.min(Number(query["limit"] ?? all.length + 1), pageSize() ?? Number.POSITIVE_INFINITY);
    const page = all.slice(from, from + size);
    const rest = all.length - from - page.length;
    return ok({
      kind: `${resource.kind}List`,
      apiVersion: apiVersionOf(resource),
      metadata: {
        resourceVersion: String(version),
        ...(rest > 0 && { continue: String(from + page.length), remainingItemCount: rest }),
      },
      // As the real API: the items of built-in kinds do not repeat their kind.
      items: page.map(({ kind, apiVersion, ...object }) =>
        resource.group.includes(".") && !resource.group.endsWith("k8s.io")
          ? { apiVersion, kind, ...object }
          : object,
      ),
    });
  }

  const missing = ({ resource, name }: Place): Answered =>
    failed(
      404,
      "NotFound",
      `${resource.plural}${resource.group === "" ? "" : `.${resource.group}`} "${name}" not found`,
    );

  const get = (place: Place): Answered => {
    const found = objects.get(keyOf(place));
    return found === undefined ? missing(place) : ok(found);
  };

  function create(place: Place, { body }: Asked): Answered {
    const object = body as ApiObject;
    const named = { ...place, name: object.metadata.name };
    if (objects.has(keyOf(named)))
      return failed(
        409,
        "AlreadyExists",
        `${place.resource.plural} "${object.metadata.name}" already exists`,
      );
    return { status: 201, body: keep(named, object) };
  }

  /** Server-side apply: creates, or replaces what this manager said before; the status is the controllers'. */
  function patch(place: Place, { body, query, contentType }: Asked): Answered {
    if (contentType !== "application/apply-patch+yaml")
      return failed(
        415,
        "UnsupportedMediaType",
        `the body of the request was in an unknown format: ${contentType}`,
      );
    if (!query["fieldManager"]) return failed(400, "BadRequest", "fieldManager is required for apply patch");
    const object = body as ApiObject;
    const { resource } = place;
    if (object.kind !== resource.kind || object.apiVersion !== apiVersionOf(resource))
      return failed(400, "BadRequest", `invalid object type: ${object.apiVersion}, Kind=${object.kind}`);
    if (
      object.metadata.name !== place.name ||
      (object.metadata.namespace ?? place.namespace) !== place.namespace
    )
      return failed(400, "BadRequest", "the name or namespace of the object does not match the URL");
    if (place.namespace !== undefined && !objects.has(`Namespace /${place.namespace}`))
      return failed(404, "NotFound", `namespaces "${place.namespace}" not found`);
    const before = objects.get(keyOf(place));
    return { status: before === undefined ? 201 : 200, body: keep(place, { ...before, ...object }) };
  }

  function keep(place: Place, object: ApiObject): ApiObject {
    const before = objects.get(keyOf(place));
    const metadata = {
      ...object.metadata,
      ...(place.namespace !== undefined && { namespace: place.namespace }),
      uid: before?.metadata.uid ?? crypto.randomUUID(),
      resourceVersion: String(++version),
      creationTimestamp: "2026-11-21T12:00:00Z",
    };
    const kept = { ...object, metadata };
    objects.set(keyOf(place), kept);
    changed(kept, "applied");
    return kept;
  }

  function remove(place: Place): Answered {
    const found = objects.get(keyOf(place));
    if (found === undefined) return missing(place);
    objects.delete(keyOf(place));
    if (found.kind === "Namespace")
      for (const [key, object] of objects) if (object.metadata.namespace === place.name) objects.delete(key);
    changed(found, "deleted");
    return ok({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" });
  }

  return {
    verbs: { list, get, create, patch, delete: remove },
    put(given: ApiObject): void {
      if (!RESOURCES.some(({ kind }) => kind === given.kind))
        throw new Error(`the peer knows no ${given.kind}`);
      const { name, namespace } = given.metadata;
      objects.set(`${given.kind} ${namespace ?? ""}/${name}`, given);
    },
    find: (kind: string, name: string, namespace = "") => objects.get(`${kind} ${namespace}/${name}`),
    drop: (kind: string, name: string, namespace = "") => void objects.delete(`${kind} ${namespace}/${name}`),
    names: () => [...objects.keys()].sort(),
  };
}

const keyOf = ({ resource, namespace, name }: Place): string => `${resource.kind} ${namespace ?? ""}/${name}`;

function selected(object: ApiObject, fields: string | undefined, labels: string | undefined): boolean {
  const { metadata, spec, status } = object as ApiObject & {
    spec?: { nodeName?: string };
    status?: { phase?: string };
  };
  const known: Record<string, string | undefined> = {
    "metadata.name": metadata.name,
    "spec.nodeName": spec?.nodeName ?? "",
    "status.phase": status?.phase ?? "",
    type: typeof object["type"] === "string" ? object["type"] : "",
  };
  return (
    terms(fields).every(([key, value]) => known[key] === value) &&
    terms(labels).every(([key, value]) => metadata.labels?.[key] === value)
  );
}

const terms = (selector: string | undefined): [string, string][] =>
  (selector ?? "")
    .split(",")
    .filter((term) => term !== "")
    .map((term) => {
      const [key = "", value = ""] = term.split("=");
      return [key, value];
    });
