import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { parse } from "yaml";
import { testCa } from "./certificates.ts";
import { type Answered, failed, ok, send } from "./kubernetes-answers.ts";
import { discovery } from "./kubernetes-discovery.ts";
import { type Asked, objectStore } from "./kubernetes-objects.ts";
import { type ApiObject, type Place, placeOf } from "./kubernetes-resources.ts";

/**
 * A Kubernetes API on loopback, over HTTPS with a certificate authority of its own. It answers as the published OpenAPI and
 * the API conventions say: discovery, lists in pages, field selectors, Status objects, server-side apply, reviews of access.
 * It has no controllers: what they do, a test says in `behaviour`.
 */
export interface KubernetesApi extends AsyncDisposable {
  server: string;
  /** PEM of the authority that signed its certificate. */
  ca: string;
  /** A certificate and key that it takes for a login, as the user `client`. */
  client: { cert: string; key: string };
  /** Every request, in order. */
  requests: SeenRequest[];
  behaviour: KubernetesBehaviour;
  /** Puts an object there, as a controller or an administrator would. */
  put(object: object): void;
  get(kind: string, name: string, namespace?: string): ApiObject | undefined;
  remove(kind: string, name: string, namespace?: string): void;
  /** All objects that are there now, as `Kind namespace/name`. */
  names(): string[];
  /** A kubeconfig with the user of this token (or these other fields). */
  kubeconfig(user?: object, namespace?: string): string;
}

export interface SeenRequest {
  method: string;
  path: string;
  query: Record<string, string>;
  user: string | undefined;
  contentType: string | undefined;
  headers: Record<string, string>;
  body: unknown;
}

export interface KubernetesBehaviour {
  /** Tokens that are taken, and whose they are. */
  tokens?: Record<string, string>;
  /** `list nodes`, `create namespaces`, `create services/proxy`: answered with 403. */
  denied?: string[];
  /** Answers instead of the usual one, each used once. */
  failures?: { path: RegExp; status: number; headers?: Record<string, string>; body?: string }[];
  /** API groups that are not installed. */
  absent?: string[];
  /** Items of a page at most, whatever is asked for. */
  pageSize?: number;
  /** What a controller does once an object was applied, created or deleted. */
  reconcile?: (object: ApiObject, event: "applied" | "deleted", api: KubernetesApi) => void;
  /** `namespace/pod` → its log, `namespace/pod?previous` → that of the container before. */
  logs?: Record<string, string>;
  /** Answers behind `services/NAME/proxy/PATH` and `pods/NAME/proxy/PATH`. */
  proxied?: (target: { resource: string; name: string; path: string; body: unknown }) => {
    status: number;
    body: unknown;
  };
}

export const TOKEN = "sha256~test-token-0123456789";
export const USER = "dev@example.com";

