import { link, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Backoff, backoffDelay } from "../../base/backoff.ts";
import type { Clock } from "../../base/clock.ts";
import { ExpectedError, toError } from "../../base/errors.ts";
import { parseJson, stringField } from "../../base/json.ts";
import { markUsed } from "../../base/prune-folder.ts";
import { sha256OfFile } from "../../base/sha256-file.ts";
import { systemReason } from "../../base/system-error.ts";
import * as z from "../../base/zod.ts";
import { OFFSET_HEADER } from "./byte-range.ts";
import { inTurn, type Running } from "./in-turn.ts";
import type { ContentRef } from "./tensor-ref.ts";

/** Where content is fetched from and put to. */
export const endpointSchema = () =>
  z.object({ url: z.url({ protocol: /^https?$/ }), token: z.string().check(z.minLength(1)) });
export type Endpoint = z.output<ReturnType<typeof endpointSchema>>;

export interface ArtefactClient {
  /** The file with this content in the cache, fetched if it is not there yet, once; what an earlier try left is gone on with. */
  fetch(ref: ContentRef, signal: AbortSignal): Promise<string>;
  /** Keeps bytes in the cache; gives their file. */
  keep(bytes: Uint8Array, ref: ContentRef): Promise<string>;
  /** Keeps the content of a file, without space of its own where the disk can. */
  keepFile(file: string, ref: ContentRef): Promise<string>;
  /** Whether it is in the cache, and where; it is then known to be used. */
  cached(ref: ContentRef): Promise<string | undefined>;
  /** Puts the file's content, unless it is there already. */
  put(file: string, ref: ContentRef, signal: AbortSignal): Promise<void>;
  /** True when the sender says that it wants nothing any more; false when the signal aborts, or a sender never says so. */
  cancelled(signal: AbortSignal): Promise<boolean>;
}

export interface ClientDeps {
  endpoint: Endpoint;
  /** Content lies there in files that have its SHA-256 as their names. */
  folder: string;
  maxBytes: number;
  clock: Clock;
  /** What is being fetched into the folder, whoever fetches it; default: what this client fetches. */
  running?: Running;
  fetch?: (url: string, init: BunFetchRequestInit) => Promise<Response>;
}

const BACKOFF: Backoff = { firstMs: 250, maxMs: 10_000 };
/** Without a single byte more. */
const TRIES = 6;

export function artefactClient(deps: ClientDeps): ArtefactClient {
  const { folder, running = new Map() } = deps;
  const place = ({ sha256 }: ContentRef) => join(folder, sha256);
  async function keepBy(write: (partial: string) => Promise<unknown>, ref: ContentRef): Promise<string> {
    await mkdir(folder, { recursive: true });
    const partial = `${place(ref)}.${crypto.randomUUID()}`;
    await write(partial);
    await rename(partial, place(ref));
    return place(ref);
  }
  const client: ArtefactClient = {
    async cached(ref) {
      const facts = await stat(place(ref)).catch(() => undefined);
      if (facts?.size !== ref.bytes) return undefined;
      await markUsed(place(ref), deps.clock.now());
      return place(ref);
    },
    keepFile: (file, ref) =>
      keepBy((partial) => link(file, partial).catch(() => Bun.write(partial, Bun.file(file))), ref),
    keep: (bytes, ref) => keepBy((partial) => Bun.write(partial, bytes), ref),
    fetch: (ref, signal) =>
      inTurn(running, place(ref), signal, async () => {
        const there = await client.cached(ref);
        if (there !== undefined) return there;
        if (ref.bytes > deps.maxBytes)
          throw new ExpectedError(
            `${address(ref)} has ${ref.bytes} bytes, and at most ${deps.maxBytes} are fetched`,
          );
        await mkdir(folder, { recursive: true });
        await download(ref, `${place(ref)}.partial`, deps, signal);
        await rename(`${place(ref)}.partial`, place(ref));
        return place(ref);
      }),
    put: (file, ref, signal) => upload(file, ref, deps, signal),
    cancelled: (signal) => waitForCancellation(deps, signal),
  };
  return client;
}

const address = ({ sha256 }: ContentRef): string => `sha256:${sha256}`;

const request = (
  { endpoint, fetch = globalThis.fetch }: ClientDeps,
  what: string,
  { headers, ...init }: BunFetchRequestInit & { headers?: Record<string, string> },
): Promise<Response> =>
  fetch(`${endpoint.url}/${what}`, {
    ...init,
    redirect: "error",
    headers: { ...headers, Authorization: `Bearer ${endpoint.token}` },
  });

/** Tries again where the connection broke, as long as there is progress. */
async function download(
  ref: ContentRef,
  partial: string,
  deps: ClientDeps,
  signal: AbortSignal,
): Promise<void> {
  let [had, tries] = [-1, 0];
  for (;;) {
    signal.throwIfAborted();
    const failure = await downloadOnce(ref, partial, deps, signal);
    if (failure === undefined) {
      if ((await sha256OfFile(partial)) === ref.sha256) return;
      await rm(partial, { force: true });
      throw new ExpectedError("what was fetched is not what its address says", { where: address(ref) });
    }
    signal.throwIfAborted();
    const has = await sizeOf(partial);
    tries = has > had ? 1 : tries + 1;
    had = has;
    if (tries >= TRIES) throw unreachable(failure, deps.endpoint, "fetched from");
    await deps.clock.sleep(backoffDelay(BACKOFF, tries - 1), signal);
  }
}

