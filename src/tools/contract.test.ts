import { expect, test } from "bun:test";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mcpHttp } from "../../test/peers/mcp-http.ts";
import { tempDir } from "../../test/peers/temp-dir.ts";
import { silent } from "../log/logger.ts";
import { llamaFolder } from "../modelcar/model/llama-folder.fixture.ts";
import { type ToolWorld, toolContract } from "./contract.fixture.ts";
import type { ToolSetup } from "./factory.ts";
import { factoryOf, toolFactories } from "./table.ts";

const SECRET = "s3cret-value-0451";

const setup = (extra: Partial<ToolSetup> = {}): ToolSetup => ({
  env: {},
  baseDir: "/nonexistent",
  log: silent,
  ...extra,
});

/** Gives back the request's headers as text, and fails where it is told to. */
const mirror = () =>
  Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) =>
      request.url.endsWith("/fail")
        ? new Response(`no: ${JSON.stringify([...request.headers])}`, { status: 500 })
        : new Response(JSON.stringify([...request.headers])),
  });

async function httpWorld(): Promise<ToolWorld> {
  const server = mirror();
  return {
    setting: {
      name: "fetch",
      impl: "http_request",
      options: { allowed_hosts: ["127.0.0.1"], headers_env: { Authorization: "API_AUTHORIZATION" } },
    },
    setup: setup({ env: { API_AUTHORIZATION: `Bearer ${SECRET}` } }),
    good: { url: server.url.href },
    failing: { args: { url: `${server.url.href}fail` } },
    wrong: [
      {},
      { url: "not a url" },
      { url: "file:///etc/passwd" },
      { url: "https://example.com", method: "DELETE" },
      { url: "https://example.com", headers: { Host: "elsewhere" } },
      { url: "https://example.com", headers: { "x-a": "b\r\nx-c: d" } },
      { url: "https://example.com", bogus: true },
    ],
    secrets: [SECRET],
    close: () => server.stop(true),
  };
}

const results = [{ title: "T", link: "https://t.test", url: "https://t.test", snippet: "S", content: "S" }];
const answers: Record<string, unknown> = {
  serper: { organic: results },
  brave: { web: { results } },
  tavily: { results },
  searxng: { results },
};

const searchWorld = (impl: string) => async (): Promise<ToolWorld> => {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const asked = decodeURIComponent(request.url) + (await request.text());
      const headers = JSON.stringify([...request.headers]);
      return asked.includes("fail") ? new Response(headers, { status: 400 }) : Response.json(answers[impl]);
    },
  });
  return {
    setting: { name: "search", impl, options: { base_url: server.url.href, api_key_env: "SEARCH_KEY" } },
    setup: setup({ env: { SEARCH_KEY: SECRET } }),
    good: { query: "cats" },
    failing: { args: { query: "fail" } },
    wrong: [
      {},
      { query: "" },
      { query: 5 },
      { query: "x", max_results: 0 },
      { query: "x", max_results: 1000 },
      [],
    ],
    secrets: [SECRET],
    close: () => server.stop(true),
  };
};

async function readWorld(): Promise<ToolWorld> {
  const dir = tempDir();
  await writeFile(join(dir.path, "notes.txt"), "one\ntwo\n");
  return {
    setting: { name: "file_read", impl: "builtin", options: { allowed_paths: ["."], max_size: 1_048_576 } },
    setup: setup({ baseDir: dir.path }),
    good: { path: "notes.txt" },
    failing: { args: { path: "/etc/passwd" } },
    wrong: [
      {},
      { path: "" },
      { path: 1 },
      { path: "a", offset: 0 },
      { path: "a", limit: 1.5 },
      "notes.txt",
      null,
    ],
    close: async () => dir[Symbol.asyncDispose](),
  };
}

async function writeWorld(): Promise<ToolWorld> {
  const dir = tempDir();
  await mkdir(join(dir.path, "out"));
  return {
    setting: { name: "file_write", impl: "builtin", options: { allowed_paths: ["out"] } },
    setup: setup({ baseDir: dir.path }),
    good: { path: "out/a/b.txt", content: "hello" },
    failing: { args: { path: "../outside.txt", content: "x" } },
    wrong: [{}, { path: "a" }, { path: "a", content: 1 }, { path: "a", content: "", mode: "delete" }],
    close: async () => dir[Symbol.asyncDispose](),
  };
}

