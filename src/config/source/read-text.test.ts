import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../load.ts";
import { ConfigError } from "../problems/problem.ts";
import { MINIMAL, noFeatures } from "../testing.fixture.ts";
import { MAX_CONFIG_BYTES } from "./read-text.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "config-"));
  await writeFile(join(folder, "researcher.toml"), MINIMAL);
  await writeFile(join(folder, "notes.txt"), "x");
});
afterAll(() => rm(folder, { recursive: true }));

const load = (file: string) => loadConfig(file, { env: {}, cwd: folder, features: noFeatures });

async function errorOf(file: string): Promise<string> {
  try {
    await load(file);
  } catch (thrown) {
    if (thrown instanceof ConfigError)
      return thrown.message.replaceAll(`${folder}/`, "").replaceAll(folder, ".");
    throw thrown;
  }
  throw new Error(`${file} loads`);
}

async function withBytes(name: string, bytes: Uint8Array | string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, bytes);
  try {
    return await errorOf(file);
  } finally {
    await rm(file);
  }
}

const MAKE_ONE = "make one with: agent2389 new basic my-agent -o my-agent.toml";

test("a file is loaded, and called as it was named", async () => {
  const file = join(folder, "researcher.toml");
  expect(await load(file)).toMatchObject({ file, text: MINIMAL, config: { agent: { id: "a" } } });
});

test("no such file: the one that was probably meant is named", async () => {
  expect(await errorOf(join(folder, "reseacher.toml"))).toBe(
    "reseacher.toml: no such file; did you mean researcher.toml?",
  );
  expect(await errorOf(join(folder, "x.toml"))).toBe(`x.toml: no such file; ${MAKE_ONE}`);
  expect(await errorOf(join(folder, "no/such/x.toml"))).toBe(`no/such/x.toml: no such file; ${MAKE_ONE}`);
  expect(await errorOf(join(folder, "notes.txt/x.toml"))).toBe(`notes.txt/x.toml: no such file; ${MAKE_ONE}`);
});

test("a folder: a config in it is named", async () => {
  expect(await errorOf(folder)).toBe(".: a folder, not a file; name a file in it, as researcher.toml");
});

test.each([
  ["", "empty"],
  [" \n\t\n", "white space"],
])("a file without text (%#)", async (text) => {
  expect(await withBytes("empty.toml", text)).toBe(`empty.toml: the file is empty; ${MAKE_ONE}`);
});

test("a file that is too large, and one that never ends", async () => {
  const large = "larger than 1 MiB: not an agent's config; name the agent's TOML file";
  expect(await withBytes("large.toml", "#".repeat(MAX_CONFIG_BYTES + 1))).toBe(`large.toml: ${large}`);
  expect(await errorOf("/dev/zero")).toBe(`/dev/zero: ${large}`);
});

test("the largest file that is allowed loads", async () => {
  const file = join(folder, "full.toml");
  await writeFile(file, MINIMAL.padEnd(MAX_CONFIG_BYTES, "#"));
  expect((await load(file)).config.agent.id).toBe("a");
});

test("bytes that are not UTF-8: their line is told", async () => {
  const latin1 = Buffer.from(`${MINIMAL}# caf\xe9`, "latin1");
  expect(await withBytes("latin1.toml", latin1)).toBe(
    "latin1.toml:8:1: a byte that is not UTF-8; TOML is UTF-8; save the file as UTF-8",
  );
  const utf16 = Buffer.from(`\ufeff${MINIMAL}`, "utf16le");
  expect(await withBytes("utf16.toml", utf16)).toBe(
    "utf16.toml:1:1: the text is UTF-16; TOML is UTF-8; save the file as UTF-8",
  );
});

test("a file that this user may not read", async () => {
  const file = join(folder, "locked.toml");
  await writeFile(file, MINIMAL);
  await chmod(file, 0);
  // Root reads everything: then there is nothing to refuse.
  if (process.getuid?.() === 0) expect((await load(file)).config.agent.id).toBe("a");
  else
    expect(await errorOf(file)).toBe(
      "locked.toml: not allowed to read the file; give this user the right to read it",
    );
});
