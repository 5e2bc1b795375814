import { afterEach, expect, test } from "bun:test";
import { manualClock } from "../../test/peers/manual-clock.ts";
import { silent } from "../log/logger.ts";
import { agentHealth } from "./agent-health.fixture.ts";
import { serverSection } from "./config.ts";
import { createMetrics } from "./metrics.ts";
import { type HealthServer, openHealthServer } from "./open.ts";

const servers: HealthServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

function open(section: object = {}, env: Record<string, string> = {}): HealthServer {
  const parsed = serverSection.parse({ host: "127.0.0.1", port: 0, ...section });
  const server = openHealthServer(parsed, { env, clock: manualClock(), log: silent });
  servers.push(server);
  return server;
}

test("a request that comes before the agents are there waits for them", async () => {
  const server = open();
  const early = fetch(`${server.url}/ready`);
  await server.answerFor([agentHealth("a")], createMetrics());
  expect(await (await early).json()).toMatchObject({ ready: true });
});

test("with a token, /health asks for it", async () => {
  const server = open({ token_env: "HEALTH_TOKEN" }, { HEALTH_TOKEN: "t0ken\n" });
  await server.answerFor([agentHealth("a")], createMetrics());
  expect((await fetch(`${server.url}/health`)).status).toBe(401);
  const headers = { authorization: "Bearer t0ken" };
  expect((await fetch(`${server.url}/health`, { headers })).status).toBe(200);
});

test("a token that is not set shuts the door before it is open, with both remedies", () => {
  expect(() => open({ token_env: "HEALTH_TOKEN" })).toThrow(
    expect.objectContaining({
      message: "no token for the health endpoints: the environment variable HEALTH_TOKEN is not set",
      where: "server.token_env",
      hint: "Set HEALTH_TOKEN, or name the variable that holds it with token_env in [server].",
    }),
  );
});

test("a port that is taken is told with the settings that choose another", () => {
  const { port } = open();
  expect(() => open({ port })).toThrow(
    expect.objectContaining({ hint: expect.stringContaining("with HEALTH_PORT or [server] port") }),
  );
});
