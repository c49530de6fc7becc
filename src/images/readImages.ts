import { joinPath, listFolder } from "#platform";
import { DataError, GradusError, ValueError } from "../base/errors.ts";
import {
  anything,
  checkOptions,
  copyOptions,
  joinRules,
  type OptionRule,
  type OptionRules,
  oneOf,
  text,
  whole,
} from "../base/options.ts";
import { noOptions, showValue } from "../base/showValue.ts";
import { type Dataset, dataset } from "../data/dataset.ts";
import { type FileSource, nameOfSource, ownSource } from "../data/fileSource.ts";
import { type ResizeMethod, resize } from "../ops/image/resize.ts";
import { formatShape, type Shape, sameShape, sizeOf } from "../tensor/shape.ts";
import { ownTensor, type Tensor, tensor } from "../tensor/tensor.ts";
import { type ReadImageOptions, readImage, readImageRules } from "./readImage.ts";

/** A picture and what is in it. */
export interface LabelledImage {
  /** A path (in Node), URL or Response, a Blob, or bytes, as `readImage` takes them. */
  readonly source: FileSource;
  /** The name of its class. */
  readonly label: string;
}

/** Options of `readImages`. */
export interface ReadImagesOptions extends ReadImageOptions {
  /** The height and width that all pictures get. Default: that of the first picture, which all must have. */
  readonly size?: readonly [height: number, width: number];
  /** How pictures of another size are resized; see `resize`. Default: "area". */
  readonly method?: ResizeMethod;
  /** The names of the classes, in the order of their labels. Default: those of the folders or of the list, sorted. */
  readonly classes?: readonly string[];
  /** The most bytes of the whole data set: more are refused before memory is allocated for them. Default: 1 GB (2³⁰). */
  readonly maxBytes?: number;
  /** What errors and progress call the data. Default: the folder. */
  readonly name?: string;
}

/** Pictures and the numbers of their classes. */
export interface ImageDataset extends Dataset {
  /** The names of the classes, in the order of their labels. */
  readonly classes: readonly string[];
  /** Where each row is from: a path or address; of bytes their place in the list. */
  readonly files: readonly string[];
}

const longest = 2 ** 16;

const sizeRule: OptionRule = {
  words: `[height, width], each a whole number from 1 to ${longest}`,
  holds: (value) =>
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((length) => whole({ from: 1, to: longest }).holds(length)),
};

const distinctNames: OptionRule = {
  words: "a list of different names",
  holds: (value) => {
    return Array.isArray(value) && value.every((name) => text.holds(name)) && new Set(value).size === value.length;
  },
};

/** The rules of ReadImagesOptions. @internal */
export const readImagesRules: OptionRules<ReadImagesOptions> = /* @__PURE__ */ joinRules(
  {
    size: sizeRule,
    method: /* @__PURE__ */ oneOf("bilinear", "area", "nearest"),
    classes: distinctNames,
    maxBytes: /* @__PURE__ */ whole({ from: 1 }),
    name: text,
  },
  readImageRules,
);

/** A picture that is to be read. */
interface Item {
  readonly source: FileSource;
  readonly file: string;
  readonly label: string;
}

/** Files that systems put into folders by themselves. */
const isHidden = (name: string): boolean => name.startsWith(".") || /^(thumbs\.db|desktop\.ini)$/i.test(name);

const isPicture = (name: string): boolean => /\.(png|jpe?g)$/i.test(name);

/** By code units: the same order on every machine. */
const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The pictures of a folder with a folder for each class. */
const itemsOfFolder = async (folder: string): Promise<readonly Item[]> => {
  const entries = (await listFolder(folder)).filter(({ name }) => !isHidden(name));
  const stray = entries.filter(({ name, isFolder }) => !isFolder && isPicture(name)).map(({ name }) => name);
  const classes = entries.filter(({ isFolder }) => isFolder).map(({ name }) => name);
  if (classes.length === 0 || stray.length > 0) {
    const got = stray.length > 0 ? `${listed(stray.sort(byName))} beside them` : "none";
    throw new DataError(
      `${folder}: each class must have a folder with its pictures, got ${got}. ` +
        "Sort the pictures into folders, or pass a list of { source, label }.",
    );
  }
  const items: Item[] = [];
  const wrong: string[] = [];
  for (const label of classes.sort(byName)) {
    const path = joinPath(folder, label);
    const files = (await listFolder(path)).filter(({ name }) => !isHidden(name));
    if (files.length === 0) wrong.push(`${path} (no picture)`);
    wrong.push(...files.filter(({ isFolder }) => isFolder).map(({ name }) => `${joinPath(path, name)} (a folder)`));
    for (const { name } of [...files].sort((a, b) => byName(a.name, b.name))) {
      const file = joinPath(path, name);
      items.push({ source: file, file, label });
    }
  }
  if (wrong.length > 0) {
    throw new DataError(
      `${folder}: the folder of a class must hold pictures and nothing else, got ${listed(wrong)}. Move or remove them.`,
    );
  }
  return items;
};

/** The pictures of a list. */
const itemsOfList = (list: readonly LabelledImage[]): readonly Item[] =>
  list.map((entry, index) => {
    const { source, label } = checkOptions(`readImages: picture ${index}`, entry, { source: anything, label: text });
    if (source === undefined || label === undefined) {
      throw new ValueError(
        `readImages: each entry of a list must be { source, label }, got ${showValue(entry)} at ${index}. Name the class of each picture.`,
      );
    }
    const operation = `picture ${index}`;
    return { source: ownSource(source), file: nameOfSource(operation, source), label };
  });

