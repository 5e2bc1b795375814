/** Imported with `{ type: "text" }`, so that the compiled binary carries it. */
declare module "*.py" {
  const text: string;
  export default text;
}
