import { cacheFolder } from "../../base/cache-folder.ts";
import { runProgram } from "../../base/run-program.ts";
import type { World } from "../../models/targets/types.ts";
import { openWorld } from "../../models/targets/world.ts";
import type { Context } from "../framework/context.ts";

/** The world as models see it. ONNX Runtime is loaded when somebody asks for it. */
export const modelWorld = ({ env, cwd, signal, executable = "agent2389" }: Context): Promise<World> =>
  openWorld({ env, cacheDir: cacheFolder(env, cwd), signal, runProgram, self: [executable] });
