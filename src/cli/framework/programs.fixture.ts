import { defineCommand } from "./command.ts";
import type { Context } from "./context.ts";
import { withPrograms } from "./programs.ts";
import type { CommandTable, Program } from "./table.ts";

/** For tests: two programs in one executable, the second with commands three words deep. */

/** What the last command that ran was given. */
export const ran: { program?: string; args?: object; json?: boolean } = {};

const remember = (name: string, description: string) =>
  defineCommand({
    summary: `Go to ${name}`,
    description,
    positionals: [{ name: "config", description: "Config files", multiple: true, completes: "file" }],
    options: { region: { type: "string", value: "NAME", description: "Where", choices: ["north", "south"] } },
    examples: [{ command: `ship-it send ${name} a.toml && ship-it status`, note: "both" }],
    async run({ program, globals }: Context, args) {
      Object.assign(ran, { program, args, json: globals.json });
      return 0;
    },
  });

const targets: CommandTable = {
  cloud: { summary: "Go to cloud", load: async () => ({ command: remember("cloud", "Far away.") }) },
  local: { summary: "Go to local", load: async () => ({ command: remember("local", "Here.") }) },
};

export const shipIt: Program = {
  name: "ship-it",
  summary: "Bring things to where they belong",
  start: ["ship-it send local a.toml   # begin here"],
  commands: {
    send: { summary: "Send things", load: async () => ({ commands: targets }) },
    status: { summary: "Go to status", load: async () => ({ command: remember("status", "How it is.") }) },
    completion: {
      summary: "Print a script that completes commands and options in your shell",
      load: async () => ({ command: (await import("../completion/index.ts")).completionOf(shipIt) }),
    },
  },
};

export const yard: Program = withPrograms(
  {
    name: "yard",
    summary: "Build things",
    start: ["yard build"],
    commands: {
      build: {
        group: "Make",
        summary: "Go to build",
        load: async () => ({ command: remember("build", "Now.") }),
      },
      completion: {
        group: "Help",
        summary: "Print a script that completes commands and options in your shell",
        load: async () => ({ command: (await import("../completion/index.ts")).completionOf(yard) }),
      },
    },
  },
  [{ program: shipIt, group: "Move" }],
);
