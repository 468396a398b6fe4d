// What a picture looks like until it is loaded, out of its ThumbHash: https://evanw.github.io/thumbhash/

const SIDE = 32;
const MADE_MAX = 500;
const made = new Map(); // hash -> address

// A small picture, as an address; null without a hash, or where it cannot be drawn.
export function placeholder(hash) {
  if (!hash) return null;
  if (!made.has(hash)) {
    if (made.size === MADE_MAX) made.clear();
    made.set(hash, drawn(hash));
  }
  return made.get(hash);
}

function drawn(hash) {
  try {
    const { width, height, pixels } = decode(Uint8Array.from(atob(hash), (sign) => sign.charCodeAt(0)));
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
    return canvas.toDataURL();
  } catch {
    return null;
  }
}

export function decode(bytes) {
  const header = bytes[0] | bytes[1] << 8 | bytes[2] << 16;
  const more = bytes[3] | bytes[4] << 8;
  const hasAlpha = header >> 23, isLandscape = more >> 15, most = hasAlpha ? 5 : 7;
  const across = Math.max(3, isLandscape ? most : more & 7), down = Math.max(3, isLandscape ? more & 7 : most);
  const start = hasAlpha ? 6 : 5;
  let at = 0;
  const frequencies = (nx, ny, scale) => {
    const found = [];
    for (let y = 0; y < ny; y += 1) {
      for (let x = y ? 0 : 1; x * ny < nx * (ny - y); x += 1, at += 1) {
        found.push([x, y, ((bytes[start + (at >> 1)] >> ((at & 1) << 2) & 15) / 7.5 - 1) * scale]);
      }
    }
    return found;
  };
  const channels = [
    [(header & 63) / 63, frequencies(across, down, (header >> 18 & 31) / 31)],
    [(header >> 6 & 63) / 31.5 - 1, frequencies(3, 3, (more >> 3 & 63) / 63 * 1.25)],
    [(header >> 12 & 63) / 31.5 - 1, frequencies(3, 3, (more >> 9 & 63) / 63 * 1.25)],
    hasAlpha ? [(bytes[5] & 15) / 15, frequencies(5, 5, (bytes[5] >> 4) / 15)] : [1, []],
  ];
  const ratio = across / down;
  const width = Math.round(ratio > 1 ? SIDE : SIDE * ratio), height = Math.round(ratio > 1 ? SIDE / ratio : SIDE);
  const wave = (place, size, frequency) => Math.cos(Math.PI / size * (place + 0.5) * frequency);
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let y = 0, place = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, place += 4) {
      const [light, yellowBlue, redGreen, alpha] = channels.map(([mean, others]) =>
        others.reduce((sum, [fx, fy, value]) => sum + value * wave(x, width, fx) * wave(y, height, fy) * 2, mean));
      const blue = light - 2 / 3 * yellowBlue;
      const red = (3 * light - blue + redGreen) / 2;
      pixels.set([red, red - redGreen, blue, alpha].map((value) => value * 255), place);
    }
  }
  return { width, height, pixels };
}
