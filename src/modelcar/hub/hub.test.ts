import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { readModelFacts } from "../model/read.ts";
import { TINY_BYTES, testWorld, tinyFiles } from "../model/tiny-model.fixture.ts";
import { parseHubReference } from "./read-hub.ts";

interface HubOptions {
  token?: string;
  noRanges?: boolean;
  status?: number;
  /** A file that is not given out, and the status it is refused with. */
  without?: { file: RegExp; status: number };
}

/** The hub's API and files on the loopback; large files come from another origin. */
function hub({ token, noRanges = false, status, without }: HubOptions = {}) {
  const files = new Map(
    tinyFiles().map(({ path, data }) => [
      path.replace("models/", ""),
      typeof data === "string" ? new TextEncoder().encode(data) : data,
    ]),
  );
  files.set("README.md", new TextEncoder().encode("---\nlicense: apache-2.0\n---\n"));
  const seen: { path: string; authorization: string | null; cdn: boolean }[] = [];
  const part = (name: string, request: Request): Response => {
    const bytes = files.get(name);
    if (bytes === undefined) return new Response("", { status: 404 });
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get("range") ?? "") ?? [];
    if (from === undefined || noRanges) return new Response(bytes.slice());
    return new Response(bytes.slice(Number(from), Number(to) + 1), { status: 206 });
  };
  const cdn = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      const { pathname } = new URL(request.url);
      seen.push({ path: pathname, authorization: request.headers.get("authorization"), cdn: true });
      return part(pathname.slice(1), request);
    },
  });
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      const { pathname } = new URL(request.url);
      const authorization = request.headers.get("authorization");
      seen.push({ path: pathname, authorization, cdn: false });
      if (status !== undefined) return Response.json({ error: "the reason" }, { status });
      if (token !== undefined && authorization !== `Bearer ${token}`)
        return new Response("", { status: 401 });
      if (pathname === "/api/models/org/tiny/revision/main") {
        const siblings = [...files].map(([rfilename, { length: size }]) => ({ rfilename, size }));
        return Response.json({ sha: "c0ffee", cardData: { license: "apache-2.0" }, siblings });
      }
      const name = /^\/org\/tiny\/resolve\/c0ffee\/(.+)$/.exec(pathname)?.[1];
      if (name !== undefined && without?.file.test(name) === true)
        return new Response("", { status: without.status });
      if (name?.endsWith(".safetensors"))
        return new Response(null, {
          status: 302,
          headers: { location: `http://127.0.0.1:${cdn.port}/${name}` },
        });
      return name === undefined ? new Response("", { status: 404 }) : part(name, request);
    },
  });
  return {
    seen,
    endpoint: `http://127.0.0.1:${server.port}/`,
    [Symbol.dispose]() {
      server.stop(true);
      cdn.stop(true);
    },
  };
}

test.each<HubOptions>([{}, { noRanges: true }, { token: "hf_secret" }])(
  "reads a model of the hub: %j",
  async (options) => {
    using peer = hub(options);
    const env = {
      HF_ENDPOINT: peer.endpoint,
      ...(options.token !== undefined && { HF_TOKEN: options.token }),
    };
    const facts = await readModelFacts("hf://org/tiny", testWorld({ env }));
    expect(facts.problems).toEqual([]);
    expect(facts).toMatchObject({
      source: "hub",
      digest: "c0ffee",
      licence: "apache-2.0",
      tensors: { bytes: TINY_BYTES, read: "headers" },
    });
    expect(peer.seen.filter(({ cdn, authorization }) => cdn && authorization !== null)).toEqual([]);
    expect(peer.seen.some(({ path }) => path.includes("tokenizer.json"))).toBe(false);
  },
);

test.each([
  [{ token: "x" }, {}, "asks for a token"],
  [{ token: "x" }, { HF_TOKEN: "hf_wrong-secret" }, "refuses the token"],
  [{ status: 403 }, {}, "Accept the model's terms"],
  [{ status: 404 }, {}, "no such model or revision"],
  [{ status: 429 }, {}, "takes no more requests"],
  [{ status: 500 }, {}, "answers with 500 (it says: the reason)"],
] as const)("%j is told with what to do", async (options, env, said) => {
  using peer = hub(options);
  const facts = await readModelFacts(
    "hf://org/tiny-8b-fp8",
    testWorld({ env: { HF_ENDPOINT: peer.endpoint, ...env } }),
  );
  expect(facts.problems[0]).toContain(said);
  expect(facts).toMatchObject({ source: "name", parametersFromName: 8e9 });
  expect(JSON.stringify(facts)).not.toContain("wrong-secret");
});

test("what was read before the hub refuses is kept, and never believed to be all", async () => {
  await using dir = tempDir();
  using peer = hub({ without: { file: /00002-of/, status: 403 } });
  const world = { env: { HF_ENDPOINT: peer.endpoint }, stateFolder: dir.path };
  const facts = await readModelFacts("hf://org/tiny", testWorld(world));
  expect(facts).toMatchObject({ source: "hub", architecture: "LlamaForCausalLM", digest: "c0ffee" });
  expect(facts.problems[0]).toContain("Accept the model's terms");
  expect(facts.doubts?.some(({ code }) => code === "weights-broken")).toBe(true);
  using whole = hub();
  const again = testWorld({ ...world, env: { HF_ENDPOINT: whole.endpoint } });
  expect((await readModelFacts("hf://org/tiny", again)).problems).toEqual([]);
});

test("the token that `hf auth login` wrote is found", async () => {
  await using dir = tempDir();
  using peer = hub({ token: "hf_secret" });
  writeFileSync(join(dir.path, "token"), "hf_secret\n");
  const env = { HF_ENDPOINT: peer.endpoint, HF_HOME: dir.path };
  expect((await readModelFacts("hf://org/tiny", testWorld({ env }))).source).toBe("hub");
});

test("over plain HTTP to another machine the token is not sent", async () => {
  const seen: (string | null)[] = [];
  const fetch = async (_: string, init?: RequestInit) => {
    seen.push(new Headers(init?.headers).get("authorization"));
    return new Response("", { status: 404 });
  };
  await readModelFacts(
    "hf://org/tiny",
    testWorld({ fetch, env: { HF_ENDPOINT: "http://mirror.example", HF_TOKEN: "hf_secret" } }),
  );
  expect(seen).toEqual([null]);
  const facts = await readModelFacts("hf://org/tiny", testWorld({ env: { HF_ENDPOINT: "ftp://x" } }));
  expect(facts.problems[0]).toContain("HF_ENDPOINT is not");
});

test("references of the hub", () => {
  expect(parseHubReference("hf://org/model@v1.0")).toEqual({
    model: "org/model",
    revision: "v1.0",
    file: undefined,
  });
  expect(parseHubReference("hf://org/m-GGUF/m-Q4_K_M.gguf")).toEqual({
    model: "org/m-GGUF",
    revision: "main",
    file: "m-Q4_K_M.gguf",
  });
  for (const wrong of ["hf://model", "hf://a/b/c", "hf://../x", "hf://a/..", "hf://a b/c"])
    expect(() => parseHubReference(wrong)).toThrow("is not a model of the hub");
});
