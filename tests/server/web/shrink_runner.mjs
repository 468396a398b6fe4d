// Shrinks files as the page does, on stand-ins for what only browsers have: JSON in, JSON out.
import { shrunk } from "./shrink.js";

let decoded = 0;
globalThis.createImageBitmap = async (file, options) => {
  decoded += 1;
  if (!file.pixels) throw new Error("cannot decode");
  if (options.imageOrientation !== "from-image") throw new Error("it would lie on its side");
  return { width: file.pixels[0], height: file.pixels[1], close() {} };
};
globalThis.OffscreenCanvas = class {
  constructor(width, height) { Object.assign(this, { width, height }); }
  getContext() { return { drawImage() {} }; }
  async convertToBlob({ type }) { return new Blob([new Uint8Array(this.width * this.height / 8)], { type }); }
};

const answers = [];
for (const { size, type, pixels, head = [] } of JSON.parse(process.argv[2])) {
  const bytes = new Uint8Array(size);
  bytes.set(head);
  const file = new File([bytes], "photo", { type });
  file.pixels = pixels;
  const sent = await shrunk(file);
  answers.push({ same: sent === file, again: (await shrunk(file)) === sent, size: sent.size, type: sent.type, name: sent.name });
}
console.log(JSON.stringify({ answers, decoded }));
