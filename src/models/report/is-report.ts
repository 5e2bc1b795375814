import { RESULT_FORMAT } from "./result-schema.ts";

/** Bytes of a file that are enough to tell. */
export const REPORT_HEAD = 2 ** 18;

const HTML = /^<!doctype html>\n.*<section class="card verdict /s;
const MARKDOWN = /^# .* → .*\n\n\*\*(PASSED|FAILED|NOT PROVEN|NOT VALIDATED)\b/;
const JSON_RESULT = new RegExp(`^\\{\\s*"format": "${RESULT_FORMAT}"`);

/** Whether a file that begins like this is a report of a deployment, in any of the forms that are written. */
export const isReport = (head: string): boolean =>
  [HTML, MARKDOWN, JSON_RESULT].some((form) => form.test(head));