async function mcpWorld(): Promise<ToolWorld> {
  const server = await mcpHttp({ era: "modern", token: SECRET });
  return {
    setting: { name: "srv", impl: "mcp", options: { url: server.url, token_env: "MCP_TOKEN" } },
    setup: setup({ env: { MCP_TOKEN: SECRET } }),
    tool: "srv_add",
    good: { a: 1, b: 2 },
    failing: { tool: "srv_fail", args: {} },
    wrong: [{}, { a: "1", b: 2 }, null, []],
    secrets: [SECRET],
    close: () => server.stop(),
  };
}

async function workerWorld(): Promise<ToolWorld> {
  const dir = tempDir();
  const artefacts = { url: "http://127.0.0.1:9/artefacts", token: "token" };
  const describe = { format: "agent2389 model job 1", kind: "describe", artefacts };
  return {
    setting: { name: "tensorrt_worker", impl: "builtin", options: { target: "cpu" } },
    setup: setup({ env: { XDG_CACHE_HOME: dir.path }, baseDir: dir.path }),
    good: describe,
    failing: { args: { ...describe, format: "another" } },
    wrong: [{}, { kind: "describe" }, { format: 1, kind: "build" }, [], null],
    close: async () => dir[Symbol.asyncDispose](),
  };
}

const root = join(import.meta.dir, "../..");

async function deployModelWorld(): Promise<ToolWorld> {
  const dir = tempDir();
  const executable = join(dir.path, "agent2389");
  await writeFile(executable, `#!/bin/sh\nexec '${process.execPath}' '${root}/src/main.ts' "$@"\n`, {
    mode: 0o755,
  });
  await mkdir(join(dir.path, "models"));
  await copyFile(join(root, "test/models/mnist/mnist.onnx"), join(dir.path, "models/mnist.onnx"));
  return {
    setting: { name: "deploy_model", impl: "builtin", options: { allowed_paths: ["models"] } },
    setup: setup({
      env: {
        XDG_CACHE_HOME: join(dir.path, "cache"),
        HOME: dir.path,
        PATH: "/usr/bin:/bin",
        API_KEY: SECRET,
      },
      baseDir: dir.path,
      executable,
    }),
    good: { model_path: "mnist.onnx", target: "cpu", precision: "int8-weights" },
    failing: { args: { model_path: "../../etc/passwd" } },
    wrong: [
      {},
      { model_path: "" },
      { model_path: "a", target: "toaster" },
      { model_path: "a", precision: "int3" },
      { model_path: "a", input_shape: [0] },
      { model_path: "a", more: 1 },
      "a",
    ],
    close: async () => dir[Symbol.asyncDispose](),
  };
}

async function modelCarWorld(): Promise<ToolWorld> {
  const dir = tempDir();
  llamaFolder(join(dir.path, "cars/llama"));
  return {
    setting: {
      name: "model_car",
      impl: "builtin",
      options: { allowed_paths: ["cars"], hub_token_env: "MODELS_TOKEN", pull_secret_env: "REGISTRY_SECRET" },
    },
    setup: setup({
      baseDir: dir.path,
      env: { MODELS_TOKEN: SECRET, REGISTRY_SECRET: btoa(`user:${SECRET}`) },
    }),
    good: { action: "estimate", model: "./llama", gpus: "1x L40S" },
    failing: { args: { action: "check", path: "/etc/passwd", gpus: "L40S" } },
    wrong: [
      {},
      { action: "deploy" },
      { action: "check", gpus: 4 },
      { action: "gpus", vllm_version: "new" },
      [],
    ],
    secrets: [SECRET],
    close: async () => dir[Symbol.asyncDispose](),
  };
}

const worlds: Record<string, () => Promise<ToolWorld>> = {
  http_request: httpWorld,
  web_search: searchWorld("serper"),
  brave: searchWorld("brave"),
  tavily: searchWorld("tavily"),
  searxng: searchWorld("searxng"),
  file_read: readWorld,
  file_write: writeWorld,
  mcp: mcpWorld,
  tensorrt_worker: workerWorld,
  deploy_model: deployModelWorld,
  model_car: modelCarWorld,
  echo: async () => ({
    setting: { name: "echo", impl: "builtin", options: {} },
    setup: setup(),
    good: { message: "hello" },
    wrong: [{}, { message: 1 }, { message: "a", more: 1 }, 7],
  }),
};

for (const [name, makeWorld] of Object.entries(worlds))
  toolContract(name, makeWorld, { canFail: name !== "echo" });

test("every kind of tool runs the contract (FR-009)", async () => {
  expect(Object.keys(worlds).sort()).toEqual(toolFactories.map(({ name }) => name).sort());
  expect(factoryOf({ name: "web_search", impl: "serper" })?.name).toBe("web_search");
});
