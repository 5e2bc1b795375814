import { describe, expect, test } from "bun:test";
import { call, PUBLIC, serve } from "./testing.fixture.ts";

describe("redirects", () => {
  const redirect = (location: string, status = 302) => new Response(null, { status, headers: { location } });

  test("are followed, and the last address is told", async () => {
    await using server = serve((request) => {
      const { pathname } = new URL(request.url);
      return pathname === "/end" ? new Response("here") : redirect(pathname === "/" ? "/next" : "/end");
    });
    const result = await call({ url: `http://www.public.test:${server.port}/` });
    expect(result.content).toContain(`url: http://www.public.test:${server.port}/end`);
    expect(result.metadata).toMatchObject({ redirects: 2 });
  });

  test.each([
    "http://127.0.0.1:1/",
    "http://localhost/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::ffff:169.254.169.254]/",
    "http://2130706433/",
    "http://inner.test/",
    "//10.0.0.1/",
    "file:///etc/passwd",
    "http://user:pass@www.public.test/",
  ])("to %p is refused, though the first hop was allowed (FR-011)", async (location) => {
    await using server = serve(() => redirect(location));
    await expect(call({ url: `http://www.public.test:${server.port}/` })).rejects.toThrow(
      /refused|metadata|only http|user name/,
    );
  });

  test("without end are given up", async () => {
    let hops = 0;
    await using server = serve(() => {
      hops += 1;
      return redirect("/again");
    });
    await expect(call({ url: `http://www.public.test:${server.port}/` })).rejects.toThrow(
      "more than 5 redirects",
    );
    expect(hops).toBe(6);
  });

  test("are shown, not followed, when max_redirects is 0", async () => {
    await using server = serve(() => redirect("/next"));
    const { content } = await call({ url: `http://www.public.test:${server.port}/` }, { max_redirects: 0 });
    expect(content).toStartWith("HTTP 302 Found\nlocation: /next");
  });

  const METHODS = { methods: ["GET", "HEAD", "POST", "PUT"] };
  test.each([
    [301, "POST", "GET", ""],
    [302, "POST", "GET", ""],
    [303, "PUT", "GET", ""],
    [303, "HEAD", "HEAD", ""],
    [307, "POST", "POST", "data"],
    [308, "PUT", "PUT", "data"],
    [302, "PUT", "PUT", "data"],
  ])("%p turns %p into %p", async (status, method, after, bodyAfter) => {
    const seen: { method: string; body: string; type: string | null }[] = [];
    await using server = serve(async (request) => {
      if (new URL(request.url).pathname === "/") return redirect("/end", status);
      seen.push({
        method: request.method,
        body: await request.text(),
        type: request.headers.get("content-type"),
      });
      return new Response("ok");
    });
    const body = method === "HEAD" ? {} : { body: "data" };
    await call({ url: `http://www.public.test:${server.port}/`, method, ...body }, METHODS);
    const type = bodyAfter === "" ? null : "text/plain; charset=utf-8";
    expect(seen).toEqual([{ method: after, body: bodyAfter, type }]);
  });

  test("to a method that is not allowed are refused", async () => {
    await using server = serve(() => redirect("/end", 303));
    const posted = call(
      { url: `http://www.public.test:${server.port}/`, method: "POST" },
      { methods: ["POST"] },
    );
    await expect(posted).rejects.toThrow("a redirect asks for GET, which is not allowed");
  });

  test("to another origin leave credentials and all personal headers behind (NFR-005)", async () => {
    const seen: Headers[] = [];
    await using second = serve((request) => {
      seen.push(request.headers);
      return new Response("ok");
    });
    await using first = serve((request) => {
      seen.push(request.headers);
      return redirect(`http://other.public.test:${second.port}/`);
    });
    await call(
      {
        url: `http://www.public.test:${first.port}/`,
        headers: {
          Authorization: "Bearer of-the-model",
          Cookie: "a=b",
          "X-Api-Key": "k",
          "Accept-Language": "de",
        },
      },
      { allowed_hosts: PUBLIC, headers_env: { "X-Own": "OWN" } },
      { env: { OWN: "own-secret" } },
    );
    expect(Object.fromEntries(seen[0]!)).toMatchObject({
      authorization: "Bearer of-the-model",
      cookie: "a=b",
      "x-own": "own-secret",
    });
    expect([...seen[1]!.keys()].filter((name) => /auth|cookie|x-/.test(name))).toEqual([]);
    expect(Object.fromEntries(seen[1]!)).toMatchObject({
      "accept-language": "de",
      "user-agent": "agent2389",
    });
  });
});

test("a name that resolves anew between check and connection is not followed there (DNS rebinding)", async () => {
  const hits: string[] = [];
  const note = (name: string) => (): Response => {
    hits.push(name);
    return new Response(name);
  };
  await using checked = serve(note("checked"), "127.0.0.1");
  await using inner = Bun.serve({ port: checked.port, hostname: "127.0.0.2", fetch: note("inner") });
  const answers = [["127.0.0.1"], ["127.0.0.2"]];
  const { content } = await call(
    { url: `http://rebind.public.test:${checked.port}/` },
    {},
    { resolve: async () => answers.shift() ?? ["127.0.0.2"] },
  );
  expect(content).toEndWith("checked");
  expect(hits).toEqual(["checked"]);
  expect(answers).toHaveLength(1); // resolved once, and never again
  expect(inner.port).toBe(checked.port!);
});
