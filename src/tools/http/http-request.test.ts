import { afterAll, describe, expect, test } from "bun:test";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { toolContext } from "../../../test/peers/tool-context.ts";
import type { ToolResult } from "../../runtime/ports/tool.ts";
import { type Args, call, type Handler, serve, tool } from "./testing.fixture.ts";

describe("content", () => {
  const pages: Record<string, Response> = {
    "/text": new Response("plain words", { headers: { "content-type": "text/plain" } }),
    "/json": Response.json({ a: [1, 2] }),
    "/html": new Response(
      "<html><head><title>A page</title></head><body><nav>menu</nav><main><h1>Hello</h1><p>Read <a href='more'>more</a>.</p></main></body></html>",
      { headers: { "content-type": "text/html" } },
    ),
    "/image": new Response(new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 0]), {
      headers: { "content-type": "image/png" },
    }),
    "/untyped": new Response(new TextEncoder().encode("<!DOCTYPE html><p>typed by its bytes")),
    "/latin": new Response(new Uint8Array([0x63, 0x61, 0x66, 0xe9]), {
      headers: { "content-type": "text/plain; charset=iso-8859-1" },
    }),
    "/sjis": new Response(
      new Uint8Array([
        ...new TextEncoder().encode("<meta charset=shift_jis><main><p>"),
        0x83,
        0x65,
        0x83,
        0x58,
        0x83,
        0x67,
      ]),
      { headers: { "content-type": "text/html" } },
    ),
    "/missing": new Response("nothing here", { status: 404, headers: { "content-type": "text/plain" } }),
    "/empty": new Response(null, { status: 204 }),
  };
  const server = serve(({ url }) => {
    const page = pages[new URL(url).pathname]!;
    return new Response(page.body && page.clone().body, page);
  });
  afterAll(() => server.stop(true));
  const get = (path: string, args: Args = {}, options: Args = {}) =>
    call({ url: `http://www.public.test:${server.port}${path}`, ...args }, options);

  test("text and JSON come as they are, under a short head", async () => {
    expect(await get("/text")).toEqual({
      content: "HTTP 200 OK\ncontent-type: text/plain\n\nplain words",
      metadata: {
        status: 200,
        host: `www.public.test:${server.port}`,
        bytes: 11,
        redirects: 0,
        truncated: false,
      },
    });
    expect((await get("/json")).content).toEndWith('\n\n{"a":[1,2]}');
  });

  test("a page comes as Markdown of its main content, links made absolute", async () => {
    const { content } = await get("/html");
    expect(content).toContain("title: A page\n\n# Hello");
    expect(content).toContain(`[more](http://www.public.test:${server.port}/more)`);
    expect(content).not.toContain("menu");
    expect((await get("/untyped")).content).toEndWith("\n\ntyped by its bytes");
  });

  test("the page itself, when the model or the config wants it", async () => {
    expect((await get("/html", { extract_content: false })).content).toContain("<nav>menu</nav>");
    expect((await get("/html", {}, { extract_content: false })).content).toContain("<nav>menu</nav>");
    expect((await get("/html", { extract_content: true }, { extract_content: false })).content).toContain(
      "# Hello",
    );
  });

  test("binary data is named, not shown", async () => {
    expect((await get("/image")).content).toEndWith("body: 6 bytes of binary data, not shown");
  });

  test("text is read in its charset", async () => {
    expect((await get("/latin")).content).toEndWith("café");
    expect((await get("/sjis")).content).toEndWith("テスト");
  });

  test("an error status is an error, with what the server says", async () => {
    const result = await get("/missing");
    expect(result.isError).toBe(true);
    expect(result.content).toBe("HTTP 404 Not Found\ncontent-type: text/plain\n\nnothing here");
  });

  test("an answer without a body", async () => {
    expect((await get("/empty")).content).toBe("HTTP 204 No Content");
  });

  test("HEAD gives the headers", async () => {
    const { content } = await get("/json", { method: "HEAD" });
    expect(content).toContain("content-type: application/json");
    expect(content).toContain("content-length: 11");
  });
});

