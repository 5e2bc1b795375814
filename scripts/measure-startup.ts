import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./build.ts";

/**
 * Measures how long the program takes to start, beside a program that does nothing built in the same way:
 *
 *   bun scripts/measure-startup.ts > bench/startup.csv
 *
 * The file is the data that `agent2389 demo` has its agent look at; after measuring anew, run scripts/record-demo.ts.
 */

const RUNS = 10;

async function main(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "startup-"));
  try {
    const programs = await buildPrograms(dir);
    for (const argv of Object.values(programs)) await time(argv); // the first start reads the files from disk
    const rows = ["program,run,milliseconds"];
    for (let run = 1; run <= RUNS; run++) {
      for (const [name, argv] of Object.entries(programs))
        rows.push(`${name},${run},${(await time(argv)).toFixed(1)}`);
    }
    process.stdout.write(`${rows.join("\n")}\n`);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function buildPrograms(dir: string): Promise<Record<string, string[]>> {
  const agent = join(dir, "agent2389");
  const empty = join(dir, "empty");
  await build({ outfile: agent });
  writeFileSync(join(dir, "empty.ts"), "");
  await Bun.build({
    entrypoints: [join(dir, "empty.ts")],
    minify: true,
    bytecode: true,
    format: "esm",
    compile: { outfile: empty },
  });
  return { empty: [empty], version: [agent, "--version"], help: [agent, "--help"] };
}

/** Milliseconds from the start of the process to its end. */
async function time(argv: string[]): Promise<number> {
  const started = performance.now();
  await Bun.spawn(argv, { stdin: "ignore", stdout: "ignore", stderr: "ignore" }).exited;
  return performance.now() - started;
}

await main();
