/** Draws the pixels of a picture, one point each; the styles make it larger. */
export const drawImage = (canvas: HTMLCanvasElement): void => {
  const { pixels = "", channels } = canvas.dataset;
  const { width, height } = canvas;
  const bytes = Uint8Array.from(atob(pixels), (character) => character.charCodeAt(0));
  const image = new ImageData(width, height);
  const step = Number(channels);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      image.data[4 * pixel + channel] = bytes[step * pixel + (step === 1 ? 0 : channel)];
    }
    image.data[4 * pixel + 3] = 255;
  }
  canvas.getContext("2d")?.putImageData(image, 0, 0);
};
