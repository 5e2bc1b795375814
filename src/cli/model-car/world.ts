import { findCacheFolder } from "../../base/cache-folder.ts";
import { UsageError } from "../../base/errors.ts";
import { timeOf } from "../../modelcar/http/time.ts";
import type { ModelWorld } from "../../modelcar/model/types.ts";
import { namedRuntime, runtimeOfImage, UNKNOWN_RUNTIME } from "../../modelcar/runtime/image.ts";
import type { RuntimeVersion } from "../../modelcar/runtime/types.ts";
import { parseVersion } from "../../modelcar/runtime/version.ts";
import type { Context } from "../framework/context.ts";
import type { ReadOptions, RuntimeOptions } from "./options.ts";

/** The world as models are read from. What was read is kept in the cache folder, if there is one. */
export async function modelWorld(
  { env, cwd, clock, services, signal }: Context,
  { refresh, "insecure-registry": insecureRegistries, "registry-ca": authorities }: ReadOptions,
): Promise<ModelWorld> {
  const registryCas = await Promise.all(authorities.map((text) => namedCa(text, cwd)));
  return {
    ...{ env, cwd, signal, insecureRegistries, registryCas },
    fetch: services.fetch,
    silent: new Map(),
    runProgram: async (call) => (await import("../../base/run-program.ts")).runProgram(call),
    ...timeOf(clock),
    stateFolder: findCacheFolder(env, cwd),
    ...(refresh && { tagAgeMs: 0 }),
  };
}

async function namedCa(text: string, cwd: string) {
  const { readNamedCa } = await import("../../modelcar/registry/named-ca.ts");
  return readNamedCa(text, cwd, "--registry-ca");
}

/** The vLLM that the command line names. */
export function runtimeOf(options: RuntimeOptions): RuntimeVersion {
  const { "vllm-version": version, "runtime-image": image } = options;
  if (version !== undefined) {
    if (parseVersion(version) === undefined)
      throw new UsageError(`--vllm-version is "${version}", expected a release as 0.11.0`);
    return { ...namedRuntime(version, "--vllm-version"), image };
  }
  return image === undefined ? UNKNOWN_RUNTIME : runtimeOfImage(image);
}
