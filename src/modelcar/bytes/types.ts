/** Bytes at places that can be asked for: a file, a blob whose registry takes ranges. */
export interface ByteSource {
  /** In bytes. */
  size: number;
  /** Exactly these bytes. @throws when they lie beyond the end, or do not come. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Bytes in order. */
export interface ByteReader {
  /** Bytes read and skipped so far. */
  readonly position: number;
  /** The next bytes; fewer only at the end. */
  read(length: number): Promise<Uint8Array>;
  /** Passes over bytes; the end may be passed. */
  skip(length: number): Promise<void>;
  /** Frees what it holds; a stream is broken off. */
  close(): Promise<void>;
}

/** A file of a model, wherever it is: read from its start, as far as one needs. */
export interface ModelFile {
  /** Within its image, repository or folder, `/` between the parts, none in front. */
  path: string;
  /** In bytes. */
  size: number;
  body: ByteReader;
}
