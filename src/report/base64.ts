/** Bytes as base64, for text that holds pictures: by `btoa`, which Node and browsers have. */
export const encodeBase64 = (bytes: Uint8Array): string => {
  // In pieces: a call takes only so many arguments.
  let text = "";
  for (let from = 0; from < bytes.length; from += 8192)
    text += String.fromCharCode(...bytes.subarray(from, from + 8192));
  return btoa(text);
};
