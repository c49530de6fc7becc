import { DataError } from "../base/errors.ts";

interface Foreign {
  readonly name: string;
  readonly advice: string;
  readonly isMeant: (bytes: Uint8Array, text: string) => boolean;
}

const python = "Convert it in Python: safetensors.torch.save_file(model.state_dict(), path), or numpy.savez.";
const tensorflow = "Pass the checkpoint's prefix, or { index, data: [...] } with its .index and .data files.";
const keras = "Load a model with loadKeras of gradus/keras, and weights alone with loadVariables.";
const image = "Decode it into pixels first, for example with a canvas: tensor(pixels, { shape }).";

const startsWith =
  (...magic: readonly number[]) =>
  (bytes: Uint8Array): boolean =>
    magic.every((byte, index) => bytes[index] === byte);

/** What files of other formats begin with. `text` is the beginning, a character for each byte. */
const formats: readonly Foreign[] = [
  { name: "an HDF5 file, as of Keras (.h5)", advice: keras, isMeant: startsWith(0x89, 0x48, 0x44, 0x46) },
  {
    name: "a zip file of Keras (.keras)",
    advice: keras,
    isMeant: (_, text) => text.startsWith("PK") && /model\.weights\.h5|config\.json/.test(text),
  },
  {
    name: "a zip file of PyTorch (.pt, .pth)",
    advice: python,
    isMeant: (_, text) => text.startsWith("PK") && /[^\0]\/(data\.pkl|\.format_version|byteorder|version)/.test(text),
  },
  {
    name: "a workbook of Excel (.xlsx)",
    advice: "Save it as CSV, and read that with readCsv.",
    isMeant: (_, text) => text.startsWith("PK") && text.includes("[Content_Types].xml"),
  },
  {
    name: "a workbook of Excel (.xls)",
    advice: "Save it as CSV, and read that with readCsv.",
    isMeant: startsWith(0xd0, 0xcf, 0x11, 0xe0),
  },
  { name: "a Parquet file", advice: "Convert it to CSV.", isMeant: (_, text) => text.startsWith("PAR1") },
  { name: "an Arrow file (.feather)", advice: "Convert it to CSV.", isMeant: (_, text) => text.startsWith("ARROW1") },
  { name: "a database of SQLite", advice: "Export a table as CSV.", isMeant: (_, text) => text.startsWith("SQLite ") },
  {
    name: "an IDX file",
    advice: "Read it with readIdx.",
    isMeant: ([first, second, type, rank]) =>
      first === 0 && second === 0 && type >= 8 && type <= 14 && rank >= 1 && rank <= 6,
  },
  {
    name: "a safetensors file",
    advice: "Read it with loadModel or loadVariables.",
    isMeant: (bytes) => bytes[7] === 0 && bytes[8] === 0x7b,
  },
  {
    name: "a zip file",
    advice: "Read a .npz file with loadVariables; unpack others first.",
    isMeant: startsWith(0x50, 0x4b, 3, 4),
  },
  { name: "a file of NumPy", advice: "Read it with loadVariables.", isMeant: startsWith(0x93, 0x4e, 0x55, 0x4d) },
  {
    name: "a pickle of Python (.pkl, old .pt)",
    advice: python,
    // The opcode PROTO, and the old protocol, which is text.
    isMeant: (bytes, text) =>
      (bytes[0] === 0x80 && bytes[1] >= 1 && bytes[1] <= 5) || /^(\(dp\d|ccopy_reg\n|\(lp\d)/.test(text),
  },
  { name: "a gzip file", advice: "Unpack it first.", isMeant: startsWith(0x1f, 0x8b) },
  { name: "a PNG image", advice: image, isMeant: startsWith(0x89, 0x50, 0x4e, 0x47) },
  { name: "a JPEG image", advice: image, isMeant: startsWith(0xff, 0xd8, 0xff) },
  { name: "a GIF image", advice: image, isMeant: (_, text) => text.startsWith("GIF8") },
  { name: "a WebP image", advice: image, isMeant: (_, text) => /^RIFF[\s\S]{4}WEBP/.test(text) },
  { name: "a BMP image", advice: image, isMeant: (_, text) => /^BM[\s\S]{4}\0{4}/.test(text) },
  { name: "a PDF file", advice: "Pass a file of numbers.", isMeant: (_, text) => text.startsWith("%PDF") },
  { name: "a GGUF file", advice: "Convert it to safetensors.", isMeant: (_, text) => text.startsWith("GGUF") },
  {
    name: "a page of HTML",
    advice: "Check the address: a server may send such a page in place of a missing file.",
    isMeant: (_, text) => /^\s*<(!doctype|html|head|body)/i.test(text),
  },
  {
    name: "a pointer of Git LFS",
    advice: "Fetch the file itself with git lfs pull.",
    isMeant: (_, text) => text.startsWith("version https://git-lfs"),
  },
  {
    name: "an ONNX model",
    advice: "Load it with loadOnnx of gradus/graph, and take its variables.",
    // ir_version (field 1), then the producer's name (field 2) or the graph (field 7).
    isMeant: (bytes, text) =>
      bytes[0] === 8 &&
      bytes[1] > 1 &&
      bytes[1] <= 20 &&
      (bytes[2] === 0x12 || bytes[2] === 0x3a || /onnx|pytorch/i.test(text)),
  },
  {
    name: "a SavedModel of TensorFlow (saved_model.pb)",
    advice: "Pass the prefix variables/variables in its folder to loadVariables.",
    // saved_model_schema_version (field 1) is 1, then the list of graphs (field 2).
    isMeant: startsWith(8, 1, 0x12),
  },
  {
    name: "the .meta file of a TensorFlow checkpoint",
    advice: tensorflow,
    // meta_info_def (field 1), whose op list (field 2) holds names of operations.
    isMeant: (bytes, text) =>
      bytes[0] === 0x0a && /\n[\s\S]{1,3}(Abs|Add|Apply|Assign|AddV2|ArgMax|Const)\b/.test(text),
  },
  {
    name: "JSON",
    advice: "Read it with JSON.parse, and make tensors with tensor(...).",
    isMeant: (_, text) => /^(\xef\xbb\xbf)?\s*[{[]\s*["{[\]}\d-]/.test(text),
  },
];

const beginning = 4096;

/**
 * Recognizes files of formats that a reader does not take by their first bytes.
 * @param name The path or the name of the file in errors: the data files of a TensorFlow checkpoint have no first bytes of their own.
 * @param advice What to do with files of some formats, by their names, where this reader knows better.
 * @throws DataError that names the format, and says what to do.
 */
export const checkForeign = (
  where: string,
  expected: string,
  bytes: Uint8Array,
  advice: Readonly<Record<string, string>> = {},
): void => {
  const text = Array.from(bytes.subarray(0, beginning), (byte) => String.fromCharCode(byte)).join("");
  const isShard = /\.data-\d{5}-of-\d{5}$/.test(where);
  const format = isShard
    ? { name: "a data file of a TensorFlow checkpoint", advice: tensorflow }
    : /\.meta$/.test(where) && bytes[0] === 0x0a
      ? { name: "the .meta file of a TensorFlow checkpoint", advice: tensorflow }
      : formats.find(({ isMeant }) => isMeant(bytes, text));
  if (!format || format.name === expected) return;
  throw new DataError(
    `${where}: the file must be ${expected}, got ${format.name}. ${advice[format.name] ?? format.advice}`,
  );
};
