import type { Colors } from "../terminal/colors.ts";
import { timeOfDay } from "../terminal/relative-time.ts";
import type { Output } from "../terminal/streams.ts";
import { pad, truncate } from "../terminal/wrap.ts";
import type { Traffic, TrafficType } from "./traffic.ts";

const LOOK: Record<TrafficType, { sign: string; color: Exclude<keyof Colors, "enabled"> }> = {
  input: { sign: "→", color: "cyan" },
  status: { sign: "●", color: "blue" },
  progress: { sign: "·", color: "dim" },
  reply: { sign: "←", color: "green" },
};

const AGENT_WIDTH = 16;
const CONVERSATION_WIDTH = 8;

/** `14:03:59 → input    writer           3f2a91c0  Write a haiku`, cut to the width of a terminal. */
export function trafficLine(traffic: Traffic, out: Output): string {
  const { colors } = out;
  const { sign, color } = LOOK[traffic.type];
  const failed = traffic.invalid || traffic.text.startsWith("error ");
  const head = [
    colors.dim(timeOfDay(traffic.at)),
    colors[color](pad(`${sign} ${traffic.type}`, 10)),
    colors.bold(pad(traffic.agent, AGENT_WIDTH)),
    colors.dim(pad((traffic.conversation ?? "").slice(0, CONVERSATION_WIDTH), CONVERSATION_WIDTH)),
    " ",
  ].join(" ");
  const notes = [traffic.retained && "(kept) ", traffic.invalid && "(not valid) "].filter(Boolean).join("");
  const text = notes + traffic.text;
  const shown = out.isTTY ? truncate(text, out.columns - Bun.stringWidth(head)) : text;
  return `${head}${failed ? colors.red(shown) : shown}\n`;
}

/** One JSON document a line. */
export function trafficJson({ at, type, agent, conversation, topic, retained, payload }: Traffic): string {
  const time = new Date(at).toISOString();
  return `${JSON.stringify({ time, type, agent, conversation: conversation ?? null, topic, retained, payload })}\n`;
}

/** Topic and payload as they came. */
export const trafficRaw = ({ topic, payload }: Traffic): string =>
  `${topic} ${typeof payload === "string" ? payload : JSON.stringify(payload)}\n`;