describe("limits", () => {
  test("reads no more than max_response_size, also of what unpacks to much more (FR-011)", async () => {
    const bomb = gzipSync(Buffer.alloc(64 << 20, "a"));
    await using server = serve(
      () => new Response(bomb, { headers: { "content-encoding": "gzip", "content-type": "text/plain" } }),
    );
    const result = await call(
      { url: `http://www.public.test:${server.port}/` },
      { max_response_size: 5000, max_content_chars: 100_000 },
    );
    expect(result.metadata).toMatchObject({ bytes: 5000, truncated: true });
    expect(result.content).toContain("note: the response was larger than 5000 bytes");
    expect(result.content).toEndWith("a".repeat(5000));
  });

  test("stops reading a body without end, and the server notices", async () => {
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    const server = createServer((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write("endless ".repeat(1000)));
      };
      response.on("drain", more).on("close", leave);
      more();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const result = await call({ url: `http://www.public.test:${port}/` }, { max_response_size: 2000 });
    expect(result.metadata).toMatchObject({ bytes: 2000, truncated: true });
    await left;
    server.close();
  });

  test("shows max_content_chars at once, and the rest from start_index on", async () => {
    const text = Array.from({ length: 100 }, (_, i) => `line ${i}`).join("\n");
    await using server = serve(() => new Response(text));
    const url = `http://www.public.test:${server.port}/`;
    const body = ({ content }: ToolResult) => content.slice(content.indexOf("\n\n") + 2);
    const first = body(await call({ url }, { max_content_chars: 500 }));
    expect(first).toStartWith("line 0\n");
    expect(first).toEndWith(
      `[characters 0 to 500 of ${text.length}; call again with start_index 500 for more]`,
    );
    const second = body(await call({ url, start_index: 500 }, { max_content_chars: 500 }));
    expect(first.slice(0, 500) + second).toBe(text);
  });

  test("a hanging server is left when the call is cancelled", async () => {
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
    await using server = serve(() => {
      ask();
      return new Promise(() => {});
    });
    const abort = new AbortController();
    const made = await tool();
    const checked = made.check({ url: `http://www.public.test:${server.port}/` });
    const called = made.run(checked.ok && checked.value, toolContext(abort.signal));
    await asked;
    abort.abort(new Error("out of time"));
    await expect(called).rejects.toThrow("out of time");
  });

  test("its time limit is told to the runtime", async () => {
    expect((await tool({ timeout: 2.5 })).timeoutMs).toBe(2500);
  });
});

describe("methods and bodies", () => {
  const mirror: Handler = async (request) =>
    Response.json({
      method: request.method,
      type: request.headers.get("content-type"),
      body: await request.text(),
    });

  test("only GET and HEAD unless the config says more (FR-011)", async () => {
    const made = await tool();
    expect(made.check({ url: "https://a.public.test/", method: "POST" })).toMatchObject({ ok: false });
    expect(made.check({ url: "https://a.public.test/", body: "x" })).toMatchObject({ ok: false });
    expect(
      (await tool({ methods: ["POST"] })).check({ url: "https://a.public.test/", method: "POST", body: "x" })
        .ok,
    ).toBe(true);
  });

  test("a body is sent, with a content type that fits it", async () => {
    await using server = serve(mirror);
    const post = async (args: Args) => {
      const { content } = await call(
        { url: `http://www.public.test:${server.port}/`, method: "POST", ...args },
        { methods: ["GET", "POST"] },
      );
      return JSON.parse(content.slice(content.indexOf("\n\n")));
    };
    expect(await post({ body: '{"a":1}' })).toEqual({
      method: "POST",
      type: "application/json",
      body: '{"a":1}',
    });
    expect(await post({ body: "words" })).toMatchObject({ type: "text/plain; charset=utf-8" });
    expect(
      await post({ body: "a=1", headers: { "Content-Type": "application/x-www-form-urlencoded" } }),
    ).toMatchObject({
      type: "application/x-www-form-urlencoded",
    });
  });

  test.each([
    "Host",
    "content-length",
    "Transfer-Encoding",
    "Connection",
    "Proxy-Authorization",
    "X-Forwarded-For",
    "Metadata-Flavor",
  ])("the header %p is not for the model to set", async (name) => {
    const checked = (await tool()).check({ url: "https://a.public.test/", headers: { [name]: "x" } });
    expect(checked).toMatchObject({ ok: false });
  });
});
