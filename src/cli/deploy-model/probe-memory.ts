import { cacheFolder } from "../../base/cache-folder.ts";
import { UsageError } from "../../base/errors.ts";
import { parseJson } from "../../base/json.ts";
import * as z from "../../base/zod.ts";
import { defineCommand } from "../framework/command.ts";
import { line } from "../terminal/streams.ts";

/** What targets/cpu/peak-memory.ts asks for. */
const probeSchema = () =>
  z.strictObject({
    modelFile: z.string(),
    threads: z.int(),
    shapes: z.record(z.string(), z.array(z.number())),
  });

export const command = defineCommand({
  summary: "Load and run a model alone, to see what memory it takes",
  positionals: [{ name: "probe", description: "JSON: modelFile, threads, and shapes by input" }],
  examples: [
    {
      command: `agent2389 deploy-model probe-memory '{"modelFile": "/models/m.onnx", "threads": 1, "shapes": {}}'`,
    },
  ],
  async run({ env, cwd, stdout }, { probe }) {
    const parsed = probeSchema().safeParse(parseJson(probe));
    if (!parsed.success) throw new UsageError(`this is no probe: ${z.prettifyError(parsed.error)}`);
    const [{ openOrt }, { probeMemory }] = await Promise.all([
      import("../../models/ort/open-ort.ts"),
      import("../../models/targets/cpu/peak-memory.ts"),
    ]);
    const ort = await openOrt({ cacheDir: cacheFolder(env, cwd) });
    line(stdout, JSON.stringify(await probeMemory(parsed.data, ort)));
    return 0;
  },
});
