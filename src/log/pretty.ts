import { prettyFactory } from "pino-pretty";

type Fields = Record<string, unknown>;

/** Makes lines for people of a line of JSON. In a file of its own, since few logs are read by people. */
export function prettyLine(colorize: boolean): (line: string) => string {
  return prettyFactory({
    colorize,
    translateTime: "SYS:HH:MM:ss.l",
    hideObject: true, // the fields are in the message
    ignore: "name,pid,hostname",
    messageFormat(log, messageKey, _label, { colors }) {
      const { level: _, time: __, agent, task_id, conversation_id, [messageKey]: message, ...fields } = log;
      const ties = tied(agent, task_id, conversation_id);
      const errors = Object.values(fields).filter(isError);
      const facts = Object.entries(fields).filter(([, value]) => !isError(value));
      return [
        ties && colors.dim(`[${ties}]`),
        printable(String(message)),
        facts.length > 0 && colors.gray(facts.map(fact).join(" ")),
      ]
        .filter(Boolean)
        .join(" ")
        .concat(...errors.map((error) => `\n${indented(errorText(error))}`));
    },
  });
}

/** `researcher 1f0c2d3e weather-talk`, so that the eye finds the lines of one task: ids are cut to what tells them apart. */
function tied(agent: unknown, task: unknown, conversation: unknown): string {
  return [agent, shortened(task, 8, ""), shortened(conversation, 24, "…")]
    .filter((part): part is string => typeof part === "string" && part !== "")
    .map(printable)
    .join(" ");
}

const shortened = (text: unknown, length: number, end: string): unknown =>
  typeof text === "string" && text.length > length ? text.slice(0, length) + end : text;

/** `attempt=1`, in quotes where a space would tear it apart. */
function fact([name, value]: [string, unknown]): string {
  const bare = typeof value === "string" && /^[^\s"=]+$/.test(value);
  return printable(`${name}=${bare ? value : JSON.stringify(value)}`);
}

const isError = (value: unknown): value is Fields =>
  value !== null &&
  typeof value === "object" &&
  "type" in value &&
  typeof (value as Fields)["message"] === "string";

/** An error as loggable.ts has it, with what caused it. */
function errorText({ type, message, code, where, hint, stack, cause, errors }: Fields): string {
  const head = `${type}${code === undefined ? "" : ` ${code}`}: ${message}${where === undefined ? "" : ` (${where})`}`;
  const frames = typeof stack === "string" ? stack.split("\n").filter((line) => /^\s+at /.test(line)) : [];
  const parts = Array.isArray(errors) ? errors.filter(isError) : [];
  return [
    printable(head),
    hint !== undefined && `  ${printable(String(hint))}`,
    ...frames.map((frame) => `  ${printable(frame.trim())}`),
    ...parts.map((part) => indented(errorText(part))),
    isError(cause)
      ? `caused by ${errorText(cause)}`
      : cause !== undefined && `caused by ${fact(["value", cause])}`,
  ]
    .filter((line) => line !== false)
    .join("\n");
}

const indented = (text: string): string => text.replace(/^/gm, "    ");

/**
 * Without what steers a terminal (ECMA-48 §5), and with further lines indented: text of others must not look like
 * lines of ours.
 */
const printable = (text: string): string =>
  text
    .replace(/\r?\n/g, "\n    ")
    .replace(
      /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g,
      (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`,
    );
