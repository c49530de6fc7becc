// The public surface of gradus/images: named exports, nothing else.
export { type CanvasLike, type ContextLike, type ImageDataLike, imageTensor } from "./imageTensor.ts";
export type { PixelOptions } from "./pixels.ts";
export { type ReadImageOptions, readImage } from "./readImage.ts";
export { type ImageDataset, type LabelledImage, type ReadImagesOptions, readImages } from "./readImages.ts";
