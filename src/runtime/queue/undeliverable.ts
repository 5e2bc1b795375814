import { parseJson, stringField } from "../../base/json.ts";
import type { Redact } from "../../base/redact.ts";
import { wireMessage } from "../../protocol/errors.ts";
import { errorReply, type Reply } from "../../protocol/messages.ts";
import { conversationTopic } from "../../protocol/topics.ts";
import { type Publication, PublicationTooLarge } from "../ports/transport.ts";

/**
 * What goes to the sender of a task in place of a result that the broker does not take (FR-011): that it is so. Nothing
 * where the same would be refused again: an error, or a reply that is refused for its topic.
 */
export function insteadOf(
  { topic, payload }: Publication,
  error: Error,
  agentId: string,
  redact: Redact,
): Publication[] {
  const message = parseJson(payload);
  const told = (to: string, what: string): Publication[] => {
    const text = wireMessage(`${what} could not be delivered: ${error.message}`, redact);
    const root = stringField(message, "root_task_id");
    const reply: Reply = {
      ...errorReply(stringField(message, "task_id") ?? "", "internal_error", text),
      agent_id: agentId,
      ...(root !== undefined && { root_task_id: root }),
    };
    return [{ topic: to, payload: JSON.stringify(reply), qos: 1 }];
  };
  const conversation = stringField(message, "conversation_id");
  if (conversation !== undefined)
    return told(conversationTopic(conversation, agentId), `the task for ${topic}`);
  const isAnswer = stringField(message, "response") !== undefined;
  return isAnswer && error instanceof PublicationTooLarge ? told(topic, "the answer") : [];
}
