/** The version of this library, which files of ONNX name beside it. */
export const libraryVersion = "0.1.0";
