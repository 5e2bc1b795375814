/** The dimensions of two shapes broadcast against each other (ONNX, Broadcasting.md); undefined where they do not fit. */
export function broadcastDims(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const dims: number[] = [];
  for (let at = 0; at < rank; at++) {
    const left = a[at - (rank - a.length)] ?? 1;
    const right = b[at - (rank - b.length)] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return undefined;
    dims.push(left === 1 ? right : left);
  }
  return dims;
}

/** Elements from one place to the next along each dimension of the broadcast shape; 0 where one element stands for all. */
export function broadcastStrides(dims: readonly number[], shape: readonly number[]): number[] {
  const strides: number[] = new Array(shape.length).fill(0);
  let step = 1;
  for (let at = dims.length - 1; at >= 0; at--) {
    if (dims[at] !== 1) strides[at + shape.length - dims.length] = step;
    step *= dims[at]!;
  }
  return strides;
}

/** Calls `visit` for each element of the shape, in row-major order, with its place in each operand. */
export function walk(
  shape: readonly number[],
  left: readonly number[],
  right: readonly number[],
  visit: (at: number, left: number, right: number) => void,
): void {
  const count = shape.reduce((product, dim) => product * dim, 1);
  const place = new Array<number>(shape.length).fill(0);
  let a = 0;
  let b = 0;
  for (let at = 0; at < count; at++) {
    visit(at, a, b);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      a += left[axis]!;
      b += right[axis]!;
      if (++place[axis]! < shape[axis]!) break;
      a -= left[axis]! * shape[axis]!;
      b -= right[axis]! * shape[axis]!;
      place[axis] = 0;
    }
  }
}
