/** Draws the pixels of a picture, one point each; the styles make it larger. */
export const drawImage = (canvas: HTMLCanvasElement): void => {
  const { pixels = "", channels, signed } = canvas.dataset;
  const bytes = Uint8Array.from(atob(pixels), (character) => character.charCodeAt(0));
  if (signed === undefined) drawPixels(canvas, bytes, Number(channels));
  else drawSigned(canvas, bytes);
};

const drawPixels = (canvas: HTMLCanvasElement, bytes: Uint8Array, step: number): void => {
  const { width, height } = canvas;
  const image = new ImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      image.data[4 * pixel + channel] = bytes[step * pixel + (step === 1 ? 0 : channel)];
    }
    image.data[4 * pixel + 3] = 255;
  }
  canvas.getContext("2d")?.putImageData(image, 0, 0);
};

/** 128 is clear, smaller and larger bytes have a colour each: the stronger, the further from 128. The card is seen through. */
const drawSigned = (canvas: HTMLCanvasElement, bytes: Uint8Array): void => {
  const context = canvas.getContext("2d");
  const draw = (): void => {
    if (!context) return;
    const { width, height } = canvas;
    const styles = getComputedStyle(canvas);
    const [positive, negative] = ["--right", "--wrong"].map((name) => styles.getPropertyValue(name));
    context.clearRect(0, 0, width, height);
    for (let pixel = 0; pixel < width * height; pixel++) {
      const value = (bytes[pixel] - 128) / 127;
      context.globalAlpha = Math.min(1, Math.abs(value));
      context.fillStyle = value > 0 ? positive : negative;
      context.fillRect(pixel % width, Math.floor(pixel / width), 1, 1);
    }
  };
  draw();
  for (const query of ["(prefers-color-scheme: dark)", "print"]) matchMedia(query).addEventListener("change", draw);
};
