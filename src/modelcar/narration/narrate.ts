import { clip } from "../../base/clip.ts";
import { type Model, ModelError } from "../../runtime/ports/model.ts";
import type { NarrationReport, Report } from "../report/types.ts";
import { contradictions } from "./contradictions.ts";
import { type NarrationTask, narrationRequest } from "./request.ts";

/** Nobody reads more in a terminal. */
const MOST_CHARACTERS = 20_000;

/**
 * A language model's words on a finished result. They are kept apart from it: nothing of them is read by anything that
 * decides. What in them contradicts the result is told beside them. @throws ModelError, or the signal's reason.
 */
export async function narrate(
  model: Model,
  report: Report,
  task: NarrationTask,
  signal: AbortSignal,
): Promise<NarrationReport> {
  const reply = await model.chat(narrationRequest(report, task), { signal });
  if (reply.text.trim() === "") throw new ModelError("bad_response", `${reply.answeredBy} answered nothing`);
  const [provider = "", ...name] = reply.answeredBy.split("/");
  const text = printable(clip(reply.text, MOST_CHARACTERS)).trim();
  const cut = reply.truncated || reply.text.length > MOST_CHARACTERS;
  return {
    ...{ provider, model: name.join("/") },
    ...(task.question !== undefined && { question: task.question }),
    text: cut ? `${text} […]` : text,
    contradictions: contradictions(text, report),
  };
}

/** Without what a terminal would act on, or what turns the order of characters round. */
const printable = (text: string): string =>
  Bun.stripANSI(text)
    .replace(/\r\n?/g, "\n")
    .replace(/\t/g, "  ")
    .replace(/[^\P{Cc}\n]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "");