const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  );

/** What broke it off; undefined: all is there. Rejects for what trying again does not mend. */
async function downloadOnce(
  ref: ContentRef,
  partial: string,
  deps: ClientDeps,
  signal: AbortSignal,
): Promise<Error | undefined> {
  const has = await sizeOf(partial);
  if (has === ref.bytes) return ref.bytes === 0 ? void (await Bun.write(partial, "")) : undefined;
  if (has > ref.bytes) await rm(partial, { force: true });
  const start = has > ref.bytes ? 0 : has;
  const etag = `"${address(ref)}"`;
  const headers: Record<string, string> = start > 0 ? { Range: `bytes=${start}-`, "If-Range": etag } : {};
  let response: Response;
  try {
    response = await request(deps, address(ref), { headers, signal });
  } catch (thrown) {
    return toError(thrown);
  }
  refuse(response, ref);
  if (response.status >= 500) return new Error(`it answered with status ${response.status}`);
  return append(response, partial, response.status === 206 ? start : 0, ref);
}

function refuse({ status }: Response, ref: ContentRef): void {
  if (status === 200 || status === 206 || status >= 500) return;
  const said = { 401: "the token is refused", 404: "it is not there any more", 416: "it is of another size" }[
    status
  ];
  throw new ExpectedError(`this content cannot be fetched: ${said ?? `the answer was ${status}`}`, {
    where: address(ref),
    hint: "Who sent the job must still be running: send it again.",
  });
}

async function append(
  { body }: Response,
  partial: string,
  start: number,
  ref: ContentRef,
): Promise<Error | undefined> {
  const file = await open(partial, start === 0 ? "w" : "a", 0o600);
  let at = start;
  try {
    for await (const chunk of body ?? []) {
      at += chunk.length;
      if (at > ref.bytes)
        throw new ExpectedError("more was sent than there should be", { where: address(ref) });
      await file.writeFile(chunk);
    }
  } catch (thrown) {
    if (thrown instanceof ExpectedError) throw thrown;
    const reason = systemReason(thrown);
    if (reason === "no space is left on the disk" || reason === "the disk quota is used up")
      throw new ExpectedError(`what is fetched cannot be kept: ${reason}`, { where: address(ref) });
    return toError(thrown);
  } finally {
    await file.close();
  }
  return at === ref.bytes ? undefined : new Error(`it ended after ${at} of ${ref.bytes} bytes`);
}

/** Tries again where the connection broke, from where it broke, as long as there is progress. */
async function upload(file: string, ref: ContentRef, deps: ClientDeps, signal: AbortSignal): Promise<void> {
  let [had, tries] = [-1, 0];
  for (;;) {
    let [failure, start] = [new Error("it was not reached"), 0];
    try {
      const there = await request(deps, address(ref), { method: "HEAD", signal });
      if (there.ok) return;
      start = offsetIn(there, ref);
      const response = await request(deps, address(ref), {
        method: "PUT",
        signal,
        ...partFrom(file, start, ref),
      });
      if (response.ok) return;
      const { status } = response;
      failure = new Error(await said(response));
      const anew = status === 409 || (status === 422 && start > 0);
      if (status < 500 && !anew) throw unreachable(failure, deps.endpoint, "put to");
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof ExpectedError) throw thrown;
      failure = toError(thrown);
    }
    tries = start > had ? 1 : tries + 1;
    had = Math.max(had, start);
    if (tries >= TRIES) throw unreachable(failure, deps.endpoint, "put to");
    await deps.clock.sleep(backoffDelay(BACKOFF, tries - 1), signal);
  }
}

/** How much of the content earlier requests have brought. */
function offsetIn({ headers }: Response, { bytes }: ContentRef): number {
  const offset = Number(headers.get(OFFSET_HEADER) ?? 0);
  return offset > 0 && offset < bytes ? offset : 0;
}

const partFrom = (file: string, start: number, { bytes }: ContentRef) =>
  start === 0
    ? { body: Bun.file(file) }
    : {
        body: Bun.file(file).slice(start),
        headers: { "Content-Range": `bytes ${start}-${bytes - 1}/${bytes}` },
      };

async function said(response: Response): Promise<string> {
  const status = `it answered with status ${response.status}`;
  const error = stringField(parseJson(await response.text()), "error");
  return error === undefined ? status : `${status}: ${error}`;
}

/** The sender keeps whoever asks waiting, and answers 204 after a while: then it is asked again. */
async function waitForCancellation(deps: ClientDeps, signal: AbortSignal): Promise<boolean> {
  for (let failures = 0; !signal.aborted; ) {
    try {
      const { status } = await request(deps, "cancelled", { signal });
      if (status === 200) return true;
      if (status !== 204 && status < 500) return false;
      failures = status === 204 ? 0 : failures + 1;
    } catch {
      failures++; // not to be reached: it may be back, and has cancelled nothing
    }
    if (failures > 0) await deps.clock.sleep(backoffDelay(BACKOFF, failures - 1), signal).catch(() => {});
  }
  return false;
}

const unreachable = (failure: Error, { url }: Endpoint, what: string): ExpectedError =>
  new ExpectedError(
    `content cannot be ${what} ${new URL(url).host}: ${systemReason(failure) ?? failure.message}`,
    {
      hint: "This machine must reach the sender's address: name another there with --serve-at HOST:PORT.",
      cause: failure,
    },
  );
