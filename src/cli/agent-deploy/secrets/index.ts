import type { CommandTable } from "../../framework/table.ts";

export const commands: CommandTable = {
  list: {
    summary: "List the secrets that the configs need, and where they are set",
    load: () => import("./list.ts"),
  },
  push: { summary: "Set on the platform the secrets that are set here", load: () => import("./push.ts") },
};
