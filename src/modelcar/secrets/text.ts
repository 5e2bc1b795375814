import { isSecretName, redactor } from "../../base/redact.ts";

/** What stands in the place of a secret. */
export const MASK = "[redacted]";

/** The last part of a name: `loader.token` is a token. */
export const namesSecret = (name: string): boolean => isSecretName(name.slice(name.lastIndexOf(".") + 1));

const VALUE = /"[^"]{0,4096}"|'[^']{0,4096}'|[^\s"',;}\]]{1,4096}/.source;
const MASKED = /(?!["']?\[redacted)/.source;
/** `--api-key=X`, `HF_TOKEN=X`; a value in quotes goes up to the other one. */
const ASSIGNED = new RegExp(
  `(?<![\\w.])([A-Za-z][\\w.-]{0,100})(["']?\\s{0,4}=\\s{0,4})${MASKED}(${VALUE})`,
  "g",
);
/** `--hf-token X`. */
const FOLLOWED = new RegExp(
  `(--?|[\u2010-\u2015])([A-Za-z][\\w.-]{0,100})(\\s{1,4})(?!--?[A-Za-z])${MASKED}(${VALUE})`,
  "g",
);
/** `"password": "X"`, as JSON and Python write it. */
const IN_OBJECT =
  /((["'])([\w.-]{1,100})\2\s{0,4}:\s{0,4})("(?:[^"\\]|\\.){0,4096}"|'(?:[^'\\]|\\.){0,4096}')/g;

/** A text of someone else's in which the values of what is named like a secret are masked, and all that looks like one. */
export const maskedText = (text: string): string => withoutForms(spaced(assigned(inObject(text))));

const withoutForms = redactor();

const inObject = (text: string): string =>
  text.includes(":")
    ? text.replace(IN_OBJECT, (whole, start: string, _, name: string, value: string) =>
        namesSecret(name) ? `${start}${value[0]}${MASK}${value[0]}` : whole,
      )
    : text;

const assigned = (text: string): string =>
  text.includes("=")
    ? text.replace(ASSIGNED, (_, name: string, between: string, value: string) =>
        // What is no secret may hold one: "text --api-key=X".
        namesSecret(name) ? `${name}${between}${MASK}` : `${name}${between}${maskedText(value)}`,
      )
    : text;

const spaced = (text: string): string =>
  /\s/.test(text)
    ? text.replace(FOLLOWED, (whole, dashes: string, name: string, between: string) =>
        namesSecret(name) ? `${dashes}${name}${between}${MASK}` : whole,
      )
    : text;

/** The name and password in `scheme://name:password@host`, and what follows a `?`; digests begin with an @, too. */
const LOGIN = /^([a-z][a-z0-9+.-]*:\/\/|(?![a-z][a-z0-9+.-]*:\/\/))(?:[^/@]*:.*|[^/@]+)@(?!sha\d+:)(?=\S)/is;

/** The name of a model without the login that someone wrote into it. */
export const maskedReference = (text: string): string =>
  maskedText(text.replace(LOGIN, (_, scheme: string) => `${scheme}${MASK}@`).replace(/\?.*$/s, `?${MASK}`));

/** Whether a reference holds a login. */
export const holdsLogin = (text: string): boolean => LOGIN.test(text);
