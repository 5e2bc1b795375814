import type { OptionSpecs, OptionValues } from "./option-spec.ts";

/** Options that every command takes, before or after its name. */
export const globalOptions = {
  config: {
    type: "string",
    short: "c",
    value: "FILE",
    description: "Agent config file",
    env: "CONFIG_PATH",
    completes: "file",
  },
  json: { type: "boolean", description: "Print JSON for programs instead of text for people" },
  verbose: { type: "boolean", description: "Say more; show stack traces of errors" },
  quiet: { type: "boolean", short: "q", description: "Print the result only" },
  "no-color": { type: "boolean", description: "No colours (also: NO_COLOR=1)" },
  "log-level": {
    type: "string",
    value: "LEVEL",
    description: "Least severe log lines to write; default: LOG_LEVEL, else info",
    choices: ["trace", "debug", "info", "warn", "error", "fatal", "silent"],
  },
  "log-format": {
    type: "string",
    value: "FORMAT",
    description: "How log lines look; default: LOG_FORMAT, else auto",
    choices: ["auto", "json", "pretty"],
  },
  help: { type: "boolean", short: "h", description: "Show help" },
  version: { type: "boolean", short: "V", description: "Show the version" },
} as const satisfies OptionSpecs;

export type Globals = OptionValues<typeof globalOptions>;
