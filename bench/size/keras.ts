// The program "layers" with all exports of gradus/keras: what a page needs to run and train models of Keras.
export * from "gradus/keras";
export * from "../peers/programs/gradus-layers.ts";
