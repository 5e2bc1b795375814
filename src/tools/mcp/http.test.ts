import { afterEach, describe, expect, test } from "bun:test";
import { manualClock } from "../../../test/peers/manual-clock.ts";
import { type McpHttpOptions, mcpHttp } from "../../../test/peers/mcp-http.ts";
import { toolContext } from "../../../test/peers/tool-context.ts";
import { until } from "../../../test/peers/until.ts";
import { call, mcpOpener, names } from "./testing.fixture.ts";

const open = mcpOpener();

describe.each(["modern", "legacy"] as const)("by streamable HTTP, server of era %s", (era) => {
  const started: { stop(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const peer of started.splice(0)) await peer.stop();
  });
  const serve = async (options: Partial<McpHttpOptions> = {}) => {
    const peer = await mcpHttp({ era, ...options });
    started.push(peer);
    return peer;
  };

  test("every tool appears and can be called (FR-009)", async () => {
    const peer = await serve();
    const server = await open({ url: peer.url, headers: { "X-Team": "blue" } });
    expect(names(server)).toHaveLength(12);
    expect((await call(server, "srv_add", { a: 1, b: 2 })).content).toBe("3");
    expect(peer.requests.every((headers) => headers.get("x-team") === "blue")).toBe(true);
    expect(await server.check?.()).toMatchObject({
      protocol: era === "modern" ? "2026-07-28" : "2025-11-25",
    });
  });

  test("a bearer token goes along; without the right one the error says which variable to look at", async () => {
    const peer = await serve({ token: "right-token" });
    const options = { url: peer.url, token_env: "MCP_TOKEN" };
    const server = await open(options, { env: { MCP_TOKEN: "right-token" } });
    expect((await call(server, "srv_add", { a: 1, b: 2 })).content).toBe("3");
    await expect(open(options, { env: { MCP_TOKEN: "wrong-token" } })).rejects.toMatchObject({
      message: `${new URL(peer.url).host}: the MCP server refused the agent's credentials`,
      hint: "Check the token in MCP_TOKEN.",
    });
    await expect(open(options, { env: {} })).rejects.toThrow("the environment variable MCP_TOKEN is not set");
    await expect(open({ url: peer.url })).rejects.toMatchObject({
      hint: expect.stringContaining("token_env"),
    });
  });

  test("a server that was restarted is found again, its lost session too", async () => {
    const peer = await serve();
    const server = await open({ url: peer.url });
    await peer.restart();
    expect((await call(server, "srv_add", { a: 20, b: 22 })).content).toBe("42");
    expect(await server.check?.()).toMatchObject({ status: "healthy" });
  });

  test("a server that is away gives errors until it is back", async () => {
    const peer = await serve();
    const server = await open({ url: peer.url }, { clock: manualClock() });
    await peer.stop();
    await expect(call(server, "srv_add", { a: 1, b: 1 })).rejects.toThrow(
      /cannot be reached|closed the connection/,
    );
  });

  test("a tool list that changes is taken over", async () => {
    const peer = await serve();
    const server = await open({ url: peer.url });
    peer.grow();
    await until("the new tool", () => names(server).includes("srv_grown"));
  });

  test("a hanging tool is left when the call is cancelled", async () => {
    const peer = await serve();
    const server = await open({ url: peer.url });
    const abort = new AbortController();
    const hanging = call(server, "srv_hang", {}, toolContext(abort.signal));
    expect((await call(server, "srv_add", { a: 1, b: 1 })).content).toBe("2");
    abort.abort(new Error("out of time"));
    await expect(hanging).rejects.toThrow("out of time");
  });

  test("nothing there, or something that is no MCP server, is explained (FR-002)", async () => {
    const peer = await serve();
    await peer.stop();
    await expect(open({ url: peer.url })).rejects.toMatchObject({
      message: expect.stringContaining("cannot be reached"),
      hint: "Check url, and that the server speaks MCP by streamable HTTP there.",
    });
    await using other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("hello") });
    await expect(open({ url: other.url.href })).rejects.toMatchObject({
      hint: expect.stringContaining("Check url"),
    });
  });
});
