import { describe, expect, test } from "bun:test";
import { toolContext } from "../../../test/peers/tool-context.ts";
import { silent } from "../../log/logger.ts";
import { factoryOf } from "../table.ts";

interface Seen {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: Headers;
  body: unknown;
}

/** A search service on the loopback that gives this answer, and what it was asked. */
function peer(answer: () => Response) {
  const seen: Seen[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      const text = await request.text();
      seen.push({
        method: request.method,
        path: pathname,
        query: Object.fromEntries(searchParams),
        headers: request.headers,
        body: text === "" ? undefined : JSON.parse(text),
      });
      return answer();
    },
  });
  return { seen, base: server.url.href, [Symbol.asyncDispose]: async () => server.stop(true) };
}

async function open(
  impl: string,
  options: Record<string, unknown>,
  env: Record<string, string> = {},
  name = "web_search",
) {
  const setting = { name, impl, options };
  const { tools } = await factoryOf(setting)!.open(setting, { env, baseDir: "/", log: silent });
  return tools[0]!;
}

async function search(impl: string, base: string, args: Record<string, unknown>, options = {}) {
  const tool = await open(impl, { base_url: base, api_key_env: "KEY", ...options }, { KEY: "key-0123456" });
  const checked = tool.check(args);
  if (!checked.ok) throw new Error(checked.problems.join("; "));
  return tool.run(checked.value, toolContext());
}

const found = {
  query: "bun runtime",
  results: [
    { title: "Bun", url: "https://bun.sh/", snippet: "A fast JavaScript runtime" },
    { title: "Bun docs", url: "https://bun.sh/docs", snippet: "" },
  ],
};

describe("each service gets its question in its own form, and its answer comes in one", () => {
  test("serper", async () => {
    await using service = peer(() =>
      Response.json({
        searchParameters: { q: "bun runtime", type: "search" },
        knowledgeGraph: { title: "Bun" },
        organic: [
          { title: "Bun", link: "https://bun.sh/", snippet: "A fast JavaScript runtime", position: 1 },
          {
            title: "Bun docs",
            link: "https://bun.sh/docs",
            position: 2,
            sitelinks: [{ title: "x", link: "y" }],
          },
        ],
        credits: 1,
      }),
    );
    const { content, metadata } = await search("serper", service.base, {
      query: "bun runtime",
      max_results: 5,
    });
    expect(JSON.parse(content)).toEqual(found);
    expect(metadata).toEqual({ provider: "serper", results: 2 });
    expect(service.seen).toMatchObject([
      { method: "POST", path: "/search", body: { q: "bun runtime", num: 5 } },
    ]);
    expect(service.seen[0]?.headers.get("x-api-key")).toBe("key-0123456");
  });

  test("brave", async () => {
    await using service = peer(() =>
      Response.json({
        type: "search",
        web: {
          type: "search",
          results: [
            {
              title: "Bun",
              url: "https://bun.sh/",
              description: "A fast JavaScript runtime",
              is_source_local: false,
            },
            { title: "Bun docs", url: "https://bun.sh/docs", description: null },
          ],
        },
      }),
    );
    const { content } = await search("brave", `${service.base}res/v1/`, { query: "bun runtime" });
    expect(JSON.parse(content)).toEqual(found);
    expect(service.seen).toMatchObject([
      { method: "GET", path: "/res/v1/web/search", query: { q: "bun runtime", count: "10" } },
    ]);
    expect(service.seen[0]?.headers.get("x-subscription-token")).toBe("key-0123456");
  });

  test("tavily", async () => {
    await using service = peer(() =>
      Response.json({
        query: "bun runtime",
        answer: null,
        results: [
          { title: "Bun", url: "https://bun.sh/", content: "A fast JavaScript runtime", score: 0.9 },
          { title: "Bun docs", url: "https://bun.sh/docs", content: "", score: 0.8 },
        ],
      }),
    );
    const { content } = await search("tavily", service.base, { query: "bun runtime", max_results: 3 });
    expect(JSON.parse(content)).toEqual(found);
    expect(service.seen).toMatchObject([
      { method: "POST", path: "/search", body: { query: "bun runtime", max_results: 3 } },
    ]);
    expect(service.seen[0]?.headers.get("authorization")).toBe("Bearer key-0123456");
  });

  test("searxng, without a key too", async () => {
    await using service = peer(() =>
      Response.json({
        query: "bun runtime",
        number_of_results: 0,
        results: [
          {
            title: "Bun",
            url: "https://bun.sh/",
            content: "A fast JavaScript runtime",
            engine: "duckduckgo",
          },
          { title: "Bun docs", url: "https://bun.sh/docs" },
          { title: "no address" },
        ],
      }),
    );
    const tool = await open("searxng", { base_url: service.base });
    const { content } = await tool.run({ query: "bun runtime", max_results: 10 }, toolContext());
    expect(JSON.parse(content)).toEqual(found);
    expect(service.seen).toMatchObject([{ path: "/search", query: { q: "bun runtime", format: "json" } }]);
    expect(service.seen[0]?.headers.has("authorization")).toBe(false);
  });
});

