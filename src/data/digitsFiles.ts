import { type IdxArray, readIdx } from "./idx.ts";

/**
 * The built-in digits: images uint8 [1797, 8, 8] with pixels 0 to 16, and labels uint8 [1797] from 0 to 9.
 *
 * They are a module, not files, so that they need neither a file system nor a download, and it is imported on the first
 * call only, so that a bundle carries them apart from its main part.
 *
 * @see "Optical Recognition of Handwritten Digits" (test part), E. Alpaydin and C. Kaynak, UCI Machine Learning
 *   Repository, 1998, CC BY 4.0.
 */
export async function readDigitsFiles(): Promise<{ readonly images: IdxArray; readonly labels: IdxArray }> {
  const { digitsImages, digitsLabels } = await import("./digits.generated.ts");
  return { images: await readIdx(decodeBase64(digitsImages)), labels: await readIdx(decodeBase64(digitsLabels)) };
}

function decodeBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
