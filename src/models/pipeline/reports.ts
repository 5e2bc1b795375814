import { join } from "node:path";
import { htmlReport } from "../report/html/index.ts";
import { markdownReport } from "../report/markdown.ts";
import type { Result } from "../report/result-schema.ts";
import { MANIFEST_FILE, manifestOf } from "./manifest.ts";

export const RESULT_FILE = "result.json";

/** How a result can be told, and what the file is called. */
export const REPORTS = {
  html: { file: "report.html", render: htmlReport },
  markdown: { file: "report.md", render: markdownReport },
  json: { file: RESULT_FILE, render: (result: Result) => json(result) },
} as const;
export type ReportFormat = keyof typeof REPORTS;

/** Writes all reports into the folder. */
export async function writeResult(folder: string, result: Result): Promise<void> {
  for (const { file, render } of Object.values(REPORTS)) await Bun.write(join(folder, file), render(result));
}

/** Those, and the manifest. */
export async function writeReports(folder: string, name: string, result: Result): Promise<void> {
  await writeResult(folder, result);
  await Bun.write(join(folder, MANIFEST_FILE), json(manifestOf(result, name)));
}

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
