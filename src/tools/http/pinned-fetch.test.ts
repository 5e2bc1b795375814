import { afterAll, beforeAll, expect, test } from "bun:test";
import { networkInterfaces } from "node:os";
import { type Certificate, type TestCa, testCa } from "../../../test/peers/certificates.ts";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { fetchPinned } from "./pinned-fetch.ts";

const dir = tempDir();
let authority: TestCa;
let good: Certificate;
let byAddress: Certificate;

beforeAll(async () => {
  authority = await testCa(dir.path);
  good = await authority.issue("DNS:good.test", "DNS:*.wild.test");
  byAddress = await authority.issue("IP:127.0.0.1");
});
afterAll(async () => dir[Symbol.asyncDispose]());

const serve = (hostname: string, tls?: Certificate, port = 0) =>
  Bun.serve({
    port,
    hostname,
    ...(tls && { tls }),
    fetch: (request) =>
      new Response(`${hostname} ${request.headers.get("host")} ${new URL(request.url).pathname}`),
  });

const get = (url: string, addresses: string[], ca?: string) =>
  fetchPinned(
    { url: new URL(url), addresses },
    {
      method: "GET",
      headers: new Headers(),
      signal: new AbortController().signal,
      ...(ca !== undefined && { ca }),
    },
    fetch,
  ).then((response) => response.text());

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "ok",
    (error) => error.code,
  );

test("connects to the address it was given, whatever the name says", async () => {
  await using server = serve("127.0.0.1");
  expect(await get(`http://no-such-host.test:${server.port}/a?b`, ["127.0.0.1"])).toBe(
    `127.0.0.1 no-such-host.test:${server.port} /a`,
  );
  // localhost would resolve to where the server is: only the address counts.
  expect(await codeOf(get(`http://localhost:${server.port}/`, ["127.0.0.2"]))).toBe("ECONNREFUSED");
});

test("of two addresses it takes the second when the first refuses the connection", async () => {
  await using server = serve("127.0.0.1");
  expect(await get(`http://two.test:${server.port}/`, ["127.0.0.3", "127.0.0.1"])).toStartWith(
    "127.0.0.1 two.test",
  );
});

/** Containers often have none. */
const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === "::1"),
);

test.if(hasIpv6)("connects to an IPv6 address", async () => {
  await using server = serve("::1");
  expect(await get(`http://six.test:${server.port}/`, ["::1"])).toStartWith("::1 six.test");
});

test("TLS: the certificate must be for the name, though the connection is to the address (NFR-004)", async () => {
  await using server = serve("127.0.0.1", good);
  const at = (host: string, ca?: string) => get(`https://${host}:${server.port}/`, ["127.0.0.1"], ca);
  expect(await at("good.test", authority.ca)).toStartWith("127.0.0.1 good.test");
  expect(await at("good.test.", authority.ca)).toStartWith("127.0.0.1 good.test");
  expect(await at("a.wild.test", authority.ca)).toStartWith("127.0.0.1 a.wild.test");
  expect(await codeOf(at("bad.test", authority.ca))).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
  // A connection that good.test opened must not serve bad.test.
  expect(await codeOf(at("bad.test", authority.ca))).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
  expect(await codeOf(at("good.test"))).not.toBe("ok");
});

test("TLS: a URL of an address wants a certificate for the address", async () => {
  await using named = serve("127.0.0.1", good);
  await using addressed = serve("127.0.0.1", byAddress);
  expect(await get(`https://127.0.0.1:${addressed.port}/`, ["127.0.0.1"], authority.ca)).toStartWith(
    "127.0.0.1",
  );
  expect(await codeOf(get(`https://127.0.0.1:${named.port}/`, ["127.0.0.1"], authority.ca))).toBe(
    "ERR_TLS_CERT_ALTNAME_INVALID",
  );
});

test("does not follow redirects, and sends no proxy what it was not told to", async () => {
  await using server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => new Response(null, { status: 302, headers: { location: "http://127.0.0.2/" } }),
  });
  const seen: BunFetchRequestInit[] = [];
  const response = await fetchPinned(
    { url: server.url, addresses: ["127.0.0.1"] },
    { method: "GET", headers: new Headers(), signal: new AbortController().signal },
    (url, init) => {
      seen.push(init!);
      return fetch(url, init);
    },
  );
  expect(response.status).toBe(302);
  expect(seen[0]).toMatchObject({ redirect: "manual", proxy: false, keepalive: false });
});
