import { afterEach, expect, test } from "bun:test";
import { ExpectedError } from "../base/errors.ts";
import { silent } from "../log/logger.ts";
import { agentHealth } from "./agent-health.fixture.ts";
import { healthApp } from "./app.ts";
import { createMetrics } from "./metrics.ts";
import { type HttpServer, serve } from "./serve.ts";

const servers: HttpServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

function open(options: { host?: string; port?: number } = {}): HttpServer {
  const app = healthApp([agentHealth("a")], { metrics: createMetrics(), now: Date.now, log: silent });
  const server = serve(app, { host: "127.0.0.1", port: 0, ...options }, silent);
  servers.push(server);
  return server;
}

test("serves on a free port, at an address that can be used here", async () => {
  const { url, port } = open({ host: "0.0.0.0" });
  expect(url).toBe(`http://127.0.0.1:${port}`);
  const response = await fetch(`${url}/ready`);
  expect(await response.json()).toMatchObject({ ready: true });
});

test("a port that is in use is named, with the remedy", () => {
  const { port } = open();
  try {
    open({ port });
    throw new Error("the port was given twice");
  } catch (error) {
    expect(error).toBeInstanceOf(ExpectedError);
    expect(error).toMatchObject({ message: `port ${port} on 127.0.0.1 is already in use` });
    expect((error as ExpectedError).hint).toContain("choose another port");
  }
});

test("an address of another machine is explained", () => {
  expect(() => open({ host: "192.0.2.1" })).toThrow("that is no address of this machine");
});

test("a failure outside the app shows no source", async () => {
  const broken = {
    fetch: () => {
      throw new Error("secret");
    },
  };
  const server = serve(broken, { host: "127.0.0.1", port: 0 }, silent);
  servers.push(server);
  const response = await fetch(server.url);
  expect(response.status).toBe(500);
  expect(await response.text()).toBe('{"error":"internal error"}');
});

test("after stop the port is free again", async () => {
  const { port } = open();
  await servers.pop()!.stop();
  open({ port });
});
