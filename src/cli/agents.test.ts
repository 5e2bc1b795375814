import { expect, test } from "bun:test";
import { brokerWith, onBroker, type ScriptedAgent, stillClock } from "./client/testing.fixture.ts";
import { runCli } from "./framework/testing.fixture.ts";
import { programNamed } from "./index.ts";
import { services as real } from "./services.ts";

const agents: ScriptedAgent[] = [
  { id: "writer", status: { capabilities: ["writing", "summaries"], description: "Writes", load: 0.25 } },
  { id: "editor", status: { timestamp: "2026-01-02T02:34:05Z" } },
  { id: "gone", status: { status: "unavailable" } },
  {
    id: "peer",
    status: { status: undefined, timestamp: undefined, health: "ok", last_updated: "2026-01-02T03:03:05Z" },
  },
  // Its broker knows no message expiry, and it went without a goodbye.
  { id: "crashed", status: { timestamp: "2026-01-02T03:01:00Z", heartbeat_interval_secs: 60, load: 0.9 } },
  { id: "odd", status: { status: 7 } },
];

const list = (argv: string[] = [], broker = brokerWith(...agents)) =>
  runCli(programNamed("agent2389"), ["agents", ...argv], { clock: stillClock, services: onBroker(broker) });

test("lists those that are available, by id, and says what it leaves out", async () => {
  const { code, stdout, stderr } = await list();
  expect(code).toBe(0);
  expect(stdout).toBe(
    [
      "AGENT   STATUS     LOAD  SEEN        CAPABILITIES        DESCRIPTION",
      "editor  available        30 min ago",
      "peer    available        1 min ago",
      "writer  available  25 %  5 s ago     writing, summaries  Writes",
      "",
    ].join("\n"),
  );
  expect(stderr).toBe("Not listed: 1 silent, 1 unavailable. To see them: --all\n");
  expect((await list(["--quiet"])).stderr).toBe("");
});

test("--all lists the others, too: one that missed three heartbeats is silent, and its load means nothing", async () => {
  const { stdout, stderr } = await list(["--all"]);
  expect(stdout).toMatch(/^gone +unavailable/m);
  expect(stdout).toMatch(/^crashed +silent {2,}3 min ago$/m);
  expect(stderr).toBe("");
});

test("--json is for programs", async () => {
  const { stdout, stderr } = await list(["--json"]);
  expect(stderr).toBe("");
  expect(JSON.parse(stdout).map(({ id }: { id: string }) => id)).toEqual(["editor", "peer", "writer"]);
  const all = JSON.parse((await list(["--json", "--all"])).stdout);
  expect(all[0]).toMatchObject({ id: "crashed", status: "silent", available: false });
  expect(all.at(-1)).toEqual({
    id: "writer",
    status: "available",
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
  const where = "at mqtt://localhost:1883.\n";
  expect(await list([], broker)).toEqual({ code: 0, stdout: "", stderr: `No agent is available ${where}` });
  expect((await list(["--all"], broker)).stderr).toBe(`No agent has left a status ${where}`);
});

test("a broker that cannot be reached is a failure at once, with what to do", async () => {
  const { code, stderr } = await runCli(programNamed("agent2389"), ["agents", "-b", "mqtt://127.0.0.1:1"], {
    services: { openTransport: real.openTransport },
  });
  expect(code).toBe(1);
  expect(stderr).toBe(
    "error: cannot reach the broker at mqtt://127.0.0.1:1: nothing listens there\n" +
      "  hint: Name the broker with --broker or MQTT_BROKER_URL, or start agents with one of their own: agent2389 up FILE\n",
  );
});
