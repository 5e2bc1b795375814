import { expect, test } from "bun:test";
import { testCa } from "../../../test/peers/certificates.ts";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { toolContext } from "../../../test/peers/tool-context.ts";
import { silent } from "../../log/logger.ts";
import { httpRequest } from "./factory.ts";
import { type Args, call, PUBLIC, serve, tool } from "./testing.fixture.ts";

test("the real resolver is used when none is given: localhost is refused, though a server is there", async () => {
  await using server = serve(() => new Response("inner"));
  const made = await httpRequest.open(
    { name: "http_request", impl: "builtin", options: {} },
    { env: {}, baseDir: "/", log: silent },
  );
  const run = made.tools[0]!.run({ url: `http://localhost:${server.port}/`, method: "GET" }, toolContext());
  await expect(run).rejects.toThrow(`localhost:${server.port} is refused`);
});

test("headers of the config reach the hosts that are allowed, and no answer shows them (NFR-005)", async () => {
  await using server = serve((request) => new Response(`you are ${request.headers.get("authorization")}`));
  const { content } = await call(
    { url: `http://api.public.test:${server.port}/`, headers: { authorization: "Bearer forged" } },
    { allowed_hosts: PUBLIC, headers_env: { Authorization: "API_AUTH" } },
    { env: { API_AUTH: "Bearer top-secret-1" } },
  );
  expect(content).toEndWith("you are [redacted]");
  const ordinary = await call(
    { url: `http://api.public.test:${server.port}/` },
    { headers: { Accept: "text/plain", "X-Tenant": "tenant-blue" } },
  );
  expect(ordinary.content).toContain("content-type: text/plain");
});

test("a missing variable names the header, the variable and the key (FR-002)", async () => {
  const opening = tool({ allowed_hosts: PUBLIC, headers_env: { Authorization: "API_AUTH" } });
  await expect(opening).rejects.toMatchObject({
    message: "no value for the header Authorization: the environment variable API_AUTH is not set",
    hint: "Set API_AUTH, or name the variable that holds it with headers_env.Authorization.",
  });
});

test("what goes wrong on the way is told in words", async () => {
  await using other = serve(() => new Response("x"));
  const port = other.port;
  await other.stop(true);
  await expect(call({ url: `http://www.public.test:${port}/` })).rejects.toThrow(
    `www.public.test:${port}: the connection was refused`,
  );
});

test("TLS with a private authority by ca_file; any other is refused (NFR-004)", async () => {
  await using dir = tempDir();
  const authority = await testCa(dir.path);
  const tls = await authority.issue("DNS:www.public.test");
  await using server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    tls,
    fetch: () => new Response("over TLS"),
  });
  const get = (host: string, options: Args = {}) =>
    call({ url: `https://${host}:${server.port}/` }, options, { baseDir: dir.path });
  expect((await get("www.public.test", { ca_file: "ca.pem" })).content).toEndWith("over TLS");
  await expect(get("mail.public.test", { ca_file: "ca.pem" })).rejects.toThrow(
    "certificate is for another host",
  );
  await expect(get("www.public.test")).rejects.toThrow("certificate");
  await expect(get("www.public.test", { ca_file: "none.pem" })).rejects.toThrow(
    "none.pem: there is no such file",
  );
});

test("through a proxy: it gets the name, and private addresses are refused all the same", async () => {
  const asked: string[] = [];
  await using proxy = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      asked.push(request.url);
      return new Response("by proxy");
    },
  });
  const options = { proxy: proxy.url.href, allow_private: false };
  const unresolved = { resolve: () => Promise.reject(new Error("only the proxy resolves")) };
  expect((await call({ url: "http://far.test/x" }, options, unresolved)).content).toEndWith("by proxy");
  await expect(call({ url: "http://169.254.169.254/" }, options)).rejects.toThrow("refused");
  await expect(call({ url: "http://127.0.0.1/" }, options)).rejects.toThrow("refused");
  expect(asked).toEqual(["http://far.test/x"]);
});
