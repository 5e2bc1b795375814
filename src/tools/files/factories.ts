import { normalize } from "node:path";
import { race } from "../../base/abort.ts";
import { ExpectedError } from "../../base/errors.ts";
import * as z from "../../base/zod.ts";
import { type ToolWarning, toolFactory } from "../factory.ts";
import { zodTool } from "../zod-tool.ts";
import { fileReadOptions, fileWriteOptions } from "./options.ts";

const path = () => z.string().check(z.minLength(1), z.maxLength(4096));
const lineNumber = () => z.int().check(z.minimum(1), z.maximum(1_000_000_000));

const readInput = () =>
  z.strictObject({
    path: z.described(path(), "File to read, or folder to list."),
    offset: z.described(z._default(lineNumber(), 1), "First line to show, from 1."),
    limit: z.described(z.optional(lineNumber()), "How many lines to show at most."),
  });

const writeInput = () =>
  z.strictObject({
    path: z.described(path(), "File to write; missing folders on the way are made."),
    content: z.described(z.string(), "The text to write."),
    mode: z.described(
      z._default(z.enum(["overwrite", "append", "create"]), "overwrite"),
      "overwrite replaces a file that is there, append adds to its end, create refuses if there is one.",
    ),
  });

const allowedAre = (paths: readonly string[]): string =>
  `Allowed: ${paths.join(", ")}. Relative paths are taken from ${paths[0]}.`;

function wideOpen({ allowed_paths: paths }: { allowed_paths: readonly string[] }): ToolWarning[] {
  const option = "allowed_paths";
  return [
    ...(paths.some((path) => normalize(path) === "/")
      ? [{ option, message: "every file of this user is open to the model." }]
      : []),
    ...(paths.some((path) => /^~(\/|$)/.test(path))
      ? [{ option, message: "~ is no home folder here, but a name like any other: write ${HOME} for it." }]
      : []),
  ];
}

export const fileRead = toolFactory({
  name: "file_read",
  summary: "Reads text files and lists folders, in allowed paths only.",
  options: fileReadOptions,
  warnings: ({ options }) => wideOpen(options),
  async open({ name, options }, { baseDir, log }) {
    const { rootsOf, missingRoots } = await import("./roots.ts");
    const roots = rootsOf(options.allowed_paths, baseDir);
    const missing = await missingRoots(roots);
    if (missing.length > 0) log.warn({ missing }, "allowed paths are not there yet");
    return {
      tools: [
        zodTool({
          name,
          description: `Reads a text file, or lists a folder. ${allowedAre(options.allowed_paths)}`,
          input: readInput(),
          async run(input, { signal }) {
            const { readPath } = await import("./read.ts");
            return race(readPath(input, roots, options), signal);
          },
        }),
      ],
      async check() {
        const missing = await missingRoots(roots);
        if (missing.length === 0) return { status: "healthy" };
        return { status: "degraded", message: `not there: ${missing.join(", ")}` };
      },
    };
  },
});

export const fileWrite = toolFactory({
  name: "file_write",
  summary: "Writes text files, in allowed paths only.",
  options: fileWriteOptions,
  warnings: ({ options }) => wideOpen(options),
  async open({ name, options }, { baseDir }) {
    const { rootsOf, impossibleRoots } = await import("./roots.ts");
    const roots = rootsOf(options.allowed_paths, baseDir);
    const missing = await impossibleRoots(roots);
    if (missing.length > 0) {
      throw new ExpectedError(`allowed paths are not there: ${missing.join(", ")}`, {
        hint: `Make them (mkdir -p) or change allowed_paths; relative ones are taken from ${baseDir}.`,
      });
    }
    return {
      tools: [
        zodTool({
          name,
          description: `Writes a text file. ${allowedAre(options.allowed_paths)}`,
          input: writeInput(),
          async run(input) {
            const { writePath } = await import("./write.ts");
            return writePath(input, roots, options.max_file_size);
          },
        }),
      ],
    };
  },
});
