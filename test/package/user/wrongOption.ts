import { SGD } from "gradus";

export const optimizer: SGD = new SGD({ learningrate: 0.1 });
