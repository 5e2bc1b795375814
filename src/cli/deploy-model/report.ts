import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ExpectedError, UsageError } from "../../base/errors.ts";
import { replaceFile } from "../../base/replace-file.ts";
import { systemReason } from "../../base/system-error.ts";
import { defineCommand } from "../framework/command.ts";
import { line } from "../terminal/streams.ts";

export const command = defineCommand({
  summary: "Render the report of a deployment again",
  description: "From its result.json alone, which holds everything that a report tells.",
  positionals: [{ name: "result", description: "result.json, or the folder that has it", completes: "file" }],
  options: {
    format: {
      type: "string",
      short: "f",
      value: "FORMAT",
      description: "How it is told",
      choices: ["html", "markdown", "json"],
      default: "markdown",
    },
    out: {
      type: "string",
      short: "o",
      value: "FILE",
      description: "File to write; else standard output",
      completes: "file",
    },
    force: { type: "boolean", description: "Write over a file that is no report" },
  },
  examples: [
    { command: "agent2389 deploy-model report resnet-cpu-int8" },
    { command: "agent2389 deploy-model report resnet-cpu-int8/result.json --format html --out report.html" },
  ],
  async run({ cwd, stdout, stderr, globals }, { result: given }, { format, out, force }) {
    const [{ isFolder }, { readResult }, { REPORTS, RESULT_FILE }] = await Promise.all([
      import("../../models/pipeline/read-manifest.ts"),
      import("../../models/report/read-result.ts"),
      import("../../models/pipeline/reports.ts"),
    ]);
    const path = resolve(cwd, given);
    const file = (await isFolder(path)) ? join(path, RESULT_FILE) : path;
    const read = await textOf(file);
    const result = readResult(read, file);
    // Of newer programs it may hold more than is known here.
    const text = globals.json || format === "json" ? read : REPORTS[format].render(result);
    if (out === undefined) {
      stdout.write(text);
      return 0;
    }
    const place = resolve(cwd, out);
    await refuseOverwriting(place, file, force);
    await writeTo(place, text);
    if (!globals.quiet) line(stderr, `${stderr.colors.green("✓")} ${out}`);
    return 0;
  },
});

async function textOf(file: string): Promise<string> {
  try {
    return await Bun.file(file).text();
  } catch (cause) {
    throw new ExpectedError(`it cannot be read: ${systemReason(cause) ?? "the system does not say why"}`, {
      where: file,
      hint: "Name a folder that 'deploy-model run' wrote, or the result.json in it.",
      cause,
    });
  }
}

/** Rejects where it would destroy what it is made from or, unless it is forced, anything but a report. */
async function refuseOverwriting(place: string, result: string, force: boolean): Promise<void> {
  const [{ isSameFile }, { isReport, REPORT_HEAD }] = await Promise.all([
    import("../../base/same-file.ts"),
    import("../../models/report/is-report.ts"),
  ]);
  if (await isSameFile(place, result))
    throw new UsageError("the report would be written over the result that it is made from", {
      where: place,
      hint: "Name another file with --out.",
    });
  const there = await stat(place).catch(() => undefined);
  if (force || !there?.isFile() || there.size === 0) return;
  // One that cannot be read is not known to be a report.
  const head = await Bun.file(place)
    .slice(0, REPORT_HEAD)
    .text()
    .catch(() => "");
  if (isReport(head)) return;
  throw new ExpectedError("there is a file here already that is no report of 'deploy-model'", {
    where: place,
    hint: "Name another file with --out, or write over it with --force.",
  });
}

async function writeTo(file: string, text: string): Promise<void> {
  try {
    await replaceFile(file, text);
  } catch (cause) {
    throw new ExpectedError(`it cannot be written: ${systemReason(cause) ?? "the system does not say why"}`, {
      where: file,
      cause,
    });
  }
}
