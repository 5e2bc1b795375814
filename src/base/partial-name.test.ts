import { expect, test } from "bun:test";
import { readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../../test/peers/temp-dir.ts";
import { partialName, removeAbandoned } from "./partial-name.ts";

const now = Date.now();
/** As another process would have called it. */
const of = (pid: number, name = "out") => partialName(name).replace(`-${process.pid}.`, `-${pid}.`);
const elsewhere = (name: string) => name.replace(/^\.out\.[0-9a-f]{8}-/, ".out.00000000-");

/** One that has ended. */
function ended(): number {
  return Bun.spawnSync(["true"]).pid;
}

test("what a killed process left of the same goes, all else stays", async () => {
  await using dir = tempDir();
  const gone = ended();
  const [far, old] = [elsewhere(of(gone)), elsewhere(of(gone))];
  const kept = [partialName("out"), of(gone, "out2"), of(gone, "other"), ".out.txt", "out.partial", far];
  for (const name of [...kept, of(gone), old]) writeFileSync(join(dir.path, name), "");
  utimesSync(join(dir.path, old), now / 1000 - 8 * 86_400, now / 1000 - 8 * 86_400);
  await removeAbandoned(dir.path, "out", now);
  expect(readdirSync(dir.path).sort()).toEqual(kept.sort());
});

test("what it had put aside is put back where nothing has taken its place", async () => {
  await using dir = tempDir();
  const gone = ended();
  writeFileSync(join(dir.path, `${of(gone)}.old`), "before");
  await removeAbandoned(dir.path, "out", now);
  expect(readdirSync(dir.path)).toEqual(["out"]);
  writeFileSync(join(dir.path, `${of(gone)}.old`), "before");
  await removeAbandoned(dir.path, "out", now);
  expect(readdirSync(dir.path)).toEqual(["out"]);
  await removeAbandoned("/nowhere", "out", now);
});
