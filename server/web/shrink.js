// Photos, made smaller before they are sent: the server keeps no more pixels than that anyway.

import { FILE_BYTES_MAX, IMAGE_SIDE_MAX } from "./limits.js";

const SMALL_BYTES = 2 ** 19; // what is not worth the work
const OPAQUE = new Set(["image/jpeg", "image/heic", "image/heif"]);
const QUALITY = 0.9;

const done = new WeakMap(); // by file: a retry has to send the same bytes

// The file to send for this one. It stays as it is when it is small enough, when this browser
// cannot decode it, or when nothing is won.
export function shrunk(file) {
  if (!done.has(file)) done.set(file, attempt(file).catch(() => file));
  return done.get(file);
}

// Drawn anew it would stand still. A WebP says it in its first chunk.
async function moves(file) {
  if (file.type !== "image/webp") return file.type === "image/gif";
  const head = new Uint8Array(await file.slice(0, 21).arrayBuffer());
  return String.fromCharCode(...head.subarray(12, 16)) === "VP8X" && (head[20] & 2) !== 0;
}

async function attempt(file) {
  if (file.size <= SMALL_BYTES || (file.size <= FILE_BYTES_MAX && await moves(file))) return file;
  const whole = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, IMAGE_SIDE_MAX / Math.max(whole.width, whole.height));
  if (scale === 1 && file.size <= FILE_BYTES_MAX) {
    whole.close();
    return file;
  }
  const width = Math.max(1, Math.round(whole.width * scale));
  const height = Math.max(1, Math.round(whole.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(whole, 0, 0, width, height);
  whole.close();
  const type = OPAQUE.has(file.type) ? "image/jpeg" : "image/webp"; // others may be transparent
  const blob = await canvas.convertToBlob({ type, quality: QUALITY });
  return blob.size < file.size ? new File([blob], file.name, { type: blob.type }) : file;
}
