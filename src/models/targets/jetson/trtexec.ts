import { access, constants, readdir } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { ExpectedError } from "../../../base/errors.ts";
import type { ProgramResult } from "../../../base/run-program.ts";
import { ModelFileError } from "../../onnx/model-error.ts";
import type { World } from "../types.ts";
import { failureIn } from "./failure.ts";
import { type TensorRtVersion, versionIn, versionOfLibrary } from "./version.ts";

/** Where JetPack and NVIDIA's containers have what we look for; absolute. */
export interface Places {
  /** Looked in after the path. */
  programs: readonly string[];
  libraries: readonly string[];
  release: string;
}

export const JETPACK_PLACES: Places = {
  programs: ["/usr/src/tensorrt/bin", "/opt/tensorrt/bin"],
  libraries: ["/usr/lib/aarch64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/usr/local/tensorrt/lib"],
  release: "/etc/nv_tegra_release",
};

/** The program of NVIDIA's that builds and runs engines. */
export interface Trtexec {
  path: string;
  version: TensorRtVersion;
}

/** Undefined where there is none. Rejects with an ExpectedError for one that does not tell its version. */
export async function findTrtexec(world: World, places: Places): Promise<Trtexec | undefined> {
  const path = await executableIn("trtexec", [...pathOf(world), ...places.programs]);
  if (path === undefined) return undefined;
  const { stdout, stderr, code } = await world.runProgram({
    argv: [path, "--help"],
    env: world.env,
    cwd: "/",
    signal: world.signal,
  });
  const version = versionIn(stdout) ?? versionIn(stderr) ?? versionOfLibrary(await librariesIn(places));
  if (version !== undefined) return { path, version };
  const { message } = failureIn(`${stdout}\n${stderr}`, code);
  throw new ExpectedError(`trtexec does not tell its version: ${message}`, {
    where: path,
    hint: "Run it with --help: it must start, and find TensorRT's libraries (LD_LIBRARY_PATH).",
  });
}

/** Folders that programs are looked for in. */
export const pathOf = ({ env }: World): string[] =>
  (env["PATH"] ?? "").split(delimiter).filter((folder) => isAbsolute(folder));

/** The first of that name that may be run. */
export async function executableIn(name: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const file = join(folder, name);
    const may = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (may) return file;
  }
  return undefined;
}

async function librariesIn({ libraries }: Places): Promise<string[]> {
  const lists = await Promise.all(libraries.map((folder) => readdir(folder).catch(() => [])));
  return lists.flat();
}

export interface TrtexecCall {
  args: readonly string[];
  /** Relative files in the arguments are taken from it. */
  cwd: string;
  signal?: AbortSignal | undefined;
  onLine?: ((line: string) => void) | undefined;
}

/** Runs it to its end. Rejects with an ExpectedError in trtexec's own words, and with the signal's reason. */
export async function runTrtexec(
  { path }: Trtexec,
  { args, cwd, signal = new AbortController().signal, onLine }: TrtexecCall,
  world: World,
): Promise<string> {
  const result = await world.runProgram({
    argv: [path, ...args],
    env: world.env,
    cwd,
    signal: AbortSignal.any([world.signal, signal]),
    ...(onLine && { onLine }),
  });
  const output = outputOf(result);
  if (result.code === 0 && !/^&&&& FAILED/m.test(output)) return output;
  throw trtexecError(output, result.code);
}

const outputOf = ({ stdout, stderr }: ProgramResult): string => `${stdout}\n${stderr}`;

const HINTS = {
  model:
    "Leave the layer in float (--exclude), or export the model with other operators; --verbose shows all that trtexec says.",
  memory:
    "Close what else uses the GPU, give the builder less with --workspace, or build on a larger board of the same kind.",
  device:
    "trtexec must be able to use the GPU: in a container, start it with the runtime nvidia and the group video.",
  engine: "Build it again on this device: engines are bound to the GPU and the version of TensorRT.",
  option:
    "This version of trtexec does not know an option that we give it: report it with the output of trtexec --help.",
} as const;

function trtexecError(output: string, code: number): ExpectedError {
  const { message, layer, kind } = failureIn(output, code);
  const at = layer === undefined ? "" : ` at ${layer}`;
  const hint = HINTS[kind];
  if (kind === "model")
    return new ModelFileError(`TensorRT does not take this model${at}: ${message}`, { hint });
  return new ExpectedError(`trtexec failed${at}: ${message}`, { hint });
}
