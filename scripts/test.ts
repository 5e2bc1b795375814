import { join } from "node:path";
import { installPackages, prepareDocker } from "../test/docker/debian.ts";

/**
 * Type check, style and every test, in one go. Arguments are passed on to `bun test`. The last line is
 * `N passed, N failed`, where each failed check counts as one; the exit status is 1 if anything failed.
 */

const ROOT = join(import.meta.dir, "..");

const spawn = (argv: string[]) =>
  Bun.spawn(argv, { cwd: ROOT, stdin: "ignore", stdout: "inherit", stderr: "pipe", env: process.env });

/** Runs a program whose standard error is shown as it comes, and kept. */
async function run(argv: string[]): Promise<{ ok: boolean; stderr: string }> {
  const child = spawn(argv);
  const decoder = new TextDecoder();
  let stderr = "";
  for await (const chunk of child.stderr) {
    process.stderr.write(chunk);
    stderr += decoder.decode(chunk, { stream: true });
  }
  return { ok: (await child.exited) === 0, stderr };
}

async function check(what: string, argv: string[]): Promise<number> {
  const { ok } = await run(argv);
  console.error(`${what}: ${ok ? "ok" : "failed"}`);
  return ok ? 0 : 1;
}

/** The tests speak to a real MQTT broker; where this cannot be installed, those that need it say so. */
async function installMosquitto(): Promise<void> {
  if (await installPackages({ mosquitto: "mosquitto" })) return;
  console.error("setup: mosquitto is not here, and cannot be installed: the tests that need it will fail");
}

/** Models are read out of a real registry, too; where it cannot be installed, those tests are skipped and say so. */
async function installRegistry(): Promise<void> {
  if (await installPackages({ "docker-registry": "docker-registry", skopeo: "skopeo" })) return;
  console.error("setup: docker-registry and skopeo are not here: tests that need them are skipped");
}

/** Tests with real containers need an engine and images; where these cannot be had, they are skipped and say so. */
async function installDocker(): Promise<void> {
  const filters = process.argv.slice(2).filter((argument) => !argument.startsWith("-"));
  if (filters.length > 0 && !filters.some((filter) => filter.includes("docker"))) return;
  if (await prepareDocker()) return;
  console.error("setup: no Docker engine of our own can be had here: tests that need one may be skipped");
}

/** From the summary that bun prints: ` 12 pass`, ` 1 fail`, ` 2 skip`. */
export function countTests(summary: string): { passed: number; failed: number; skipped: number } {
  const count = (word: string) => Number(summary.match(new RegExp(`^ (\\d+) ${word}$`, "m"))?.[1] ?? 0);
  return { passed: count("pass"), failed: count("fail"), skipped: count("skip") };
}

async function main(): Promise<number> {
  const started = performance.now();
  await installMosquitto();
  await installRegistry();
  const docker = installDocker();
  const broken =
    (await check("types", ["tsc", "--noEmit"])) + (await check("style", ["biome", "check", "."]));
  await docker;
  const { ok, stderr } = await run([
    process.execPath,
    "test",
    "--timeout",
    "20000",
    ...process.argv.slice(2),
  ]);
  const { passed, failed, skipped } = countTests(Bun.stripANSI(stderr));
  // An error outside of any test fails the run, but is not in the summary.
  const all = broken + (failed === 0 && !ok ? 1 : failed);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`\n${seconds} s${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  console.log(`${passed} passed, ${all} failed`);
  return all === 0 ? 0 : 1;
}

if (import.meta.main) process.exit(await main());
