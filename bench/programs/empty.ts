// The least a compiled Bun program can do.
console.log("empty");
