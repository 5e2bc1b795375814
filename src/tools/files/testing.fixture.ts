import { afterAll, beforeEach } from "bun:test";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { toolContext } from "../../../test/peers/tool-context.ts";
import { silent } from "../../log/logger.ts";
import type { ToolFactory } from "../factory.ts";
import { fileRead, fileWrite } from "./factories.ts";

type Args = Record<string, unknown>;

/**
 * Folders to try the file tools in, made anew for every test:
 *
 *     base/            the config's folder
 *       allowed/       what the tools may touch
 *       secret.txt     what they must not
 *     outside/         a folder elsewhere, with target.txt
 */
export function fileWorld() {
  const dir = tempDir();
  const base = join(dir.path, "base");
  const allowed = join(base, "allowed");
  const outside = join(dir.path, "outside");

  beforeEach(async () => {
    await rm(base, { recursive: true, force: true });
    await rm(outside, { recursive: true, force: true });
    await mkdir(allowed, { recursive: true });
    await mkdir(outside);
    await writeFile(join(base, "secret.txt"), "secret");
    await writeFile(join(outside, "target.txt"), "outside");
  });
  afterAll(async () => dir[Symbol.asyncDispose]());

  async function open(factory: ToolFactory, options: Args = {}) {
    const { tools, check } = await factory.open(
      { name: factory.name, impl: "builtin", options: { allowed_paths: ["allowed"], ...options } },
      { env: {}, baseDir: base, log: silent },
    );
    const tool = tools[0]!;
    const call = async (args: Args) => {
      const checked = tool.check(args);
      if (!checked.ok) throw new Error(checked.problems.join("; "));
      return tool.run(checked.value, toolContext());
    };
    return { call, check };
  }

  return {
    base,
    allowed,
    outside,
    inAllowed: (...parts: string[]) => join(allowed, ...parts),
    open,
    read: async (args: Args, options: Args = {}) => (await open(fileRead, options)).call(args),
    write: async (args: Args, options: Args = {}) => (await open(fileWrite, options)).call(args),
  };
}
