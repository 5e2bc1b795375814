import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { until } from "../../../test/peers/until.ts";
import { systemClock } from "../../base/clock.ts";
import { partOf } from "./byte-range.ts";
import { artefactClient, type ClientDeps } from "./client.ts";
import { type ArtefactServer, serveArtefacts } from "./server.ts";
import { sha256Of } from "./tensor-ref.ts";

const never = new AbortController().signal;

describe("content that comes in several requests", () => {
  const dir = tempDir();
  let server: ArtefactServer;

  beforeAll(async () => {
    const folder = join(dir.path, "served");
    server = await serveArtefacts({ host: "127.0.0.1", port: 0, folder, maxUploadBytes: 400_000 });
  });
  afterAll(async () => {
    await server.stop();
    await dir[Symbol.asyncDispose]();
  });

  const ask = (path: string, init: RequestInit) =>
    fetch(`${server.url}${path}`, {
      ...init,
      headers: { ...init.headers, Authorization: `Bearer ${server.token}` },
    });
  const client = (more: Partial<ClientDeps> = {}) =>
    artefactClient({
      endpoint: server,
      folder: join(dir.path, crypto.randomUUID()),
      maxBytes: 1e6,
      clock: { ...systemClock, sleep: async () => {} },
      ...more,
    });

  /** Sends the head of a PUT and a part of its body, and breaks the connection once that is kept. */
  async function brokenPut(address: string, total: number, part: Uint8Array) {
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port: Number(new URL(server.url).port),
      socket: { data() {} },
    });
    const head = [
      `PUT /artefacts/sha256:${address} HTTP/1.1`,
      "Host: x",
      `Authorization: Bearer ${server.token}`,
      `Content-Length: ${total}`,
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n`);
    socket.write(part);
    await until("the part is kept", async () => (await keptOf(address)) === part.length);
    socket.terminate();
  }
  const keptOf = async (address: string) =>
    Number((await ask(`/sha256:${address}`, { method: "HEAD" })).headers.get("upload-offset"));

  test("what a broken connection brought is kept, and counts for no more than it is", async () => {
    const content = Buffer.from(Array.from({ length: 150_000 }, (_, i) => i % 249));
    const address = sha256Of(content);
    await brokenPut(address, content.length, content.subarray(0, 60_000));
    const other = Buffer.alloc(260_000, 7);
    const put = () => ask(`/sha256:${sha256Of(other)}`, { method: "PUT", body: new Uint8Array(other) });
    // Refused as long as the server has not heard of the break.
    await until("the rest is free again", async () => (await put()).ok);
    expect(await keptOf(address)).toBe(60_000);
    const rest = await ask(`/sha256:${address}`, {
      method: "PUT",
      body: new Uint8Array(content.subarray(1)),
      headers: { "Content-Range": "bytes 1-149999/150000" },
    });
    expect([rest.status, rest.headers.get("upload-offset")]).toEqual([409, "60000"]);
  });

  test("a client goes on behind what is kept of what it puts", async () => {
    const content = Buffer.from(Array.from({ length: 50_000 }, (_, i) => i % 247));
    const made = { sha256: sha256Of(content), bytes: content.length };
    await brokenPut(made.sha256, content.length, content.subarray(0, 20_000));
    const sent: (string | null)[] = [];
    const one = client({
      fetch(url, init) {
        if (init.method === "PUT") sent.push(new Headers(init.headers).get("content-range"));
        return fetch(url, init);
      },
    });
    await one.put(await one.keep(content, made), made, never);
    expect(sent).toEqual(["bytes 20000-49999/50000"]);
    expect(Buffer.from(await Bun.file(server.file(made.sha256)!).bytes())).toEqual(content);
  });

  test("a client begins anew where what is kept is not what it was", async () => {
    const content = Buffer.from(Array.from({ length: 3000 }, (_, i) => i % 241));
    const made = { sha256: sha256Of(content), bytes: content.length };
    await brokenPut(made.sha256, content.length, Buffer.alloc(1000, 1));
    const one = client();
    await one.put(await one.keep(content, made), made, never);
    expect(Buffer.from(await Bun.file(server.file(made.sha256)!).bytes())).toEqual(content);
  });

  test("what goes wrong with the disk is told, and is no defect", async () => {
    const told: unknown[] = [];
    const error = console.error;
    console.error = (...parts: unknown[]) => told.push(parts);
    await rm(join(dir.path, "served"), { recursive: true });
    try {
      const response = await ask(`/sha256:${sha256Of("lost")}`, { method: "PUT", body: "lost" });
      expect([response.status, await response.json()]).toEqual([
        507,
        { error: "there is no such file or folder" },
      ]);
      expect(told).toEqual([]);
    } finally {
      console.error = error;
      await mkdir(join(dir.path, "served"));
    }
  });
});

test("a request says which part of how much it brings", () => {
  expect(partOf("5", undefined)).toEqual({ start: 0, total: 5 });
  expect(partOf("5", "bytes 3-7/8")).toEqual({ start: 3, total: 8 });
  for (const [length, range] of [
    [undefined, undefined],
    ["x", undefined],
    ["5", "bytes 3-6/8"],
    ["4", "bytes 3-6/8"],
    ["5", "bytes 7-3/8"],
    ["5", "items 3-7/8"],
  ] as const)
    expect(partOf(length, range)).toBeUndefined();
});
