import { oneOf } from "../../base/one-of.ts";
import type { Failure } from "./failure.ts";

/** What no model needs: files, programs, the network, code out of text. */
const POWER =
  /^(posix|nt|os|subprocess|socket|shutil|sys|runpy|importlib|pty|ctypes|marshal|webbrowser|urllib|http|requests|(__builtin__|builtins)\.(eval|exec|compile|open|__import__|getattr))\b/;

/** Said for a file that would run what it holds, where nobody said that it may. */
export function untrusted({ text: kind, names }: Failure, python: string): { message: string; hint: string } {
  const powers = names.filter((name) => POWER.test(name));
  if (powers.length > 0) {
    return {
      message: `loading this file would call ${oneOf(powers, "and")} on this machine, which no model needs`,
      hint: "Do not load it, and ask where it comes from.",
    };
  }
  return { message: `loading this file runs ${whatOf(kind, names)}`, hint: hintOf(kind, python) };
}

function whatOf(kind: string, names: readonly string[]): string {
  if (kind === "torchscript") return "a program that is in it (TorchScript), which can write files";
  if (kind === "program") return "Python code that may be in it (torch.export keeps parts as pickles)";
  return `Python code that may be in it: it is a pickle${named(names)}`;
}

const SHOWN = 3;

function named(names: readonly string[]): string {
  const own = names.filter((name) => !/^(torch|collections|numpy|builtins|__builtin__)\./.test(name));
  if (own.length === 0) return "";
  const rest = own.length > SHOWN ? [`${own.length - SHOWN} more`] : [];
  return ` that names ${oneOf([...own.slice(0, SHOWN), ...rest], "and")}`;
}

const hintOf = (kind: string, python: string): string =>
  `If you trust who made it: --trust-model (of an agent's tool: trust_models).${
    kind === "yolo"
      ? ` Without: a newer Ultralytics loads its models safely (${python} -m pip install -U ultralytics torch).`
      : " Else have it exported to ONNX, which holds no code, where it comes from."
  }`;
