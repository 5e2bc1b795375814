import { describe, expect, test } from "bun:test";
import { presenceAt, readStatus } from "./read-status.ts";
import { statusTopic } from "./topics.ts";

const now = Date.parse("2026-11-21T12:00:00Z");
const bytes = (text: string) => new TextEncoder().encode(text);
const read = (status: object, at = now) =>
  readStatus(statusTopic("writer"), bytes(JSON.stringify(status)), at);
const presence = (status: object, at = now) => {
  const agent = read(status);
  return agent && presenceAt(agent, at);
};

describe("a status is read (OPT-001)", () => {
  test("in our shape, with all that it tells", () => {
    const status = {
      agent_id: "writer",
      status: "available",
      timestamp: "2026-11-21T11:59:00Z",
      capabilities: ["writing"],
      description: "Writes",
      load: 0.5,
      heartbeat_interval_secs: 60,
    };
    expect(read(status)).toEqual({
      id: "writer",
      saysAvailable: true,
      description: "Writes",
      capabilities: ["writing"],
      load: 0.5,
      seenAt: now - 60_000,
      heartbeatSecs: 60,
      expiresAt: now + 120_000,
    });
  });

  test("in the shape of the peer's registry, which names no agent and no heartbeat", () => {
    const agent = read({ health: "OK", last_updated: "2026-11-21T12:00:00Z" });
    expect(agent).toMatchObject({ id: "writer", saysAvailable: true, expiresAt: now + 3 * 900_000 });
    expect(agent).toMatchObject({
      description: "",
      capabilities: [],
      load: undefined,
      heartbeatSecs: undefined,
    });
  });

  test("without a time: it is taken to be new", () => {
    for (const more of [{}, { timestamp: "yesterday" }])
      expect(read({ status: "available", ...more })).toMatchObject({
        seenAt: undefined,
        expiresAt: now + 3 * 900_000,
      });
  });

  test.each([
    ["of another agent", statusTopic("writer"), '{"agent_id":"editor","status":"available"}'],
    ["on another topic", "/conversations/c/writer", '{"agent_id":"writer","status":"available"}'],
    ["on a topic of no agent (RULE-001)", statusTopic("wri ter"), '{"status":"available"}'],
    ["that says neither status nor health", statusTopic("writer"), '{"agent_id":"writer"}'],
    ["that is no JSON", statusTopic("writer"), "junk"],
    ["that was removed", statusTopic("writer"), ""],
  ])("not one %s", (_what, topic, payload) => {
    expect(readStatus(topic, bytes(payload), now)).toBeUndefined();
  });
});

describe("an agent is", () => {
  const alive = { status: "available", timestamp: "2026-11-21T12:00:00Z", heartbeat_interval_secs: 60 };

  test("available until it missed three heartbeats, then silent", () => {
    expect(presence(alive, now + 179_999)).toBe("available");
    expect(presence(alive, now + 180_000)).toBe("silent");
  });

  test("unavailable when it said goodbye, or is not well; its health counts only without a status", () => {
    expect(presence({ ...alive, status: "unavailable", health: "ok" })).toBe("unavailable");
    expect(presence({ ...alive, status: undefined, health: "degraded" })).toBe("unavailable");
    expect(presence({ ...alive, health: "degraded" })).toBe("available");
  });

  test("not believed to live longer because its clock runs ahead", () => {
    expect(presence({ ...alive, timestamp: "2036-01-01T00:00:00Z" }, now + 180_000)).toBe("silent");
  });
});