test("gives no more than max_results, whatever the service sends", async () => {
  const organic = Array.from({ length: 30 }, (_, i) => ({
    title: `t${i}`,
    link: `https://x.test/${i}`,
    snippet: "s",
  }));
  await using service = peer(() => Response.json({ organic }));
  const { content } = await search("serper", service.base, { query: "x" }, { max_results: 4 });
  expect(JSON.parse(content).results).toHaveLength(4);
});

test("no results are an empty list, not an error", async () => {
  await using service = peer(() => Response.json({ searchParameters: {} }));
  expect(await search("serper", service.base, { query: "x" })).toMatchObject({
    content: '{"query":"x","results":[]}',
  });
});

test.each([
  [401, "", "serper (HTTP 401) refused the key in KEY"],
  [403, "", "serper (HTTP 403) refused the key in KEY"],
  [429, "", "serper (HTTP 429) allows no more searches for now: its rate limit or quota is reached"],
  [503, "", "serper (HTTP 503) is out of order; try again later"],
  [302, "", "serper (HTTP 302) redirects elsewhere: base_url is not the address of its API"],
  [400, "bad key-0123456 query", "serper (HTTP 400) refused the search: bad [redacted] query"],
  [200, "<html>", "serper gave an answer that is not a list of results"],
  [200, '{"organic": "no"}', "serper gave an answer that is not a list of results"],
])("HTTP %p %p is told in words", async (status, body, message) => {
  await using service = peer(() => new Response(body, { status }));
  await expect(search("serper", service.base, { query: "x" })).rejects.toThrow(message);
});

test("searxng without its JSON format says what to change", async () => {
  await using service = peer(() => new Response("", { status: 403 }));
  await expect(search("searxng", service.base, { query: "x" })).rejects.toThrow("json among search.formats");
});

test("a service that is away is told in words, without its key", async () => {
  let base = "";
  {
    await using service = peer(() => new Response());
    base = service.base;
  }
  await expect(search("tavily", base, { query: "x" })).rejects.toThrow(
    `${new URL(base).host}: the connection was refused`,
  );
});

test("a service that hangs is left when the call is cancelled", async () => {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  await using server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => {
      resolve();
      return new Promise<Response>(() => {});
    },
  });
  const tool = await open("serper", { base_url: server.url.href, api_key_env: "KEY" }, { KEY: "k" });
  const abort = new AbortController();
  const running = tool.run({ query: "x", max_results: 1 }, toolContext(abort.signal));
  await asked;
  abort.abort(new Error("out of time"));
  await expect(running).rejects.toThrow("out of time");
});

test.each([
  ["serper", "SERPER_API_KEY"],
  ["brave", "BRAVE_API_KEY"],
  ["tavily", "TAVILY_API_KEY"],
])("%s without its key names the variable and the config key", async (impl, variable) => {
  await expect(open(impl, {})).rejects.toMatchObject({
    message: `no key for ${impl}: the environment variable ${variable} is not set`,
    hint: `Set ${variable}, or name the variable that holds it with api_key_env.`,
  });
});

test("the tool has the name that the config gives it", async () => {
  expect((await open("serper", {}, { SERPER_API_KEY: "k" }, "search")).name).toBe("search");
});
