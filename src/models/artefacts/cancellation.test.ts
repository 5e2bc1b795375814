import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { systemClock } from "../../base/clock.ts";
import { artefactClient, type ClientDeps } from "./client.ts";
import { type ArtefactServer, serveArtefacts } from "./server.ts";

const never = new AbortController().signal;

describe("cancelling", () => {
  const serving = async (folder: string) =>
    serveArtefacts({ host: "127.0.0.1", port: 0, folder: join(folder, "served"), maxUploadBytes: 10 });
  const clientOf = (server: ArtefactServer, folder: string, more: Partial<ClientDeps> = {}) =>
    artefactClient({
      endpoint: server,
      folder,
      maxBytes: 10,
      clock: { ...systemClock, sleep: async () => {} },
      ...more,
    });

  test("whoever asks is told at once, though the server stops right behind", async () => {
    await using own = tempDir();
    const server = await serving(own.path);
    const asked = Promise.withResolvers<void>();
    const client = clientOf(server, own.path, {
      fetch(url, init) {
        queueMicrotask(asked.resolve);
        return fetch(url, init);
      },
    });
    const told = client.cancelled(never);
    await asked.promise;
    // Answered in its turn: the question before it has reached the server by then.
    await fetch(`${server.url}/x`, { headers: { Authorization: `Bearer ${server.token}` } });
    await server.cancel();
    await server.stop();
    expect(await told).toBe(true);
  });

  test("an answer that it is still wanted, and a sender that is away, are asked again", async () => {
    await using own = tempDir();
    const server = await serving(own.path);
    const answers = [
      () => Promise.reject(new Error("away")),
      async () => new Response(null, { status: 204 }),
      async () => new Response(null, { status: 503 }),
      async () => Response.json({ cancelled: true }),
    ];
    const client = clientOf(server, own.path, { fetch: () => answers.shift()!() });
    expect(await client.cancelled(never)).toBe(true);
    expect(answers).toEqual([]);
    await server.stop();
  });

  test("who has no token, or stops asking, is told nothing", async () => {
    await using own = tempDir();
    const server = await serving(own.path);
    expect((await fetch(`${server.url}/cancelled`)).status).toBe(401);
    const stop = new AbortController();
    const asking = clientOf(server, own.path).cancelled(stop.signal);
    stop.abort();
    expect(await asking).toBe(false);
    await server.stop();
  });
});
