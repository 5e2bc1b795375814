import { parseJson, stringField } from "../../base/json.ts";
import { wholeText } from "../requirements/units.ts";
import type { Reason } from "../types.ts";
import { type RuleContext, reason } from "./context.ts";

/** Arguments against the model's limits and against one another. */
export function limitReasons(context: RuleContext): Reason[] {
  const { settings } = context;
  return [
    ...settings.problems.map(argumentReason),
    ...lengthReasons(context),
    ...batchReasons(context),
    ...speculativeReasons(context),
  ];
}

const argumentReason = ({ severity, code, text }: RuleContext["settings"]["problems"][number]): Reason =>
  reason(severity === "error" ? "blocks" : "warning", code, text);

/** Flags with which the limit of the config no longer holds. */
const OVERRIDES = ["hf-overrides", "rope-scaling", "rope-theta"];

function lengthReasons({ shape, facts, settings }: RuleContext): Reason[] {
  const limit = shape?.contextLimit ?? facts.contextLimit;
  const asked = settings.maxModelLen;
  if (typeof asked !== "number" || limit === undefined || asked <= limit) return [];
  const text = `--max-model-len=${asked} is above the ${wholeText(limit)} tokens that the model was made for`;
  const source = "vllm/config/model.py, _get_and_verify_max_len";
  if (settings.allowLongMaxModelLen || OVERRIDES.some((flag) => settings.given.has(flag)))
    return [reason("warning", "context-limit", `${text}; the arguments override the limit`, source)];
  return [reason("blocks", "context-limit", `${text}: vLLM refuses to start`, source)];
}

function batchReasons({ settings }: RuleContext): Reason[] {
  const { given, maxNumBatchedTokens, maxNumSeqs } = settings;
  const both = given.has("max-num-batched-tokens") && given.has("max-num-seqs");
  if (!both || maxNumBatchedTokens >= maxNumSeqs) return [];
  const text = `--max-num-batched-tokens=${maxNumBatchedTokens} is below --max-num-seqs=${maxNumSeqs}: vLLM refuses to start`;
  return [reason("blocks", "batch-size", text, "vllm/config/scheduler.py")];
}

/** A draft model takes memory of its own, which is not in the estimate. */
function speculativeReasons({ settings }: RuleContext): Reason[] {
  const given = settings.speculativeConfig;
  const draft = given === undefined ? undefined : stringField(parseJson(given), "model");
  if (draft === undefined || draft === "ngram") return [];
  const text = `the draft model ${draft} of --speculative-config takes memory that is not in the estimate`;
  return [reason("unknown", "speculative-memory", text)];
}
