import { expect, test } from "bun:test";
import { brokerWith, onBroker, type ScriptedAgent, stillClock } from "./client/testing.fixture.ts";
import { runCli } from "./framework/testing.fixture.ts";
import { programNamed } from "./index.ts";
import { services as real } from "./services.ts";

const agents: ScriptedAgent[] = [
  { id: "writer", status: { capabilities: ["writing", "summaries"], description: "Writes", load: 0.25 } },
  { id: "editor", status: { timestamp: "2026-01-02T01:00:00Z" } },
  { id: "gone", status: { status: "unavailable" } },
  {
    id: "peer",
    status: { status: undefined, timestamp: undefined, health: "ok", last_updated: "2026-01-02T03:03:05Z" },
  },
  { id: "odd", status: { status: 7 } },
];

const list = (argv: string[] = [], broker = brokerWith(...agents)) =>
  runCli(programNamed("agent2389"), ["agents", ...argv], { clock: stillClock, services: onBroker(broker) });

test("lists those that are available, by id", async () => {
  const { code, stdout } = await list();
  expect(code).toBe(0);
  expect(stdout).toBe(
    [
      "AGENT   STATUS     LOAD  SEEN       CAPABILITIES        DESCRIPTION",
      "editor  available        2 h ago",
      "peer    available        1 min ago",
      "writer  available  25 %  5 s ago    writing, summaries  Writes",
      "",
    ].join("\n"),
  );
});

test("--all lists the others, too", async () => {
  expect((await list(["--all"])).stdout).toMatch(/^gone +unavailable/m);
});

test("--json is for programs", async () => {
  const { stdout } = await list(["--json"]);
  expect(JSON.parse(stdout).at(-1)).toEqual({
    id: "writer",
    available: true,
    description: "Writes",
    capabilities: ["writing", "summaries"],
    load: 0.25,
    seen_at: "2026-01-02T03:04:00.000Z",
  });
});

test("an agent whose status was removed is not listed", async () => {
  const broker = brokerWith({ id: "writer" });
  broker.publish({ topic: "/control/agents/writer/status", payload: "", qos: 1, retain: true });
  expect(await list([], broker)).toEqual({
    code: 0,
    stdout: "",
    stderr: "No agent is available at mqtt://localhost:1883.\n",
  });
});

test("a broker that cannot be reached is a failure at once, with what to do", async () => {
  const { code, stderr } = await runCli(programNamed("agent2389"), ["agents", "-b", "mqtt://127.0.0.1:1"], {
    services: { openTransport: real.openTransport },
  });
  expect(code).toBe(1);
  expect(stderr).toBe(
    "error: cannot reach the broker at mqtt://127.0.0.1:1: nothing listens there\n" +
      "  hint: Name the broker with --broker or MQTT_BROKER_URL, or start one: agent2389 broker\n",
  );
});
