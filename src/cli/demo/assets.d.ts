/** Imported with `{ type: "text" }`, so that the compiled binary carries them. */
declare module "*.csv" {
  const text: string;
  export default text;
}
declare module "*.jsonl" {
  const text: string;
  export default text;
}
