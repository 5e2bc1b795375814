import { parseDocument, type Scalar, visit } from "yaml";
import { redactor } from "../../base/redact.ts";
import { type Edit, spliced } from "../manifest/edit/source.ts";
import { followIn, isText } from "../manifest/tree.ts";
import { maskedArguments, secretValues } from "./arguments.ts";
import { MASK, maskedReference, maskedText, namesSecret } from "./text.ts";

/**
 * The text of a model-car file as it may be shown, comments included: scalars that are or hold secrets are written anew,
 * all else stands as it is.
 */
export function maskedYaml(text: string): string {
  const document = parseDocument(text, { logLevel: "silent" });
  const found = new Map<Scalar<string>, string>();
  const secrets: string[] = [];
  const follow = followIn(document);
  const mask = (node: unknown, masked: string): void => {
    if (isText(node) && masked !== node.value) found.set(node, masked);
  };
  visit(document, {
    Scalar: (_, node) => {
      if (isText(node) && !found.has(node)) mask(node, maskedArguments([maskedReference(node.value)])[0]!);
      if (isText(node)) secrets.push(...secretValues([node.value]));
    },
    Seq: (_, { items }) => {
      const nodes = items.map(follow);
      const texts = nodes.map((node) => (isText(node) ? node.value : "--"));
      secrets.push(...secretValues(texts));
      for (const [at, masked] of maskedArguments(texts).entries()) mask(nodes[at], masked);
    },
    Pair: (_, { key, value }) => {
      const node = follow(value);
      if (isText(key) && isText(node) && namesSecret(key.value)) {
        secrets.push(node.value);
        mask(node, MASK);
      }
    },
    Map: (_, map) => {
      // An environment variable, as Kubernetes writes it.
      const [name, value] = [map.get("name"), follow(map.get("value", true))];
      if (typeof name === "string" && isText(value) && namesSecret(name)) {
        secrets.push(value.value);
        mask(value, MASK);
      }
    },
  });
  return maskedLines(spliced(text, editsOf(found)), secrets);
}

/** The scalars written anew. */
const editsOf = (masked: ReadonlyMap<Scalar<string>, string>): Edit[] =>
  [...masked].flatMap(([{ range }, shown]) =>
    range == null ? [] : [{ from: range[0], to: range[1], text: JSON.stringify(shown) }],
  );

/** What no node holds: comments, and all of a text that is broken. Short values count where they stand by themselves. */
function maskedLines(text: string, secrets: readonly string[]): string {
  const whole = redactor(secrets)(text).split("\n").map(maskedText).join("\n");
  return secrets
    .filter((secret) => secret.length > 0 && secret.length < 6)
    .reduce(
      (shown, secret) =>
        shown.replace(new RegExp(`(?<![\\w-])${RegExp.escape(secret)}(?![\\w-])`, "g"), MASK),
      whole,
    );
}
