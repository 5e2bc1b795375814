import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import { toError } from "../../base/errors.ts";
import { reachableHost } from "../../base/hosts.ts";
import { newId } from "../../base/ids.ts";
import { listenError } from "../../base/listen-error.ts";
import { sha256OfFile } from "../../base/sha256-file.ts";
import { type ByteRange, rangeOf } from "./byte-range.ts";
import { type ContentRef, sha256Of } from "./tensor-ref.ts";

/** Where content of this program can be fetched by its address, and put: what a worker is told. */
export interface ArtefactServer {
  url: string;
  token: string;
  /** Lets a file be fetched; it must not change any more. */
  offer(file: string): Promise<ContentRef>;
  offerBytes(bytes: Uint8Array | string): Promise<ContentRef>;
  /** The file with this content, offered or put; undefined where there is none. */
  file(sha256: string): string | undefined;
  /** Cuts all connections; what was put is removed. */
  stop(): Promise<void>;
}

export interface ServeOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  /** Address that workers reach it under; default: the host that it listens on. */
  publicHost?: string | undefined;
  /** For what is put, and for offered bytes; made, and removed at the end. */
  folder: string;
  /** Of all that is put together. */
  maxUploadBytes: number;
}

/** Serves nothing but what is offered, to those who have the token, which is made anew at each start. */
export async function serveArtefacts(options: ServeOptions): Promise<ArtefactServer> {
  const { folder, host, port } = options;
  const token = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
  const files = new Map<string, string>();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const server = listen(artefactApp(files, token, options), host, port, options.maxUploadBytes);
  return {
    url: `http://${reachableHost(options.publicHost ?? host)}:${server.port}/artefacts`,
    token,
    async offer(file) {
      const sha256 = await sha256OfFile(file);
      // What was put here stays; what was offered may be gone from where it was.
      if (files.get(sha256) !== join(folder, sha256)) files.set(sha256, file);
      return { sha256, bytes: (await stat(file)).size };
    },
    async offerBytes(bytes) {
      const sha256 = sha256Of(bytes);
      const file = join(folder, sha256);
      await Bun.write(file, bytes);
      files.set(sha256, file);
      return { sha256, bytes: Buffer.byteLength(bytes) };
    },
    file: (sha256) => files.get(sha256),
    async stop() {
      await server.stop(true);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type App = Pick<Hono, "fetch">;

function artefactApp(
  files: Map<string, string>,
  token: string,
  { folder, maxUploadBytes }: ServeOptions,
): App {
  const app = new Hono();
  let left = maxUploadBytes;
  app.use("/artefacts/*", bearerAuth({ token }));
  app.on(["GET", "HEAD"], "/artefacts/:address", async (c) => {
    const sha256 = sha256In(c.req.param("address"));
    const file = sha256 && files.get(sha256);
    if (!sha256 || !file) return c.json({ error: "there is no such content here" }, 404);
    const size = await sizeOf(file);
    if (size === undefined) return c.json({ error: "it is not there any more" }, 404);
    return content({ file, size, sha256 }, c.req.raw);
  });
  app.put("/artefacts/:address", async (c) => {
    const sha256 = sha256In(c.req.param("address"));
    if (!sha256) return c.json({ error: "expected sha256: and 64 hexadecimal digits" }, 400);
    if (files.has(sha256)) return c.body(null, 204);
    const length = Number(c.req.header("content-length") ?? Number.NaN);
    if (!(length >= 0)) return c.json({ error: "its length must be told" }, 411);
    if (length > left) return c.json({ error: `at most ${left} bytes more are taken` }, 413);
    left -= length;
    const file = await received(c.req.raw, folder, sha256, length);
    if (file === undefined) {
      left += length;
      return c.json({ error: "the content is not what its address says" }, 422);
    }
    files.set(sha256, file);
    return c.body(null, 201);
  });
  return app;
}

/** Of `sha256:<hex>`. */
const sha256In = (address: string): string | undefined => /^sha256:([0-9a-f]{64})$/.exec(address)?.[1];

const sizeOf = (file: string): Promise<number | undefined> =>
  stat(file).then(
    ({ size }) => size,
    () => undefined,
  );

interface Content {
  file: string;
  size: number;
  sha256: string;
}

/** RFC 9110 §14: the whole, one range of it, or that there is no such range. */
function content({ file, size, sha256 }: Content, request: Request): Response {
  const etag = `"sha256:${sha256}"`;
  const headers = { ETag: etag, "Accept-Ranges": "bytes", "Content-Type": "application/octet-stream" };
  if (request.headers.get("if-none-match") === etag) return new Response(null, { status: 304, headers });
  const asked = (request.headers.get("if-range") ?? etag) === etag ? request.headers.get("range") : null;
  const range = asked === null ? undefined : rangeOf(asked, size);
  if (range === "none") {
    return new Response(null, { status: 416, headers: { ...headers, "Content-Range": `bytes */${size}` } });
  }
  const { start, end }: ByteRange = range ?? { start: 0, end: size };
  const part = {
    ...headers,
    "Content-Length": String(end - start),
    ...(range && { "Content-Range": `bytes ${start}-${end - 1}/${size}` }),
  };
  const body = request.method === "HEAD" ? null : Bun.file(file).slice(start, end).stream();
  return new Response(body, { status: range ? 206 : 200, headers: part });
}

/** The file it was written to; undefined when it is not what it should be. */
async function received(
  { body }: Request,
  folder: string,
  sha256: string,
  length: number,
): Promise<string | undefined> {
  const partial = join(folder, `${newId()}.partial`);
  const hash = new Bun.CryptoHasher("sha256");
  const writer = Bun.file(partial).writer();
  let bytes = 0;
  try {
    for await (const chunk of body ?? []) {
      bytes += chunk.length;
      if (bytes > length) return undefined;
      hash.update(chunk);
      writer.write(chunk);
      await writer.flush();
    }
    await writer.end();
    if (bytes !== length || hash.digest("hex") !== sha256) return undefined;
    const file = join(folder, sha256);
    await rename(partial, file);
    return file;
  } finally {
    await writer.end();
    await rm(partial, { force: true });
  }
}

const IDLE_SECONDS = 60;

function listen(app: App, host: string, port: number, maxRequestBodySize: number) {
  try {
    return Bun.serve({
      hostname: host,
      port,
      fetch: (request) => app.fetch(request),
      idleTimeout: IDLE_SECONDS,
      maxRequestBodySize,
      development: false,
      reusePort: false,
      error: () => Response.json({ error: "internal error" }, { status: 500 }),
    });
  } catch (thrown) {
    throw listenError(toError(thrown), host, port);
  }
}
