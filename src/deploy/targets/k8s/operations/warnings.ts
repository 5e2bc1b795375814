import { parseJson } from "../../../../base/json.ts";
import * as z from "../../../../base/zod.ts";

const eventList = () =>
  z.object({
    items: z.array(
      z.object({
        reason: z.nullish(z.string()),
        message: z.nullish(z.string()),
        count: z.nullish(z.number()),
        lastTimestamp: z.nullish(z.string()),
        eventTime: z.nullish(z.string()),
        involvedObject: z.object({ kind: z.nullish(z.string()), name: z.nullish(z.string()) }),
      }),
    ),
  });

const SHOWN = 5;

/** The last warnings about a deployment and what belongs to it, the newest last, from `kubectl get events -o json`. */
export function warningsAbout(name: string, stdout: string): string[] {
  const read = eventList().safeParse(parseJson(stdout));
  if (!read.success) return [stdout];
  const own = read.data.items.filter(({ involvedObject }) => belongs(involvedObject.name ?? "", name));
  const time = (event: (typeof own)[number]) => event.lastTimestamp ?? event.eventTime ?? "";
  return own
    .toSorted((a, b) => (time(a) < time(b) ? -1 : 1))
    .slice(-SHOWN)
    .map(({ involvedObject: { kind, name }, reason, message, count }) => {
      const times = count && count > 1 ? ` (${count} times)` : "";
      return `${kind ?? "object"} ${name}: ${reason ?? "warning"}: ${(message ?? "").trim()}${times}`;
    });
}

/** Its own name, or that of a pod, ReplicaSet or volume of it: `name-…`. */
const belongs = (object: string, name: string): boolean => object === name || object.startsWith(`${name}-`);