/** A list that stays readable when it is long. */
const listed = (names: readonly string[], most = 20, separator = ", "): string =>
  [...names.slice(0, most), ...(names.length > most ? [`and ${names.length - most} more`] : [])].join(separator);

/** The classes in the order of their labels. @throws DataError where the data have others than the option names. */
const classesOf = (where: string, items: readonly Item[], wanted: readonly string[] | undefined): readonly string[] => {
  const present = [...new Set(items.map(({ label }) => label))].sort(byName);
  if (wanted === undefined) return present;
  const unknown = present.filter((name) => !wanted.includes(name));
  if (unknown.length === 0) return [...wanted];
  throw new DataError(
    `${where}: each class must be one of classes (${listed(wanted)}), got ${listed(unknown)}. Add it to classes, or remove its pictures.`,
  );
};

/**
 * A data set of pictures from PNG and JPEG files: x [size, height, width, channels], stored bytes that mean 0 to 1; y int32
 * [size], the numbers of the classes.
 *
 * A folder (in Node) has a folder for each class, whose name is that of the class, with nothing but pictures in it. Rows are in
 * the order of the classes, and of the names of the files within each, so that they are the same on every machine; hidden files
 * are left out, and so are files beside the folders that are not pictures. One picture at a time is decoded.
 * @param source The path of the folder, or a list of pictures with their labels.
 * @throws DataError, which names all files that are not whole pictures (or, without `size`, have another size than the first one),
 * for a folder or class without pictures, for classes that `classes` does not name, and for more than `maxBytes`; ValueError for
 * options out of range.
 * @example
 * const base64 = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAAAAADRSSBWAAAAC0lEQVR4nGNg+A8AAQIBAEK+vGgAAAAASUVORK5CYII=";
 * const file = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
 * const pictures = [{ source: file, label: "edge" }, { source: file, label: "corner" }];
 * const data = await readImages(pictures, { size: [2, 4], channels: 1 });
 * data.x.shape; // [2, 2, 4, 1]
 * data.classes; // ["corner", "edge"]
 * data.y.data; // [1, 0]
 */
export const readImages = async (
  source: string | readonly LabelledImage[],
  options: ReadImagesOptions = noOptions,
): Promise<ImageDataset> => {
  const checked = copyOptions("readImages", options, readImagesRules);
  if (typeof source !== "string" && !(Array.isArray(source) && source.length > 0)) {
    throw new ValueError(
      `readImages: the source must be a folder, or a list of { source, label }, got ${showValue(source)}. Pass one of them.`,
    );
  }
  const where = checked.name ?? (typeof source === "string" ? source : "readImages");
  const items = typeof source === "string" ? await itemsOfFolder(source) : itemsOfList(source);
  const classes = classesOf(where, items, checked.classes);
  const x = await readAll(where, items, checked);
  const labels = Int32Array.from(items, ({ label }) => classes.indexOf(label));
  const name = checked.name ?? (typeof source === "string" ? source : undefined);
  const data = dataset({ x, y: tensor(labels), ...(name === undefined ? {} : { name }) });
  return { ...data, classes, files: items.map(({ file }) => file) };
};

/** Reads pictures one by one into a tensor of all of them. @throws DataError that names all files that are wrong. */
const readAll = async (
  where: string,
  items: readonly Item[],
  { size, method = "area", channels = 3, background, maxPixels, maxBytes = 2 ** 30 }: ReadImagesOptions,
): Promise<Tensor> => {
  const wrong: string[] = [];
  let bytes: Uint8Array | undefined;
  let row: Shape | undefined = size && [...size, channels];
  const allocate = (shape: Shape): Uint8Array => {
    const all = items.length * sizeOf(shape);
    if (all <= maxBytes) return new Uint8Array(all);
    throw new DataError(
      `${where}: the data set must have at most ${maxBytes} bytes, got ${items.length} pictures of ${formatShape(shape)}, ${all} bytes. ` +
        "Pass a smaller size, fewer channels or pictures, or a larger maxBytes.",
    );
  };
  // Before any file is read, where the size is known.
  if (row) bytes = allocate(row);
  for (const [index, { source, file }] of items.entries()) {
    const image = await readImage(source, { channels, background, maxPixels }).catch((error: unknown) => {
      if (!(error instanceof GradusError)) throw error;
      wrong.push(error.message.startsWith(file) ? error.message : `${file}: ${error.message}`);
    });
    if (!image) continue;
    row ??= image.axes;
    bytes ??= allocate(row);
    if (size || sameShape(image.axes, row)) {
      if (wrong.length === 0) bytes.set(pixelsOf(image, row, method), index * sizeOf(row));
      continue;
    }
    const [[height, width], [first, second]] = [image.axes, row];
    wrong.push(
      `${file}: without size all pictures must be of one size, got ${height} x ${width} after ${first} x ${second}. Pass size.`,
    );
  }
  if (wrong.length === 0 && bytes && row) return ownTensor([items.length, ...row], "uint8", bytes, 1 / 255);
  throw new DataError(
    `${where}: all ${items.length} pictures must be readable, got ${wrong.length} ${wrong.length === 1 ? "error" : "errors"}. ` +
      `Repair or remove:\n  ${listed(wrong, 20, "\n  ")}`,
  );
};

/** The bytes of a picture of another size. */
const pixelsOf = (image: Tensor, [height, width]: Shape, method: ResizeMethod): ArrayLike<number> => {
  const [ownHeight, ownWidth] = image.axes;
  if (ownHeight === height && ownWidth === width) return image.data as Uint8Array;
  return Uint8Array.from(resize(image, [height, width], { method }).data, (value) => Math.round(255 * Number(value)));
};
