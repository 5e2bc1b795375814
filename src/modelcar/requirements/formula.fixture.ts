const UNITS: Readonly<Record<string, number>> = {
  ...{ GiB: 2 ** 30, MiB: 2 ** 20, KiB: 2 ** 10, bytes: 1, bits: 1 / 8 },
  ...{ billion: 1e9, million: 1e6 },
};

/**
 * What the arithmetic in the text of a formula comes to, bytes: what stands after the last colon of its introduction and
 * before its result, without the words in round brackets.
 */
export function evaluated(formula: string): number {
  const plain = formula.replace(/\((?![\d(])[^()]*\)/g, "");
  const body = plain.replace(/^[^=]*: /, "").replace(/ = [^=]*$/, "");
  return reckoned(tokens(body));
}

/** The same of each arithmetic that stands in brackets after its own result: `3.35 GiB (by …: 6.98 billion × 4 bits)`. */
export const explained = (formula: string): { result: number; reckoned: number }[] =>
  [...formula.matchAll(/([\d.,]+ (?:[GMK]iB|bytes)) \([a-z][^():]*: ([^()]*×[^()]*)\)/g)].map(
    ([, result = "", words = ""]) => ({
      result: reckoned(tokens(result)),
      reckoned: reckoned(tokens(words)),
    }),
  );

type Token = number | "+" | "-" | "*" | "/" | "(" | ")";

const SIGNS: Readonly<Record<string, Token>> = { "×": "*", "−": "-", "+": "+", "/": "/", "(": "(", ")": ")" };

function tokens(text: string): Token[] {
  return [...text.matchAll(/([\d.][\d,.]*)(?: (GiB|MiB|KiB|bytes|bits|billion|million)\b)?|[×−+/()]/g)].map(
    ([found, digits, unit]) =>
      digits === undefined
        ? SIGNS[found]!
        : Number(digits.replaceAll(",", "")) * (unit === undefined ? 1 : (UNITS[unit] ?? Number.NaN)),
  );
}

/** Sums of products of numbers and brackets. */
function reckoned(list: Token[]): number {
  const rest = [...list];
  const result = sumOf(rest);
  if (rest.length > 0) throw new Error(`${rest.join(" ")} is left over`);
  return result;
}

function sumOf(rest: Token[]): number {
  let total = productOf(rest);
  while (rest[0] === "+" || rest[0] === "-") total += (rest.shift() === "+" ? 1 : -1) * productOf(rest);
  return total;
}

function productOf(rest: Token[]): number {
  let total = one(rest);
  while (rest[0] === "*" || rest[0] === "/") total *= rest.shift() === "*" ? one(rest) : 1 / one(rest);
  return total;
}

function one(rest: Token[]): number {
  const first = rest.shift();
  if (typeof first === "number") return first;
  if (first !== "(") throw new Error(`a number was expected before ${rest.join(" ")}`);
  const inner = sumOf(rest);
  if (rest.shift() !== ")") throw new Error("a bracket is not closed");
  return inner;
}