export async function kubernetesApi(
  dir: string,
  behaviour: KubernetesBehaviour = {},
): Promise<KubernetesApi> {
  const authority = await testCa(dir);
  // One after the other: openssl keeps the next serial number in a file.
  const serving = await authority.issue("IP:127.0.0.1", "DNS:kubernetes.default.svc");
  const client = await authority.issue("DNS:client");
  const objects = objectStore({
    pageSize: () => api.behaviour.pageSize,
    changed: (object, event) => api.behaviour.reconcile?.(object, event, api),
  });

  const server = createServer(
    { ...serving, ca: authority.ca, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        const { status, body, headers } = answer(request, Buffer.concat(parts).toString("utf8"));
        send(response, status, body, headers);
      });
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  function userOf(request: IncomingMessage): string | undefined {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    if (token !== undefined) return (api.behaviour.tokens ?? { [TOKEN]: USER })[token];
    const { authorized } = request.socket as { authorized?: boolean };
    return authorized === true ? "client" : undefined;
  }

  function answer(request: IncomingMessage, text: string): Answered {
    const url = new URL(request.url ?? "/", "https://127.0.0.1");
    const user = userOf(request);
    const method = request.method ?? "GET";
    const contentType = request.headers["content-type"];
    const body = text === "" ? undefined : parse(text);
    const query = Object.fromEntries(url.searchParams);
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    api.requests.push({ method, path: url.pathname, query, user, contentType, headers, body });
    const failures = api.behaviour.failures ?? [];
    const at = failures.findIndex(({ path }) => path.test(url.pathname));
    if (at >= 0) {
      const [failure] = failures.splice(at, 1);
      return { status: failure!.status, body: failure!.body ?? "", headers: failure!.headers };
    }
    if (user === undefined) return failed(401, "Unauthorized", "Unauthorized");
    return route({ method, path: url.pathname, query, user, contentType, body });
  }

  function route(asked: Request): Answered {
    const { path, method, user } = asked;
    if (path === "/version")
      return ok({ major: "1", minor: "31", gitVersion: "v1.31.6", platform: "linux/amd64" });
    const discovered = discovery(path, api.behaviour.absent ?? []);
    if (discovered !== undefined) return ok(discovered);
    const place = placeOf(path);
    if (place === undefined || (api.behaviour.absent ?? []).includes(place.resource.group))
      return { status: 404, body: "404 page not found\n" };
    if (place.resource.plural === "selfsubjectreviews") return ok(selfReview(user));
    if (place.resource.plural === "selfsubjectaccessreviews") return ok(accessReview(asked.body));
    const verb = verbOf(method, place);
    const { plural, group } = place.resource;
    const what = place.subresource === undefined ? plural : `${plural}/${place.subresource}`;
    if ((api.behaviour.denied ?? []).includes(`${verb} ${what}`)) {
      const scope =
        place.namespace === undefined ? "at the cluster scope" : `in the namespace "${place.namespace}"`;
      return failed(
        403,
        "Forbidden",
        `${what} is forbidden: User "${user}" cannot ${verb} resource "${what}" in API group "${group}" ${scope}`,
      );
    }
    if (place.subresource === "log") return logOf(place, asked.query);
    if (place.subresource === "proxy") return proxied(place, asked.body);
    return objects.verbs[verb](place, asked);
  }

  function accessReview(body: unknown): object {
    const { spec } = body as { spec: { resourceAttributes: Record<string, string> } };
    const { verb, resource, subresource } = spec.resourceAttributes;
    const what = `${verb} ${resource}${subresource === undefined ? "" : `/${subresource}`}`;
    const allowed = !(api.behaviour.denied ?? []).includes(what);
    return {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      metadata: {},
      spec,
      status: { allowed },
    };
  }

  function logOf({ namespace, name }: Place, query: Record<string, string>): Answered {
    const key = `${namespace}/${name}${query["previous"] === "true" ? "?previous" : ""}`;
    const text = api.behaviour.logs?.[key];
    return text === undefined
      ? failed(
          400,
          "BadRequest",
          `previous terminated container "${query["container"]}" in pod "${name}" not found`,
        )
      : { status: 200, body: text, headers: { "content-type": "text/plain" } };
  }

  function proxied({ resource, name, rest }: Place, body: unknown): Answered {
    const target = { resource: resource.plural, name: name ?? "", path: rest, body };
    const given = api.behaviour.proxied?.(target);
    return given ?? failed(503, "ServiceUnavailable", "no endpoints available for service");
  }

  const api: KubernetesApi = {
    server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: authority.ca,
    client,
    requests: [],
    behaviour,
    put: (object) => objects.put(object as ApiObject),
    get: objects.find,
    remove: objects.drop,
    names: objects.names,
    kubeconfig: (user = { token: TOKEN }, namespace) =>
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": "test",
        clusters: [
          {
            name: "loopback",
            cluster: {
              server: api.server,
              "certificate-authority-data": Buffer.from(authority.ca).toString("base64"),
            },
          },
        ],
        users: [{ name: "someone", user }],
        contexts: [{ name: "test", context: { cluster: "loopback", user: "someone", namespace } }],
      }),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return api;
}

interface Request extends Asked {
  method: string;
  path: string;
  user: string;
}

const verbOf = (method: string, { name, subresource }: Place) => {
  if (method === "POST") return "create";
  if (method === "PATCH") return "patch";
  if (method === "DELETE") return "delete";
  return name === undefined && subresource === undefined ? "list" : "get";
};

const selfReview = (username: string): object => ({
  kind: "SelfSubjectReview",
  apiVersion: "authentication.k8s.io/v1",
  metadata: { creationTimestamp: "2026-11-21T12:00:00Z" },
  status: { userInfo: { username, groups: ["system:authenticated"] } },
});
