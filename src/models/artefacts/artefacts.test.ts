import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { systemClock } from "../../base/clock.ts";
import { rangeOf } from "./byte-range.ts";
import { type ArtefactClient, artefactClient, type ClientDeps } from "./client.ts";
import type { Running } from "./in-turn.ts";
import { type ArtefactServer, serveArtefacts } from "./server.ts";
import { type ContentRef, sha256Of } from "./tensor-ref.ts";

const never = new AbortController().signal;
const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251));

describe("the artefact endpoint", () => {
  const dir = tempDir();
  let server: ArtefactServer;
  let ref: ContentRef;

  beforeAll(async () => {
    server = await serveArtefacts({
      host: "127.0.0.1",
      port: 0,
      folder: join(dir.path, "served"),
      maxUploadBytes: 400_000,
    });
    await writeFile(join(dir.path, "model"), bytes);
    await writeFile(join(dir.path, "secret"), "not offered");
    ref = await server.offer(join(dir.path, "model"));
  });
  afterAll(async () => {
    await server.stop();
    await dir[Symbol.asyncDispose]();
  });

  const ask = (path: string, init: RequestInit = {}, token = server.token) =>
    fetch(`${server.url}${path}`, {
      ...init,
      headers: { ...init.headers, Authorization: `Bearer ${token}` },
    });
  const get = (headers: Record<string, string> = {}) => ask(`/sha256:${ref.sha256}`, { headers });

  test("content by its address, with an entity tag", async () => {
    const response = await get();
    expect(response.status).toBe(200);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
    const etag = response.headers.get("etag")!;
    expect(etag).toBe(`"sha256:${ref.sha256}"`);
    expect((await get({ "If-None-Match": etag })).status).toBe(304);
    const head = await ask(`/sha256:${ref.sha256}`, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, "100000"]);
  });

  test("a part of it", async () => {
    const response = await get({ Range: "bytes=99990-" });
    expect(response.status).toBe(206);
    expect(response.headers.get("content-range")).toBe("bytes 99990-99999/100000");
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes.subarray(99_990));
    expect((await get({ Range: "bytes=100000-" })).status).toBe(416);
    expect((await get({ Range: "bytes=5-", "If-Range": '"another"' })).status).toBe(200);
  });

  test("nobody without the token, and nothing that was not offered", async () => {
    expect((await fetch(`${server.url}/sha256:${ref.sha256}`)).status).toBe(401);
    expect((await ask(`/sha256:${ref.sha256}`, {}, "another")).status).toBe(401);
    for (const path of [
      `/sha256:${sha256Of("not offered")}`,
      "/sha256:..%2f..%2fsecret",
      "/secret",
      "/..%2fsecret",
      "",
    ]) {
      expect((await ask(path)).status).toBe(404);
    }
  });

  test("takes content whose address is right, once, within its bounds", async () => {
    const put = (address: string, body: string | Uint8Array) =>
      ask(`/sha256:${address}`, {
        method: "PUT",
        body: typeof body === "string" ? body : new Uint8Array(body),
      });
    const address = sha256Of("an engine");
    expect((await put(address, "something else")).status).toBe(422);
    expect((await put(address, "an engine")).status).toBe(201);
    expect((await put(address, "an engine")).status).toBe(204);
    expect(await Bun.file(server.file(address)!).text()).toBe("an engine");
    const large = Buffer.alloc(399_999);
    const refused = await put(sha256Of(large), large);
    expect([refused.status, await refused.json()]).toEqual([
      413,
      { error: "at most 399991 bytes more are taken" },
    ]);
    expect((await readdir(join(dir.path, "served"))).filter((name) => name.endsWith(".partial"))).toEqual([]);
  });

  function client(
    more: Partial<ClientDeps> = {},
    folder: string = crypto.randomUUID(),
  ): ArtefactClient & { folder: string } {
    const own = join(dir.path, folder);
    return {
      ...artefactClient({
        endpoint: server,
        folder: own,
        maxBytes: 1e6,
        clock: { ...systemClock, sleep: async () => {} },
        ...more,
      }),
      folder: own,
    };
  }

  test("a client fetches it once", async () => {
    const one = client();
    const file = await one.fetch(ref, never);
    expect(Buffer.from(await Bun.file(file).bytes())).toEqual(bytes);
    const offline = client(
      { fetch: () => Promise.reject(new Error("it was asked again")) },
      one.folder.split("/").at(-1),
    );
    expect(await offline.fetch(ref, never)).toBe(file);
  });

  test("what is wanted twice at once is fetched once, also by clients of other senders", async () => {
    const running: Running = new Map();
    const folder = crypto.randomUUID();
    let asked = 0;
    const counting: Partial<ClientDeps> = {
      running,
      fetch(url, init) {
        asked++;
        return fetch(url, init);
      },
    };
    const [one, other] = [client(counting, folder), client(counting, folder)];
    const files = await Promise.all([one, one, other].map((each) => each.fetch(ref, never)));
    expect(new Set(files).size).toBe(1);
    expect(asked).toBe(1);
    expect(Buffer.from(await Bun.file(files[0]!).bytes())).toEqual(bytes);
    expect(running.size).toBe(0);
  });

  test("who waits for another's fetch goes on with it where that one stops", async () => {
    const running: Running = new Map();
    const folder = crypto.randomUUID();
    const stop = new AbortController();
    const asked: (string | null)[] = [];
    const first = client(
      {
        running,
        async fetch(url, init) {
          const whole = await (await fetch(url, init)).bytes();
          stop.abort(new Error("cancelled"));
          return new Response(whole.subarray(0, 30_000));
        },
      },
      folder,
    ).fetch(ref, stop.signal);
    const second = client(
      {
        running,
        fetch(url, init) {
          asked.push(new Headers(init.headers).get("range"));
          return fetch(url, init);
        },
      },
      folder,
    ).fetch(ref, never);
    await expect(first).rejects.toThrow("cancelled");
    expect(Buffer.from(await Bun.file(await second).bytes())).toEqual(bytes);
    expect(asked).toEqual(["bytes=30000-"]);
  });

  test("a client goes on where the connection broke", async () => {
    const asked: (string | null)[] = [];
    const one = client({
      async fetch(url, init) {
        asked.push(new Headers(init.headers).get("range"));
        const response = await fetch(url, init);
        if (asked.length > 2) return response;
        const whole = new Uint8Array(await response.arrayBuffer());
        return new Response(whole.subarray(0, 40_000), response);
      },
    });
    expect(Buffer.from(await Bun.file(await one.fetch(ref, never)).bytes())).toEqual(bytes);
    expect(asked).toEqual([null, "bytes=40000-", "bytes=80000-"]);
  });

  test("a part that is wrong is found out, and not kept", async () => {
    const one = client();
    await mkdir(one.folder, { recursive: true });
    await writeFile(join(one.folder, `${ref.sha256}.partial`), Buffer.alloc(1000));
    await expect(one.fetch(ref, never)).rejects.toThrow("not what its address says");
    expect(await readdir(one.folder)).toEqual([]);
    expect(await Bun.file(await one.fetch(ref, never)).bytes()).toHaveLength(100_000);
  });

  test("two processes with one cache fetch the same at once, and neither disturbs the other", async () => {
    const folder = crypto.randomUUID();
    const meanwhile = Promise.withResolvers<void>();
    const half = Promise.withResolvers<void>();
    // The first one has written half of it when the other one begins; then it goes on, though all is in its place by then.
    const first = client(
      {
        async fetch(url, init) {
          const whole = await (await fetch(url, init)).bytes();
          let asked = 0;
          const body = new ReadableStream<Uint8Array>(
            {
              // Asked for the second piece, the client has written the first one.
              async pull(controller) {
                if (asked++ === 0) return controller.enqueue(whole.slice(0, 50_000));
                half.resolve();
                await meanwhile.promise;
                controller.enqueue(whole.slice(50_000));
                controller.close();
              },
            },
            { highWaterMark: 0 },
          );
          return new Response(body);
        },
      },
      folder,
    );
    const fetching = first.fetch(ref, never);
    await half.promise;
    const file = await client({}, folder).fetch(ref, never);
    expect(Buffer.from(await Bun.file(file).bytes())).toEqual(bytes);
    meanwhile.resolve();
    expect(await fetching).toBe(file);
    expect(Buffer.from(await Bun.file(file).bytes())).toEqual(bytes);
    expect(await readdir(first.folder)).toEqual([ref.sha256]);
  });

  test("what is too large, or grows, is not fetched", async () => {
    await expect(client({ maxBytes: 10 }).fetch(ref, never)).rejects.toThrow("at most 10 are fetched");
    const liar = client().fetch({ ...ref, bytes: 50 }, never);
    await expect(liar).rejects.toThrow("more was sent");
  });

  test("a sender that is gone is given up with its address", async () => {
    const one = client({
      fetch: () => Promise.reject(Object.assign(new Error("x"), { code: "ConnectionRefused" })),
    });
    await expect(one.fetch(ref, never)).rejects.toMatchObject({
      message: expect.stringMatching(/cannot be fetched from 127\.0\.0\.1:\d+: the connection was refused/),
      hint: expect.stringContaining("--serve-at"),
    });
    await expect(client().fetch({ sha256: sha256Of("gone"), bytes: 4 }, never)).rejects.toThrow(
      "not there any more",
    );
  });

  test("a client puts what the sender does not have", async () => {
    const one = client();
    const made = { sha256: sha256Of("made"), bytes: 4 };
    const file = await one.keep(Buffer.from("made"), made);
    await one.put(file, made, never);
    await one.put(file, made, never);
    expect(await Bun.file(server.file(made.sha256)!).text()).toBe("made");
    await expect(client({ endpoint: { ...server, token: "x" } }).put(file, made, never)).rejects.toThrow(
      "401",
    );
  });
});

test("a range is within the content, whatever is asked", () => {
  expect(rangeOf("bytes=0-0,5-6", 10)).toBeUndefined();
  expect(rangeOf("bytes=-3", 10)).toEqual({ start: 7, end: 10 });
  expect(rangeOf("bytes=-0", 10)).toBe("none");
  expect(rangeOf("bytes=2-100", 10)).toEqual({ start: 2, end: 10 });
  expect(rangeOf("bytes=5-2", 10)).toBeUndefined();
  const text = fc.oneof(
    fc.string(),
    fc.tuple(fc.nat(), fc.nat()).map(([a, b]) => `bytes=${a}-${b}`),
  );
  fc.assert(
    fc.property(text, fc.nat(), (header, size) => {
      const range = rangeOf(header, size);
      if (range === undefined || range === "none") return;
      expect(range.start).toBeLessThan(range.end);
      expect(range.end).toBeLessThanOrEqual(size);
    }),
  );
});
