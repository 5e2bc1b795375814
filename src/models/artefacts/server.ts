import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import { HTTPException } from "hono/http-exception";
import { toError } from "../../base/errors.ts";
import { reachableHost } from "../../base/hosts.ts";
import { listenError } from "../../base/listen-error.ts";
import { sha256OfFile } from "../../base/sha256-file.ts";
import { systemReason } from "../../base/system-error.ts";
import { type ByteRange, OFFSET_HEADER, partOf, rangeOf } from "./byte-range.ts";
import { type Cancellation, cancellation } from "./cancellation.ts";
import { sizeOf } from "./size-of.ts";
import { type ContentRef, sha256Of } from "./tensor-ref.ts";
import { type Uploads, uploads } from "./uploads.ts";

/** Where content of this program can be fetched by its address, and put: what a worker is told. */
export interface ArtefactServer {
  url: string;
  token: string;
  /** Lets a file be fetched; it must not change any more. */
  offer(file: string): Promise<ContentRef>;
  offerBytes(bytes: Uint8Array | string): Promise<ContentRef>;
  /** The file with this content, offered or put; undefined where there is none. */
  file(sha256: string): string | undefined;
  /** Removes what was put, or offered as bytes; of an offered file that it is offered. */
  forget(sha256: string): Promise<void>;
  /** Tells those who work for this program that their work is not wanted any more, as far as they ask. */
  cancel(): Promise<void>;
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
  const wanted = cancellation();
  const taking = uploads(folder, options.maxUploadBytes);
  const server = listen(artefactApp({ files, token, wanted, taking }), host, port, options.maxUploadBytes);
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
    async forget(sha256) {
      const own = files.get(sha256) === join(folder, sha256);
      files.delete(sha256);
      taking.release(sha256);
      if (own) await rm(join(folder, sha256), { force: true });
    },
    async cancel() {
      wanted.cancel();
      await Promise.race([server.stop(), Bun.sleep(LAST_WORDS_MS)]);
    },
    async stop() {
      await server.stop(true);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** For answers that are on their way when work is cancelled. */
const LAST_WORDS_MS = 1000;
/** How long someone who asks is kept waiting; below `IDLE_SECONDS`. */
const ASK_AGAIN_MS = 30_000;

type App = Pick<Hono, "fetch">;

interface AppParts {
  /** By SHA-256. */
  files: Map<string, string>;
  token: string;
  wanted: Cancellation;
  taking: Uploads;
}

function artefactApp({ files, token, wanted, taking }: AppParts): App {
  const app = new Hono();
  app.use("/artefacts/*", bearerAuth({ token }));
  app.get("/artefacts/cancelled", async (c) =>
    (await wanted.within(ASK_AGAIN_MS)) ? c.json({ cancelled: true }) : c.body(null, 204),
  );
  app.on(["GET", "HEAD"], "/artefacts/:address", async (c) => {
    const sha256 = sha256In(c.req.param("address"));
    const file = sha256 && files.get(sha256);
    if (!sha256 || !file)
      return c.json(
        { error: "there is no such content here" },
        404,
        offset(sha256 ? await taking.kept(sha256) : 0),
      );
    const size = await sizeOf(file);
    if (size === undefined) return c.json({ error: "it is not there any more" }, 404);
    return content({ file, size, sha256 }, c.req.raw);
  });
  app.put("/artefacts/:address", async (c) => {
    const sha256 = sha256In(c.req.param("address"));
    if (!sha256) return c.json({ error: "expected sha256: and 64 hexadecimal digits" }, 400);
    if (files.has(sha256)) return c.body(null, 204);
    const part = partOf(c.req.header("content-length"), c.req.header("content-range"));
    if (part === undefined) return c.json({ error: "its length must be told" }, 411);
    const outcome = await taking.take({ sha256, body: c.req.raw.body, ...part });
    switch (outcome.kind) {
      case "done":
        files.set(sha256, outcome.file);
        return c.body(null, 201);
      case "too-large":
        return c.json({ error: `at most ${outcome.left} bytes more are taken` }, 413);
      case "elsewhere":
        return c.json({ error: "it does not begin where the last request ended" }, 409, offset(outcome.kept));
      case "wrong":
        return c.json({ error: "the content is not what its address says" }, 422);
    }
  });
  app.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse();
    const reason = systemReason(error);
    return c.json({ error: reason ?? "internal error" }, reason === undefined ? 500 : 507);
  });
  return app;
}

const offset = (bytes: number): Record<string, string> => ({ [OFFSET_HEADER]: `${bytes}` });

/** Of `sha256:<hex>`. */
const sha256In = (address: string): string | undefined => /^sha256:([0-9a-f]{64})$/.exec(address)?.[1];

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
