import { createHash } from "node:crypto";
import { mkdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { programs } from "../src/cli/index.ts";
import { licences } from "./notices.ts";
import { onnxRuntime, type Platform } from "./onnxruntime.ts";

/**
 * Builds the program as one file that needs nothing else:
 *
 *   bun scripts/build.ts                            dist/agent2389, for this machine, and dist/agent-deploy, a link to it
 *   bun scripts/build.ts --target linux-arm64       dist/agent2389-linux-arm64
 *   bun scripts/build.ts --all                      every target, and dist/SHA256SUMS
 */

const ROOT = join(import.meta.dir, "..");
const DIST = join(ROOT, "dist");

/** Names as people write them, and Bun's. There is no extra build for old x64 processors: Bun looks at run time. */
const TARGETS = {
  "linux-x64": "bun-linux-x64",
  "linux-x64-musl": "bun-linux-x64-musl",
  "linux-arm64": "bun-linux-arm64",
  "linux-arm64-musl": "bun-linux-arm64-musl",
  "darwin-x64": "bun-darwin-x64",
  "darwin-arm64": "bun-darwin-arm64",
  "windows-x64": "bun-windows-x64",
} as const satisfies Record<string, Bun.Build.CompileTarget>;
type Target = keyof typeof TARGETS;

export interface BuildOptions {
  outfile: string;
  /** Absent: this machine's. */
  target?: Target | undefined;
}

/** The same source gives the same file, if the name is the same: nothing of the time or place of the build goes in. */
export async function build({ outfile, target }: BuildOptions): Promise<void> {
  const { commit, date } = await sourceVersion();
  const result = await Bun.build({
    // The program, and what runs in threads of its own: `new Worker` finds it by its place below src.
    entrypoints: [join(ROOT, "src/main.ts"), join(ROOT, "src/models/calibrate/collector-worker.ts")],
    minify: true,
    bytecode: true,
    splitting: true,
    format: "esm",
    sourcemap: "none",
    plugins: [onnxRuntime(platformOf(target)), licences()],
    define: {
      BUILD_COMMIT: JSON.stringify(commit),
      BUILD_DATE: JSON.stringify(date),
      // Bun would write the folder of the source on this machine into the program.
      __dirname: '"/"',
    },
    compile: {
      outfile,
      ...(target && { target: TARGETS[target] }),
      // Compiling what runs a few times while a command starts takes longer than it saves; src/program.ts ends it.
      jitPolicy: 20,
      // The folder the program is started in is the user's, and may be anybody's: nothing in it is ours to load.
      autoloadDotenv: false,
      autoloadBunfig: false,
      autoloadTsconfig: false,
      autoloadPackageJson: false,
    },
  });
  if (!result.success) throw new AggregateError(result.logs, "the build failed");
}

function platformOf(target: Target | undefined): Platform {
  if (target === undefined) return { platform: process.platform, arch: process.arch, musl: false };
  const [platform, arch = "", libc] = target.split("-");
  return { platform: platform === "windows" ? "win32" : platform!, arch, musl: libc === "musl" };
}

/**
 * Of the last commit; `+` when the working tree differs from it. BUILD_COMMIT and BUILD_DATE come before: where the source
 * is built without its history, as in a container, the caller says them.
 */
async function sourceVersion(): Promise<{ commit: string; date: string }> {
  const { BUILD_COMMIT: given, BUILD_DATE: day } = process.env;
  if (given) return { commit: given, date: day ?? "" };
  const [commit = "", date = ""] = (await git("log", "-1", "--format=%h %cs")).split(" ");
  const changed = await git("status", "--porcelain", "--untracked-files=no");
  return { commit: commit === "" ? "unknown" : `${commit}${changed === "" ? "" : "+"}`, date };
}

/** What git prints; nothing where there is no git, or no repository. */
async function git(...argv: string[]): Promise<string> {
  if (Bun.which("git") === null) return "";
  const child = Bun.spawn(["git", ...argv], { cwd: ROOT, stdout: "pipe", stderr: "ignore" });
  const text = (await new Response(child.stdout).text()).trim();
  return (await child.exited) === 0 ? text : "";
}

async function checksum(file: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
}

const fileOf = (target: Target): string => `agent2389-${target}${target.startsWith("windows") ? ".exe" : ""}`;

async function buildAll(): Promise<void> {
  const lines: string[] = [];
  for (const target of Object.keys(TARGETS) as Target[]) {
    const file = fileOf(target);
    await buildAndTell({ outfile: join(DIST, file), target });
    lines.push(`${await checksum(join(DIST, file))}  ${file}`);
  }
  await writeFile(join(DIST, "SHA256SUMS"), `${lines.join("\n")}\n`);
}

async function buildAndTell(options: BuildOptions): Promise<void> {
  const started = performance.now();
  await build(options);
  const { size } = await stat(options.outfile);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.error(`${basename(options.outfile)}  ${(size / 1024 / 1024).toFixed(1)} MiB  ${seconds} s`);
}

/** By the name of the link that it is called by, the executable is another of its programs. */
async function linkPrograms(executable: string): Promise<void> {
  for (const { name } of programs.slice(1)) {
    const link = join(dirname(executable), name);
    await rm(link, { force: true });
    await symlink(basename(executable), link);
  }
}

function isTarget(name: string): name is Target {
  return Object.hasOwn(TARGETS, name);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      target: { type: "string" },
      all: { type: "boolean", default: false },
      outfile: { type: "string", short: "o" },
    },
  });
  await mkdir(DIST, { recursive: true });
  if (values.all) return buildAll();
  const { target } = values;
  if (target !== undefined && !isTarget(target)) {
    console.error(
      `error: there is no target "${target}"\n  hint: Targets: ${Object.keys(TARGETS).join(", ")}`,
    );
    process.exit(2);
  }
  const file = target === undefined ? "agent2389" : fileOf(target);
  const outfile = values.outfile ?? join(DIST, file);
  await buildAndTell({ outfile, target });
  if (target === undefined) await linkPrograms(outfile);
}

if (import.meta.main) await main();
