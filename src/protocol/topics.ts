/** MQTT topics of the 2389 Agent Protocol (RFC §5). */

/** RULE-001. */
export const AGENT_ID = /^[a-zA-Z0-9._-]+$/;

/** One leading slash, none trailing, runs of slashes collapsed; an empty topic becomes `/` (FR-006). */
export function canonicalTopic(topic: string): string {
  const levels = topic.split("/").filter((level) => level !== "");
  return `/${levels.join("/")}`;
}

export const inputTopic = (agentId: string): string => `/control/agents/${agentId}/input`;
export const statusTopic = (agentId: string): string => `/control/agents/${agentId}/status`;
export const progressTopic = (agentId: string, category: "General" | "Tool" | "LLM"): string =>
  `/control/agents/${agentId}/progress${{ General: "", Tool: "/tools", LLM: "/llm" }[category]}`;
export const conversationTopic = (conversationId: string, agentId: string): string =>
  `/conversations/${conversationId}/${agentId}`;

/** Filters that take in the traffic of every agent. */
export const EVERY = {
  input: "/control/agents/+/input",
  status: "/control/agents/+/status",
  progress: "/control/agents/+/progress/#",
  conversations: "/conversations/#",
} as const;

/** The agent that a control topic belongs to, or undefined for any other topic. */
export function agentOf(topic: string): string | undefined {
  return /^\/control\/agents\/([^/]+)\//.exec(`${canonicalTopic(topic)}/`)?.[1];
}

/**
 * What no topic name may hold: wildcards (MQTT 3.1.1 §4.7.1), and the characters for which a broker may close the
 * connection (§1.5.3: control characters, surrogates, non-characters).
 */
const UNFIT = /[+#]|\p{Cc}|\p{Cs}|\p{Noncharacter_Code_Point}/u;
/** Mosquitto takes 200 levels; a topic of ours adds a few to an id. */
const MAX_LEVELS = 100;

/** Whether an id may stand in a topic name: nothing unfit, nothing that canonicalisation would change, not too long. */
export const isTopicSafe = (id: string): boolean =>
  id.length <= 256 && isPublishable(id) && canonicalTopic(id) === `/${id}`;

/** Whether a topic name may be published to. */
const isPublishable = (topic: string): boolean =>
  topic.length > 0 && topic.length <= 1024 && !UNFIT.test(topic) && topic.split("/").length <= MAX_LEVELS;

/** Whether a task may be sent on to it: not to the broker's own topics, nor to those that agents speak on themselves. */
export function isForwardable(topic: string): boolean {
  const canonical = canonicalTopic(topic);
  const agent = agentOf(canonical);
  return (
    isPublishable(canonical) &&
    !topic.startsWith("$") &&
    (agent === undefined || canonical === inputTopic(agent))
  );
}

/** A filter whose messages the broker gives to one of the group each (MQTT 5 §4.8.2). */
export const sharedFilter = (group: string, filter: string): string => `$share/${group}/${filter}`;

export const isShared = (filter: string): boolean => filter.startsWith("$share/");

/** The topics of a filter: a shared subscription's without its group (MQTT 5 §4.8.2). */
export const plainFilter = (filter: string): string => filter.replace(/^\$share\/[^/]+\//, "");

/** Whether a topic name matches a subscription filter (MQTT 3.1.1 §4.7): `+` one level, `#` the rest. */
export function topicMatches(filter: string, topic: string): boolean {
  if (filter === topic) return true;
  const wanted = filter.split("/");
  const levels = topic.split("/");
  // A wildcard in the first place does not match broker topics such as $SYS (§4.7.2).
  if (topic.startsWith("$") && /^[+#]/.test(filter)) return false;
  for (const [i, level] of wanted.entries()) {
    if (level === "#") return true;
    if (i >= levels.length || (level !== "+" && level !== levels[i])) return false;
  }
  return wanted.length === levels.length;
}
