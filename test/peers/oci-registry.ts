import { createHash } from "node:crypto";

/** A small OCI registry on the loopback that does what a test says: logins, redirects, refusals. */
export interface OciRegistry extends Disposable {
  /** `127.0.0.1:PORT`. */
  host: string;
  /** Puts content there; gives its descriptor. */
  blob(bytes: Uint8Array, mediaType?: string, annotations?: Record<string, string>): Descriptor;
  /** Puts an image there, its manifest under the tag; gives the manifest's descriptor. */
  image(tag: string, layers: Descriptor[], more?: Record<string, unknown>): Descriptor;
  index(tag: string, manifests: (Descriptor & Record<string, unknown>)[]): Descriptor;
  /** Every request, in order. */
  requests: {
    method: string;
    path: string;
    authorization: string | undefined;
    range: string | undefined;
    server: "registry" | "cdn";
  }[];
  /** Bytes of blob bodies that were sent. */
  sent: number;
  /** How it behaves; may be changed between requests. */
  behaviour: OciBehaviour;
}

export interface OciBehaviour {
  auth?: "none" | "basic" | "bearer";
  /** `user:password` that is let in. */
  login?: string;
  /** Token that is taken in place of a login (OAuth2 refresh). */
  identityToken?: string;
  /** Ignores Range headers. */
  noRanges?: boolean;
  /** Blobs are redirected to another origin. */
  cdn?: boolean;
  /** Answers instead of the usual one, each used once, in order. */
  failures?: { path: RegExp; status: number; headers?: Record<string, string>; body?: string }[];
  /** Blob bytes are changed on the way. */
  tamper?: boolean;
}

export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  annotations?: Record<string, string>;
}

const OCI = "application/vnd.oci.image";
const TOKEN = "test-token-0123456789";
const sha256 = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** With `tls` it and its content network speak TLS. */
export function ociRegistry(behaviour: OciBehaviour = {}, tls?: Bun.TLSOptions): OciRegistry {
  const blobs = new Map<string, Uint8Array>();
  const manifests = new Map<string, { bytes: Uint8Array; mediaType: string }>();
  const serve = (server: "registry" | "cdn") =>
    Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request) => answer(request, server),
      ...(tls !== undefined && { tls }),
    });
  const scheme = tls === undefined ? "http" : "https";

  async function answer(request: Request, server: "registry" | "cdn"): Promise<Response> {
    const url = new URL(request.url);
    const authorization = request.headers.get("authorization") ?? undefined;
    const range = request.headers.get("range") ?? undefined;
    registry.requests.push({ method: request.method, path: url.pathname, authorization, range, server });
    const { failures = [] } = registry.behaviour;
    const at = failures.findIndex(({ path }) => path.test(url.pathname));
    if (at >= 0) {
      const [failure] = failures.splice(at, 1);
      return new Response(failure!.body ?? "", { status: failure!.status, headers: failure!.headers ?? {} });
    }
    if (server === "cdn") return blobAnswer(blobs.get(url.pathname.slice(1)), range);
    if (url.pathname === "/token")
      return tokenAnswer(authorization, new URLSearchParams(await request.text()));
    const refused = refusal(authorization);
    if (refused !== undefined) return refused;
    const [, kind, reference = ""] = /^\/v2\/.+\/(manifests|blobs)\/(.+)$/.exec(url.pathname) ?? [];
    if (kind === "manifests") return manifestAnswer(reference);
    if (kind === "blobs" && registry.behaviour.cdn === true)
      return new Response(null, {
        status: 307,
        headers: { location: `${scheme}://127.0.0.1:${cdn.port}/${reference}` },
      });
    return kind === "blobs" ? blobAnswer(blobs.get(reference), range) : new Response("", { status: 404 });
  }

  function refusal(authorization: string | undefined): Response | undefined {
    const { auth = "none", login = "user:secret-word" } = registry.behaviour;
    if (auth === "none") return undefined;
    const expected = auth === "basic" ? `Basic ${btoa(login)}` : `Bearer ${TOKEN}`;
    if (authorization === expected) return undefined;
    const challenge =
      auth === "basic"
        ? 'Basic realm="test"'
        : `Bearer realm="${scheme}://${registry.host}/token",service="test",scope="repository:org/model:pull"`;
    return new Response('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}', {
      status: 401,
      headers: { "www-authenticate": challenge },
    });
  }

  function tokenAnswer(authorization: string | undefined, form: URLSearchParams): Response {
    const { login, identityToken } = registry.behaviour;
    if (identityToken !== undefined) {
      const right = form.get("grant_type") === "refresh_token" && form.get("refresh_token") === identityToken;
      return right ? Response.json({ access_token: TOKEN }) : new Response("{}", { status: 401 });
    }
    if (login !== undefined && authorization !== `Basic ${btoa(login)}`)
      return new Response("{}", { status: 401 });
    return Response.json({ token: TOKEN });
  }

  function manifestAnswer(reference: string): Response {
    const found = manifests.get(reference);
    if (found === undefined)
      return new Response('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}', {
        status: 404,
      });
    return new Response(found.bytes.slice(), { headers: { "content-type": found.mediaType } });
  }

  function blobAnswer(bytes: Uint8Array | undefined, range: string | undefined): Response {
    if (bytes === undefined) return new Response("", { status: 404 });
    const { noRanges = false, tamper = false } = registry.behaviour;
    const content = tamper ? bytes.map((byte, at) => (at === 0 ? byte ^ 1 : byte)) : bytes;
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? [];
    if (from === undefined || noRanges) {
      registry.sent += content.length;
      return new Response(content.slice());
    }
    const part = content.slice(Number(from), Number(to) + 1);
    registry.sent += part.length;
    const headers = { "content-range": `bytes ${from}-${Number(from) + part.length - 1}/${content.length}` };
    return new Response(part, { status: 206, headers });
  }

  function keep(tag: string, value: Record<string, unknown>, mediaType: string): Descriptor {
    const bytes = encode({ schemaVersion: 2, mediaType, ...value });
    const digest = sha256(bytes);
    manifests.set(digest, { bytes, mediaType });
    manifests.set(tag, { bytes, mediaType });
    return { mediaType, digest, size: bytes.length };
  }

  const registry: OciRegistry = {
    host: "",
    requests: [],
    sent: 0,
    behaviour,
    blob(bytes, mediaType = `${OCI}.layer.v1.tar`, annotations) {
      const digest = sha256(bytes);
      blobs.set(digest, bytes);
      return { mediaType, digest, size: bytes.length, ...(annotations !== undefined && { annotations }) };
    },
    image(tag, layers, more = {}) {
      const config = registry.blob(
        encode({ architecture: "amd64", os: "linux", config: {} }),
        `${OCI}.config.v1+json`,
      );
      return keep(tag, { config, layers, ...more }, `${OCI}.manifest.v1+json`);
    },
    index: (tag, list) => keep(tag, { manifests: list }, `${OCI}.index.v1+json`),
    [Symbol.dispose]() {
      server.stop(true);
      cdn.stop(true);
    },
  };
  const server = serve("registry");
  const cdn = serve("cdn");
  registry.host = `127.0.0.1:${server.port}`;
  return registry;
}
