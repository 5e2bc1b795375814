import { join } from "node:path";

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
  const path = `${process.env["PATH"]}:/usr/sbin:/usr/local/sbin`;
  if (Bun.which("mosquitto", { PATH: path })) return;
  if (process.getuid?.() !== 0 || !Bun.which("apt-get")) {
    console.error(
      "setup: mosquitto is not here, and cannot be installed by this user: the tests that need it will fail",
    );
    return;
  }
  console.error("setup: mosquitto");
  const install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "mosquitto"];
  if ((await quietly(install)) || ((await quietly(["apt-get", "update", "-q"])) && (await quietly(install))))
    return;
  console.error("setup: apt-get could not install mosquitto: the tests that need it will fail");
}

async function quietly(argv: string[]): Promise<boolean> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return (await Bun.spawn(argv, { stdin: "ignore", stdout: "ignore", stderr: "inherit", env }).exited) === 0;
}

/** From the summary that bun prints: ` 12 pass`, ` 1 fail`, ` 2 skip`. */
export function countTests(summary: string): { passed: number; failed: number; skipped: number } {
  const count = (word: string) => Number(summary.match(new RegExp(`^ (\\d+) ${word}$`, "m"))?.[1] ?? 0);
  return { passed: count("pass"), failed: count("fail"), skipped: count("skip") };
}

async function main(): Promise<number> {
  const started = performance.now();
  await installMosquitto();
  const broken =
    (await check("types", ["tsc", "--noEmit"])) + (await check("style", ["biome", "check", "."]));
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
