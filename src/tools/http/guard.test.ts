import { expect, test } from "bun:test";
import fc from "fast-check";
import { checkDestination, type HostPolicy, RefusedUrl } from "./guard.ts";
import { parseHostPattern } from "./host-pattern.ts";

const patterns = (...texts: string[]) => texts.map((text) => parseHostPattern(text)!);
const open: HostPolicy = { allowPrivate: false };
const signal = new AbortController().signal;
const resolvesTo =
  (...addresses: string[]) =>
  async () =>
    addresses;
const neverAsked = () => Promise.reject(new Error("nothing was to be resolved"));

const check = (url: string, policy = open, resolve: (host: string) => Promise<string[]> = neverAsked) =>
  checkDestination(new URL(url), policy, resolve, signal);

test.each([
  "http://127.0.0.1/",
  "http://127.1/",
  "http://2130706433/",
  "http://0x7f000001/",
  "http://0x7f.1/",
  "http://0177.0.0.1/",
  "http://017700000001/",
  "http://127.0.0.1./",
  "http://①②⑦.⓪.⓪.①/",
  "http://127。0。0。1/",
  "http://%31%32%37.0.0.1/",
  "http://[::1]/",
  "http://[0:0:0:0:0:0:0:1]/",
  "http://[::ffff:127.0.0.1]/",
  "http://[::ffff:7f00:1]/",
  "http://[64:ff9b::7f00:1]/",
  "http://[2002:7f00:1::]/",
  "http://[::127.0.0.1]/",
  "http://[fe80::1]/",
  "http://[fd00:ec2::254]/latest/meta-data/",
  "http://0/",
  "http://0.0.0.0:8080/",
  "http://10.0.0.1/",
  "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
  "http://2852039166/latest/meta-data/",
  "http://0xA9FEA9FE/",
  "http://[::ffff:a9fe:a9fe]/",
  "https://192.168.1.1/admin",
  "http://metadata.google.internal/computeMetadata/v1/",
  "http://METADATA.google.internal./",
  "http://metadata/",
  "http://user:password@example.com/",
])("refuses %p before anything is resolved", async (url) => {
  await expect(check(url)).rejects.toBeInstanceOf(RefusedUrl);
});

test.each([
  "file:///etc/passwd",
  "ftp://example.com/",
  "gopher://example.com/",
  "data:text/html,x",
  "unix:/run/docker.sock",
])("refuses the scheme of %p", async (url) => {
  await expect(check(url)).rejects.toThrow("only http:// and https://");
});

test.each([
  "127.0.0.1",
  "::1",
  "10.1.2.3",
  "169.254.169.254",
  "100.64.0.1",
  "fd12::1",
  "::ffff:10.0.0.1",
  "93.184.216.34, 127.0.0.1",
  "2606:4700::1, ::ffff:169.254.169.254",
])("refuses a name that resolves to %p", async (addresses) => {
  await expect(
    check("https://example.com/", open, resolvesTo(...addresses.split(", "))),
  ).rejects.toBeInstanceOf(RefusedUrl);
});

test("gives the addresses that were checked, IPv4 first, having resolved once", async () => {
  let asked = 0;
  const { addresses } = await check("https://example.com./x", open, async (host) => {
    asked += 1;
    expect(host).toBe("example.com");
    return ["2606:4700::1", "93.184.216.34"];
  });
  expect(addresses).toEqual(["93.184.216.34", "2606:4700::1"]);
  expect(asked).toBe(1);
});

test("a host that has no address, or cannot be resolved, is said to be so", async () => {
  await expect(check("https://nowhere.test/", open, resolvesTo())).rejects.toThrow(
    "nowhere.test has no address",
  );
  const notFound = () => Promise.reject(Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" }));
  await expect(check("https://nowhere.test/", open, notFound)).rejects.toThrow(
    "nowhere.test could not be found (ENOTFOUND)",
  );
});

test("a resolver that hangs does not hold up a cancelled call", async () => {
  const abort = new AbortController();
  const checked = checkDestination(
    new URL("https://slow.test/"),
    open,
    () => new Promise(() => {}),
    abort.signal,
  );
  abort.abort(new Error("cancelled"));
  await expect(checked).rejects.toThrow("cancelled");
});

test("allow_private opens private addresses, all or of these hosts, but no metadata service", async () => {
  const all: HostPolicy = { allowPrivate: true };
  const some: HostPolicy = { allowPrivate: patterns("intranet.test", "127.0.0.1:9000") };
  const inner = resolvesTo("10.0.0.5");
  expect((await check("http://intranet.test/", all, inner)).addresses).toEqual(["10.0.0.5"]);
  expect((await check("http://intranet.test/", some, inner)).addresses).toEqual(["10.0.0.5"]);
  expect((await check("http://127.0.0.1:9000/", some)).addresses).toEqual(["127.0.0.1"]);
  await expect(check("http://127.0.0.1:9001/", some)).rejects.toBeInstanceOf(RefusedUrl);
  await expect(check("http://other.test/", some, inner)).rejects.toBeInstanceOf(RefusedUrl);
  await expect(check("http://169.254.169.254/", all)).rejects.toBeInstanceOf(RefusedUrl);
  await expect(check("http://metadata.google.internal/", all)).rejects.toBeInstanceOf(RefusedUrl);
  await expect(check("http://intranet.test/", all, resolvesTo("169.254.169.254"))).rejects.toBeInstanceOf(
    RefusedUrl,
  );
});

test("allowed_hosts shuts out all others, and opens an address that it names itself", async () => {
  const policy: HostPolicy = { allowed: patterns("*.example.com", "127.0.0.1:9000"), allowPrivate: false };
  const outer = resolvesTo("93.184.216.34");
  expect((await check("https://api.example.com/", policy, outer)).addresses).toEqual(["93.184.216.34"]);
  expect((await check("http://127.0.0.1:9000/", policy)).addresses).toEqual(["127.0.0.1"]);
  await expect(check("https://example.org/", policy, outer)).rejects.toThrow("*.example.com, 127.0.0.1:9000");
  // Whoever owns the name decides what it resolves to.
  await expect(check("https://api.example.com/", policy, resolvesTo("10.0.0.1"))).rejects.toBeInstanceOf(
    RefusedUrl,
  );
});

test("what a refusal says holds no address that was resolved", async () => {
  const refusal = await check("https://intranet.test/", open, resolvesTo("10.9.8.7")).catch(
    (error) => error.message,
  );
  expect(refusal).toBe(
    "intranet.test is refused: it is a private network address, which allow_private in the config would open",
  );
});

test("whatever the spelling of an IPv4 address in a URL, loopback is refused", () => {
  const radix = fc.constantFrom(
    (n: number) => String(n),
    (n: number) => `0x${n.toString(16)}`,
    (n: number) => `0${n.toString(8)}`,
  );
  fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0x7f000000, max: 0x7fffffff }),
      fc.integer({ min: 1, max: 4 }),
      fc.array(radix, { minLength: 4, maxLength: 4 }),
      async (address, parts, radixes) => {
        const host = spell(address, parts)
          .map((part, i) => radixes[i]!(part))
          .join(".");
        return check(`http://${host}/`).then(
          () => false,
          (error) => error instanceof RefusedUrl,
        );
      },
    ),
  );
});

/** 127.0.0.1 in one to four parts: the last stands for all bytes that are left. */
function spell(address: number, parts: number): number[] {
  const bytes = [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff);
  const last = bytes.slice(parts - 1).reduce((sum, byte) => sum * 256 + byte, 0);
  return [...bytes.slice(0, parts - 1), last];
}
