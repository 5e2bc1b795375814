import * as z from "../base/zod.ts";

export const storageSection = z.described(
  z.strictObject({
    dir: z.described(
      z.optional(z.string()),
      "Folder of the journal; AGENT2389_DATA_DIR, when set, comes before it. Default: $XDG_STATE_HOME/agent2389.",
    ),
    durability: z.described(
      z._default(z.enum(["full", "normal"]), "full"),
      "full: tasks outlive a power loss (fsync on every commit); normal: they outlive a crash of the process.",
    ),
  }),
  "Where accepted tasks are kept until they are answered.",
);
