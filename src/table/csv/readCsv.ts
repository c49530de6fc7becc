import { readPieces } from "#platform";
import { DataError, DTypeError, ValueError } from "../../base/errors.ts";
import { showValue } from "../../base/showValue.ts";
import { copyBytes, type FileSource, readSource, withPath } from "../../data/fileSource.ts";
import { checkForeign } from "../../data/foreignFormat.ts";
import { isGzip } from "../../platform/gzipMember.ts";
import type { ColumnType, RowOf } from "../column.ts";
import type { Table } from "../table.ts";
import { type CsvOptions, csvRules } from "./csvOptions.ts";
import { CsvReader } from "./csvReader.ts";

const pieceBytes = 2 ** 20;

/**
 * A table from a CSV file, gzipped or not; see `parseCsv`. The file is read a megabyte at a time: what is held in memory is
 * the table.
 * @param source A path (in Node), URL or Response, a Blob (such as a file that a user chose in a page), or bytes.
 * @throws DataError as `parseCsv` does, when the file does not exist, and for bytes that are not in the encoding; ValueError
 * for options out of range.
 * @example
 * const file = new Blob(["sepal_length,species\n5.1,setosa\n7,versicolor\n"]);
 * const table = await readCsv(file, { types: { species: "category" } });
 * table.size; // 2
 * table.row(1); // { sepal_length: 7, species: "versicolor" }
 */
export const readCsv = async <const Types extends Readonly<Record<string, ColumnType>>>(
  source: FileSource,
  options: CsvOptions<Types> = {},
): Promise<Table<RowOf<Types>>> => {
  const rules = csvRules("readCsv", options);
  const name = options.name ?? (typeof source === "string" ? source : undefined);
  const where = name ?? "readCsv";
  const decoder = decoderFor(options.encoding ?? "utf-8");
  let mark: string | undefined;
  const decode = (bytes?: Uint8Array): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      throw new DataError(
        mark
          ? `${where}: the file must be text in ${decoder.encoding}, got the byte-order mark of ${mark}. Pass { encoding: "${mark}" }.`
          : `${where}: the file must be text in ${decoder.encoding}, got bytes that are not. ` +
              'Name its encoding, { encoding: "windows-1252" } for example.',
      );
    }
  };
  const reader = new CsvReader({ operation: "readCsv", name }, rules);
  let isFirst = true;
  for await (const bytes of inflated(piecesOf(source), where)) {
    if (isFirst) {
      mark = markOf(bytes);
      checkForeign(where, "CSV", bytes, { JSON: "Make a table of its rows: tableOf(JSON.parse(text))." });
    }
    const guess = isFirst && decoder.encoding === "utf-8" ? widerThan8Bits(bytes) : undefined;
    if (guess !== undefined) {
      throw new DataError(
        `${where}: the file must be text in utf-8, got a byte of 0 in its first letter, as in ${guess}. Pass { encoding: "${guess}" }.`,
      );
    }
    isFirst = false;
    reader.push(decode(bytes));
  }
  reader.push(decode());
  return reader.finish() as unknown as Table<RowOf<Types>>;
};

const decoderFor = (encoding: string): TextDecoder => {
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch {
    throw new ValueError(
      `readCsv: encoding must be one that TextDecoder knows, got "${encoding}". Pass "windows-1252" or "utf-16le", for example.`,
    );
  }
};

/** The encoding that the first two bytes of a file tell. */
const markOf = ([first, second]: Uint8Array): string | undefined => {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : undefined;
};

/** The encoding of text without a mark whose first letter has two bytes. As UTF-8 it would be text with zeros in it. */
const widerThan8Bits = ([first, second]: Uint8Array): string | undefined => {
  if (second === 0) return "utf-16le";
  return first === 0 ? "utf-16be" : undefined;
};

/** A file in pieces: one that is larger than memory can be read. */
async function* piecesOf(file: FileSource): AsyncGenerator<Uint8Array, void, undefined> {
  const path = withPath(file);
  const source = path instanceof URL || path instanceof Response ? await readSource("readCsv", path, 2 ** 32) : path;
  if (typeof source === "string") {
    yield* readPieces(source, { pieceBytes });
  } else if (source instanceof Blob) {
    for (let at = 0; at < source.size; at += pieceBytes) {
      yield new Uint8Array(await source.slice(at, at + pieceBytes).arrayBuffer());
    }
  } else if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) {
    const bytes = copyBytes("readCsv", source);
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  } else {
    throw new DTypeError(
      `readCsv: a file must be a path, URL, Response, Blob, ArrayBuffer or typed array, got ${showValue(source)}. Text is for parseCsv.`,
    );
  }
}

/** The pieces of a file, unpacked where it is gzipped. */
async function* inflated(
  pieces: AsyncGenerator<Uint8Array, void, undefined>,
  where: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const first = await pieces.next();
  if (first.done) return;
  if (!isGzip(first.value)) {
    yield first.value;
    yield* pieces;
    return;
  }
  const { readable, writable } = new DecompressionStream("gzip");
  const writer = writable.getWriter();
  const write = async (): Promise<void> => {
    await writer.write(first.value as BufferSource);
    for await (const piece of pieces) await writer.write(piece as BufferSource);
    await writer.close();
  };
  // A failure also reaches the reader, which reports it.
  write().catch((error: unknown) => writer.abort(error).catch(() => undefined));
  const reader = readable.getReader();
  try {
    for (;;) {
      const piece = await reader.read().catch((cause: unknown) => {
        if (cause instanceof DataError) throw cause;
        throw new DataError(`${where}: the gzip file must be complete, got damaged data. Get the file again.`, {
          cause,
        });
      });
      if (piece.done) return;
      yield piece.value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
