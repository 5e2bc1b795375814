import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./build.ts";

const dir = mkdtempSync(join(tmpdir(), "build-"));
afterAll(() => rmSync(dir, { recursive: true }));

const [one, two] = [join(dir, "one", "agent2389"), join(dir, "two", "agent2389")];
beforeAll(async () => {
  await build({ outfile: one });
  await build({ outfile: two });
}, 60_000);

test("the same source gives the same file", () => {
  expect(Bun.hash(readFileSync(one))).toBe(Bun.hash(readFileSync(two)));
});

test("it holds no path of the machine that built it", () => {
  const root = join(import.meta.dir, "..");
  expect(readFileSync(one).includes(root)).toBe(false);
});

test("an unknown target is refused with the list", async () => {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "build.ts"), "--target", "amiga"], {
    stdout: "pipe",
    stderr: "pipe",
  });
  expect(await new Response(child.stderr).text()).toMatch(
    /^error: there is no target "amiga"\n {2}hint: Targets: linux-x64, /,
  );
  expect(await child.exited).toBe(2);
});
