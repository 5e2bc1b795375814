import { link, mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { backoffDelay } from "../../base/backoff.ts";
import { ExpectedError, toError } from "../../base/errors.ts";
import { parseJson, stringField } from "../../base/json.ts";
import { markUsed } from "../../base/prune-folder.ts";
import { OFFSET_HEADER } from "./byte-range.ts";
import { download } from "./download.ts";
import { address, BACKOFF, type EndpointDeps, refuse, request, TRIES, unreachable } from "./endpoint.ts";
import { inTurn, type Running } from "./in-turn.ts";
import { sizeOf } from "./size-of.ts";
import type { ContentRef } from "./tensor-ref.ts";

export interface ArtefactClient {
  /** The file with this content in the cache, fetched if it is not there yet, once; what an earlier try left is gone on with. */
  fetch(ref: ContentRef, signal: AbortSignal): Promise<string>;
  /** Keeps bytes in the cache; gives their file. */
  keep(bytes: Uint8Array, ref: ContentRef): Promise<string>;
  /** Keeps the content of a file, without space of its own where the disk can. */
  keepFile(file: string, ref: ContentRef): Promise<string>;
  /** Rejects where the sender does not offer it any more, or cannot be reached; what is in the cache does not count. */
  offered(ref: ContentRef, signal: AbortSignal): Promise<void>;
  /** Whether it is in the cache, and where; it is then known to be used. */
  cached(ref: ContentRef): Promise<string | undefined>;
  /** Puts the file's content, unless it is there already. */
  put(file: string, ref: ContentRef, signal: AbortSignal): Promise<void>;
  /** True when the sender says that it wants nothing any more; false when the signal aborts, or a sender never says so. */
  cancelled(signal: AbortSignal): Promise<boolean>;
}

export interface ClientDeps extends EndpointDeps {
  /** Content lies there in files that have its SHA-256 as their names. */
  folder: string;
  maxBytes: number;
  /** What is being fetched into the folder, whoever fetches it; default: what this client fetches. */
  running?: Running;
}

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
      if ((await sizeOf(place(ref))) !== ref.bytes) return undefined;
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
        await download(ref, place(ref), deps, signal);
        return place(ref);
      }),
    offered: (ref, signal) => findOffered(ref, deps, signal),
    put: (file, ref, signal) => upload(file, ref, deps, signal),
    cancelled: (signal) => waitForCancellation(deps, signal),
  };
  return client;
}

async function findOffered(ref: ContentRef, deps: ClientDeps, signal: AbortSignal): Promise<void> {
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    let failure: Error;
    try {
      const response = await request(deps, address(ref), { method: "HEAD", signal });
      refuse(response, ref);
      if (response.status < 500) return;
      failure = new Error(`it answered with status ${response.status}`);
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof ExpectedError) throw thrown;
      failure = toError(thrown);
    }
    if (tries >= TRIES) throw unreachable(failure, deps.endpoint, "fetched from");
    await deps.clock.sleep(backoffDelay(BACKOFF, tries - 1), signal);
  }
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
