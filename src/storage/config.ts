import { z } from "zod";

export const storageSection = z
  .strictObject({
    dir: z
      .string()
      .optional()
      .describe(
        "Folder of the journal; AGENT2389_DATA_DIR, when set, comes before it. Default: $XDG_STATE_HOME/agent2389.",
      ),
    durability: z
      .enum(["full", "normal"])
      .default("full")
      .describe(
        "full: tasks outlive a power loss (fsync on every commit); normal: they outlive a crash of the process.",
      ),
  })
  .describe("Where accepted tasks are kept until they are answered.");
export type StorageSection = z.output<typeof storageSection>;
