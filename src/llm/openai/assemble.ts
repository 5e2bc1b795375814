import { parseJson } from "../../base/json.ts";
import { type Chunk, chunkSchema, type ToolCallPiece, type UsageReport } from "./chunk.ts";
import { BadAnswer, ReportedError } from "./faults.ts";

/** A call as far as it has been written. */
export interface CallDraft {
  index: number | undefined;
  id: string;
  name: string;
  arguments: string;
}

/** What the provider said, put together. */
export interface Answer {
  text: string;
  calls: CallDraft[];
  refusal: string;
  /** Absent when the stream ended without: the answer was cut off. */
  finish?: string;
  usage?: UsageReport;
  /** The model that the provider says it used. */
  model?: string;
}

/** An answer longer than this many characters is taken for a provider gone wild. */
const MAX_CHARS = 16 * 1024 * 1024;

export interface Assembler {
  /** Takes a chunk of a stream, or a whole completion. Calls `onText` with the text in it. */
  take(chunk: unknown): void;
  readonly answer: Answer;
}

export function assembler(onText: (text: string) => void): Assembler {
  const answer: Answer = { text: "", calls: [], refusal: "" };
  let size = 0;

  const grow = (text: string): string => {
    size += text.length;
    if (size > MAX_CHARS) throw new BadAnswer(`the answer is longer than ${MAX_CHARS} characters`);
    return text;
  };

  return {
    answer,
    take(raw) {
      const chunk = readChunk(raw);
      if (chunk.model) answer.model = chunk.model;
      const usage = chunk.usage ?? chunk.x_groq?.usage;
      if (usage) answer.usage = usage;
      const choice = chunk.choices?.[0];
      const piece = choice?.delta ?? choice?.message;
      if (piece?.content) {
        answer.text += grow(piece.content);
        onText(piece.content);
      }
      if (piece?.refusal) answer.refusal += grow(piece.refusal);
      for (const call of piece?.tool_calls ?? []) takeCall(answer.calls, call, grow);
      if (choice?.finish_reason) answer.finish = choice.finish_reason;
    },
  };
}

function readChunk(raw: unknown): Chunk {
  const parsed = chunkSchema.safeParse(raw);
  if (!parsed.success) throw new BadAnswer("the answer does not have the form of a chat completion");
  const { error } = parsed.data;
  if (error) throw new ReportedError(typeof error === "string" ? { message: error } : error);
  return parsed.data;
}

function takeCall(calls: CallDraft[], piece: ToolCallPiece, grow: (text: string) => string): void {
  let call = draftFor(calls, piece);
  if (call === undefined) {
    call = { index: piece.index ?? undefined, id: "", name: "", arguments: "" };
    calls.push(call);
  }
  if (piece.id && call.id === "") call.id = piece.id;
  if (piece.function?.name && call.name === "") call.name = piece.function.name;
  const args = piece.function?.arguments;
  if (args) call.arguments += grow(typeof args === "string" ? args : JSON.stringify(args));
}

/**
 * The call that a piece goes on with, or undefined when it begins a new one. By the specification `index` tells;
 * but some servers send index 0 for every call, or none, or repeat id and name in every piece.
 */
function draftFor(calls: CallDraft[], piece: ToolCallPiece): CallDraft | undefined {
  const index = piece.index ?? undefined;
  const known = index === undefined ? calls.at(-1) : calls.findLast((call) => call.index === index);
  if (known === undefined) return undefined;
  if (piece.id && known.id !== "" && piece.id !== known.id && (piece.function?.name || index === undefined)) {
    return undefined;
  }
  return piece.function?.name && beginsAnother(known, piece) ? undefined : known;
}

/** Whether a piece that has a name belongs to another call than the one that has its index. */
function beginsAnother(known: CallDraft, { id, function: written }: ToolCallPiece): boolean {
  if (known.name === "") return false;
  const sameId = Boolean(id) && id === known.id;
  if (written?.name !== known.name && !sameId) return true;
  return isComplete(known.arguments) && (!sameId || Boolean(written?.arguments));
}

const isComplete = (json: string): boolean => parseJson(json) !== undefined;
